"""What the commands say when they have done their work."""
