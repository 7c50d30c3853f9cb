"""Golden rows: features and the exact probabilities that a sound model gives for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.breach_model import BreachModel
from models.encoding import is_category, numbers

GOLDEN_ROWS = 64


@dataclass(frozen=True)
class GoldenRows:
    """Feature columns by name (numbers or texts, None where missing) and probabilities."""

    columns: Mapping[str, tuple[float | str | None, ...]]
    texts: tuple[str, ...]
    probabilities: NDArray[np.float64]

    def features(self) -> pd.DataFrame:
        """The rows as a feature table."""
        return pd.DataFrame({name: self._column(name) for name in self.columns})

    def to_json(self) -> dict[str, Any]:
        return {
            "columns": {name: list(values) for name, values in self.columns.items()},
            "texts": list(self.texts),
            "probabilities": self.probabilities.tolist(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(
            columns={name: tuple(values) for name, values in value["columns"].items()},
            texts=tuple(value["texts"]),
            probabilities=np.array(value["probabilities"], dtype=np.float64),
        )

    def _column(self, name: str) -> pd.Series:
        values = list(self.columns[name])
        if name in self.texts:
            return pd.Series(values, dtype="str").astype("category")
        return pd.Series([np.nan if v is None else v for v in values], dtype=np.float64)


def choose_golden(model: BreachModel, features: pd.DataFrame, *, seed: int) -> GoldenRows:
    """Rows spread over the range of the model's probabilities, and what it says of them."""
    n = min(GOLDEN_ROWS, len(features))
    drawn = np.random.default_rng(seed).permutation(len(features))[: n * 20]
    order = np.argsort(model.probabilities(features.iloc[drawn]), kind="stable")
    spread = np.linspace(0, len(drawn) - 1, n).round().astype(int)
    rows = features.iloc[drawn[order[spread]]]
    columns = {name: _values(rows[name]) for name in model.feature_names}
    texts = tuple(name for name in model.feature_names if is_category(rows[name]))
    golden = GoldenRows(columns, texts, np.empty(0))
    return GoldenRows(columns, texts, model.probabilities(golden.features()))


def _values(column: pd.Series) -> tuple[float | str | None, ...]:
    if is_category(column):
        return tuple(None if pd.isna(v) else str(v) for v in column)
    return tuple(None if np.isnan(v) else float(v) for v in numbers(column))
