"""Point-in-time features: what was known about a ticket just before an instant."""
