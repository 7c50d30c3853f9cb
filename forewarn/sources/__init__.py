"""Readers that turn files and databases into canonical tables."""
