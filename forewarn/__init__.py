"""The domain of forewarn: sources, canonical tables, SLA clocks, customer health."""

__version__ = "0.1.0"
