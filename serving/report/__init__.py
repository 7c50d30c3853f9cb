"""The managers' report: one self-contained HTML file."""
