"""Lets the tests of this folder share modules that are no tests: cases, oracle, strategies."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode adds no folder by itself
