"""What a peer is given: observations to learn from, and how its probabilities are asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.encoding import is_category
from models.metrics import Floats
from models.trees import threads_for

Settings = Mapping[str, float]
"""What was chosen on the latest window before the cutoff."""
Predict = Callable[[pd.DataFrame], Floats]
MISSING = ""


@dataclass(frozen=True)
class Lesson:
    """Decided observations: features, 1.0 for a breach, and the ticket of each row."""

    features: pd.DataFrame
    truth: Floats
    tickets: NDArray[np.int64]

    @classmethod
    def of(cls, features: pd.DataFrame, decided: pd.DataFrame) -> "Lesson":
        """The features of decided rows (same index)."""
        return cls(
            features=features.loc[decided.index],
            truth=decided["is_breached"].to_numpy(float),
            tickets=decided["ticket"].to_numpy(np.int64),
        )

    @property
    def codes(self) -> list[str]:
        """Columns of categories."""
        return [name for name in self.features if is_category(self.features[name])]

    @property
    def numbers(self) -> list[str]:
        """The others."""
        codes = set(self.codes)
        return [name for name in self.features if name not in codes]

    @property
    def threads(self) -> int:
        """As many as ours takes for a table of this size."""
        return threads_for(self.features.size)


@dataclass(frozen=True)
class Peer:
    """``choose``: settings, learned from the first lesson and judged on the second.

    ``fit``: on all that was decided, with these settings. ``is_seeded``: another seed gives
    another model.
    """

    choose: Callable[[Lesson, Lesson], Settings]
    fit: Callable[[Lesson, Settings, int], Predict]
    is_seeded: bool = True


def log_loss(truth: Floats, probability: Floats) -> float:
    """Mean log-loss; probabilities are kept a millionth away from 0 and 1.

    >>> round(log_loss(np.array([1.0, 0.0]), np.array([0.5, 0.5])), 4)
    0.6931
    """
    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.where(truth > 0, np.log(inside), np.log1p(-inside))))


def texts(rows: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """The rows with categories as plain texts, a missing one as a value of its own."""
    plain = {c: rows[c].astype(object).where(rows[c].notna(), MISSING).astype(str) for c in codes}
    return rows.assign(**{c: column.astype(object) for c, column in plain.items()})


def levels_of(features: pd.DataFrame, codes: list[str]) -> dict[str, pd.Index]:
    """Per column of categories the values that occur, in alphabetical order."""
    return {c: pd.Index(sorted(features[c].dropna().astype(str).unique())) for c in codes}


def categories(rows: pd.DataFrame, levels: Mapping[str, pd.Index]) -> pd.DataFrame:
    """The rows with categories of these levels only; null where a value is none of them."""
    coded = {}
    for name, known in levels.items():
        places = known.get_indexer(pd.Index(rows[name].astype(str)))
        places[rows[name].isna().to_numpy()] = -1
        coded[name] = pd.Categorical.from_codes(places, known)
    return rows.assign(**coded)
