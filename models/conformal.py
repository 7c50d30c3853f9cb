"""Split-conformal prediction sets of breach: {met}, {breached}, both, or neither.

Of answers to tickets that a fit had not seen, the error of a case is one minus the probability
of what happened. The quantile of the errors at the promised coverage bounds what a set may
leave out: a set holds every outcome whose error would be no larger. Where past and future are
exchangeable it holds the truth at least as often as promised (Vovk, Gammerman and Shafer 2005;
Angelopoulos and Bates 2023). Under drift it does not, which is why coverage is watched.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.exam import KEYS, Exam

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
LEAST = 50
"""Tickets that a quantile needs."""


@dataclass(frozen=True)
class Conformal:
    """``bound``: the largest error that a set admits. ``n``: the tickets it was learned from."""

    coverage: float
    bound: float
    n: int

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def sets(self, probabilities: Array) -> tuple[Flags, Flags]:
        """Per row whether the set holds "met", and whether it holds "breached".

        >>> met, breached = Conformal(0.9, 0.3, 100).sets(np.array([0.1, 0.5, 0.8]))
        >>> met.tolist(), breached.tolist()
        ([True, False, False], [False, False, True])
        """
        return probabilities <= self.bound, 1.0 - probabilities <= self.bound

    def covers(self, probabilities: Array, is_breached: Array) -> Flags:
        """Per row whether the set held what happened."""
        met, breached = self.sets(probabilities)
        return np.where(is_breached > 0, breached, met)


def learn_conformal(exam: Exam, outcomes: pd.DataFrame, *, coverage: float) -> dict[str, Conformal]:
    """By metric, from the exam's answers to decided observations; tickets weigh the same.

    Metrics with fewer than LEAST tickets have none.
    """
    decided = outcomes[~outcomes["is_censored"]]
    facts = decided[[*KEYS, "ticket", "is_breached"]].astype({"metric": str, "landmark": str})
    rows = exam.answers.merge(facts, on=list(KEYS))
    found = {}
    for metric, mine in rows.groupby("metric"):
        n = int(mine["ticket"].nunique())
        if n >= LEAST:
            weight = 1.0 / mine.groupby("ticket")["ticket"].transform("size").to_numpy(float)
            bound = error_quantile(_errors(mine), weight, n=n, coverage=coverage)
            found[str(metric)] = Conformal(coverage, bound, n)
    return found


def error_quantile(errors: Array, weight: Array, *, n: int, coverage: float) -> float:
    """The least error with ``coverage`` (n + 1) / n of the weight at or below it; 1 if none.

    >>> error_quantile(np.array([0.4, 0.1, 0.2, 0.3]), np.ones(4), n=4, coverage=0.6)
    0.3
    """
    order = np.argsort(errors, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    place = np.searchsorted(reached, coverage * (n + 1) / n - 1e-12)
    return float(errors[order[place]]) if place < len(errors) else 1.0


def coverage_of(
    conformal: Mapping[str, Conformal], rows: pd.DataFrame
) -> dict[str, tuple[Flags, pd.DataFrame]]:
    """By metric whether the set of each row held, and those rows.

    ``rows``: metric, probability and is_breached of decided observations.
    """
    found = {}
    for metric, learned in conformal.items():
        mine = rows[rows["metric"].astype(str) == metric]
        probability = mine["probability"].to_numpy(float)
        found[metric] = learned.covers(probability, mine["is_breached"].to_numpy(float)), mine
    return found


def _errors(rows: pd.DataFrame) -> Array:
    p, y = rows["probability"].to_numpy(float), rows["is_breached"].to_numpy(float)
    errors: Array = np.where(y > 0, 1.0 - p, p)
    return errors
