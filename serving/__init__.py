"""Scores, the queue, customer flags, reports: what people and systems consume."""
