"""What a breach model is made of: parts that each give the log-odds of a breach."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class Part(Protocol):
    """One way to foretell; see ``models.trees``, ``models.linear`` and ``models.hazard``.

    A ``matrix`` has a row per observation and the columns of the model's encoder.
    """

    @property
    def name(self) -> str:
        """Trees, extra_trees, code_trees, logistic or hazard."""
        ...

    def log_odds(self, matrix: Array) -> Array:
        """Of a breach, one per row."""
        ...

    def contributions(self, matrix: Array) -> Array:
        """What each column adds to the log-odds, up to a constant; the shape of ``matrix``."""
        ...

    def importance(self) -> Array:
        """Share of each column, summing to 1."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Everything but the text."""
        ...


def shares(weights: Array) -> Array:
    """Weights as shares of their sum; all 0 where there is none."""
    total = float(weights.sum())
    return weights / total if total > 0 else np.zeros_like(weights)
