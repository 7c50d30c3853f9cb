"""New events in a built history: its open tickets as of now, without building it anew."""
