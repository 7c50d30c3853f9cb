"""A seeded support desk: a year of history with known laws, for demos and tests."""

from forewarn.demo.desk import simulate_desk
from forewarn.demo.write import write_demo

__all__ = ["simulate_desk", "write_demo"]
