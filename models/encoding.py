"""From a feature table to the matrix of numbers that the trees see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.errors import ModelError

_BLOCK = 4096  # rows whose lines of the matrix fit a cache while column after column is written
UNKNOWN = -1.0
"""Code of a category that training did not see; a missing one stays missing."""


@dataclass(frozen=True)
class Encoder:
    """The columns in order, and for each categorical one its categories in code order."""

    names: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]

    def encode(
        self, features: pd.DataFrame, *, rows: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """One row per row of ``features``, or of some of its rows, by position.

        Raises ModelError where a column is missing.
        """
        missing = [name for name in self.names if name not in features.columns]
        if missing:
            raise ModelError(
                f"the features lack {', '.join(missing[:5])} ({len(missing)} of "
                f"{len(self.names)}), which this model was trained on: train again"
            )
        columns = [self._column(features[name]) for name in self.names]
        n_rows = len(features) if rows is None else len(rows)
        matrix = np.empty((n_rows, len(columns)), dtype=np.float64)
        for begin in range(0, n_rows, _BLOCK):
            block = slice(begin, begin + _BLOCK)
            taken = block if rows is None else rows[block]
            for position, column in enumerate(columns):
                matrix[block, position] = column[taken]
        return matrix

    def _column(self, column: pd.Series) -> NDArray[np.float64]:
        known = self.categories.get(str(column.name))
        return numbers(column) if known is None else codes(column, known)

    def to_json(self) -> dict[str, Any]:
        return {
            "names": list(self.names),
            "categories": {k: list(v) for k, v in self.categories.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        categories = {k: tuple(v) for k, v in value["categories"].items()}
        return cls(names=tuple(value["names"]), categories=categories)


def learn_encoder(
    features: pd.DataFrame,
    *,
    names: Sequence[str] | None = None,
    least: int = 1,
    rows: NDArray[np.int64] | None = None,
) -> Encoder:
    """Codes for every categorical column: its categories in alphabetical order.

    ``rows``: positions of those that count; all if not given.
    Categories seen in fewer than ``least`` rows get no code of their own (unknown).
    """
    chosen = tuple(features.columns if names is None else names)
    coded = {name: features[name] for name in chosen if is_category(features[name])}
    seen = coded if rows is None else {name: c.iloc[rows] for name, c in coded.items()}
    categories = {name: _categories(column, least) for name, column in seen.items()}
    return Encoder(names=chosen, categories=categories)


def is_category(column: pd.Series) -> bool:
    """Whether a column holds categories (pandas category or text) and no numbers."""
    return isinstance(column.dtype, pd.CategoricalDtype) or not pd.api.types.is_numeric_dtype(
        column.dtype
    )


def numbers(column: pd.Series) -> NDArray[np.float64]:
    """A numeric column as float64; missing is NaN; raises ModelError on text."""
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"feature {column.name!r} holds {column.dtype} values, but the model was trained "
            "on numbers: train again"
        ) from error


def codes(column: pd.Series, known: Sequence[str]) -> NDArray[np.float64]:
    """Position of each value in ``known``; UNKNOWN where it is not there, NaN where missing."""
    coded = column if isinstance(column.dtype, pd.CategoricalDtype) else column.astype("category")
    place = {category: float(i) for i, category in enumerate(known)}
    table = np.array(
        [place.get(str(c), UNKNOWN) for c in coded.cat.categories] + [np.nan], dtype=np.float64
    )
    return table[coded.cat.codes.to_numpy()]


def _categories(column: pd.Series, least: int) -> tuple[str, ...]:
    counts = column.astype("category").value_counts()
    return tuple(sorted(str(c) for c, n in counts.items() if n >= max(least, 1)))
