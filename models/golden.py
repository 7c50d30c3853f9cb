"""Golden rows: features and the exact probabilities that a sound model gives for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.breach_model import BreachModel
from models.customer_model import CustomerModel
from models.encoding import is_category, numbers
from models.work import WorkModel

GOLDEN_ROWS = 64


@dataclass(frozen=True)
class GoldenRows:
    """Feature columns by name (numbers or texts, None where missing) and probabilities.

    Of work the expected minutes and the mean and spread of their log stand in their place.
    """

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


def choose_golden(
    model: BreachModel | CustomerModel, features: pd.DataFrame, *, seed: int
) -> GoldenRows:
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


def choose_golden_work(work: WorkModel, features: pd.DataFrame, *, seed: int) -> GoldenRows | None:
    """Rows drawn at random and what is estimated of them; None where averages alone answer."""
    if not work.trees:
        return None
    n = min(GOLDEN_ROWS, len(features))
    rows = features.iloc[np.random.default_rng(seed).permutation(len(features))[:n]]
    columns = {name: _values(rows[name]) for name in work.feature_names}
    texts = tuple(name for name in work.feature_names if is_category(rows[name]))
    golden = GoldenRows(columns, texts, np.empty(0))
    return GoldenRows(columns, texts, work_answers(work, golden.features()))


def work_answers(work: WorkModel, features: pd.DataFrame) -> NDArray[np.float64]:
    """Every number of the estimates, one row of nine after the other."""
    told = work.for_tickets(features)
    parts = (told.remaining, told.next_touch, told.reply)
    columns = [c for m in parts for c in (m.expected, m.log_mean, m.log_sigma)]
    return np.column_stack(columns).ravel()


def _values(column: pd.Series) -> tuple[float | str | None, ...]:
    if is_category(column):
        return tuple(None if pd.isna(v) else str(v) for v in column)
    return tuple(None if np.isnan(v) else float(v) for v in numbers(column))
