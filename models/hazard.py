"""A time-to-event model as a part of a breach model: the discrete hazard of completion.

Every observation is cut into periods of open time ahead of as_of; LightGBM learns the chance
that a clock which is still open when a period begins completes within it. A breach is a clock
that completes in none of the periods up to its deadline:

    P(breach) = product over the periods before the deadline of (1 - hazard)

the last period by its share. It never sees the budget, so it learns from clocks that are still
open at the cutoff (for as long as they were watched) and holds when targets change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from models.lesson import Watched
from models.part import Array, shares

REMAINING, TARGET = "clock_remaining_hours", "clock_target_hours"
BUDGETED = (
    REMAINING, TARGET, "clock_elapsed_share", "clock_until_due_hours", "clock_closed_share",
)  # fmt: skip
"""Features that depend on the budget: not seen; open time that has run stands in for them."""
N_PERIODS = 8
ROUNDS = 100
_MOST_PERIODS = 150_000
"""Periods learned from; of more observations a part is drawn."""
_EDGE = 1e-6


@dataclass(frozen=True)
class HazardPart:
    """``seen``: columns of the matrix that it sees. ``remaining``, ``target``: theirs.

    ``edges``: ends of the periods in open hours ahead, rising; the last one is open-ended.
    """

    text: str
    seen: tuple[int, ...]
    remaining: int
    target: int
    width: int
    edges: tuple[float, ...]
    name: str = "hazard"

    @cached_property
    def booster(self) -> Any:
        """The parsed ``lightgbm.Booster``."""
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def log_odds(self, matrix: Array) -> Array:
        """Of completing in no period before the deadline."""
        if not len(matrix):
            return np.empty(0)
        survived = np.clip(np.exp(self._log_survival(matrix)), _EDGE, 1 - _EDGE)
        odds: Array = np.log(survived) - np.log1p(-survived)
        return odds

    def contributions(self, matrix: Array) -> Array:
        """Of the hazard in the first period, turned round and scaled to the log-odds.

        What raises the chance of completing soon lowers the risk. An approximation: what a
        column does in later periods is taken to be alike.
        """
        added = np.zeros((len(matrix), self.width))
        if not len(matrix):
            return added
        found = self.booster.predict(self._at(matrix, 0), pred_contrib=True, num_threads=1)
        places = list(self.seen)
        added[:, places] = -found[:, : len(places)]
        return added * self._stretch(matrix, added)

    def importance(self) -> Array:
        """Share of the trees' gain; that of the period and the elapsed time left out."""
        gain = np.asarray(self.booster.feature_importance(importance_type="gain"), float)
        found = np.zeros(self.width)
        found[list(self.seen)] = gain[: len(self.seen)]
        return shares(found)

    def to_json(self) -> dict[str, Any]:
        fields = ("name", "seen", "remaining", "target", "width", "edges")
        return {f: list(v) if isinstance(v := getattr(self, f), tuple) else v for f in fields}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, text: str) -> Self:
        return cls(
            text=text,
            seen=tuple(value["seen"]),
            remaining=value["remaining"],
            target=value["target"],
            width=value["width"],
            edges=tuple(value["edges"]),
        )

    def _log_survival(self, matrix: Array) -> Array:
        left = np.maximum(np.nan_to_num(matrix[:, self.remaining]), 0.0)
        total = np.zeros(len(matrix))
        begin = 0.0
        for period, end in enumerate(self.edges):
            share = np.clip((left - begin) / (end - begin), 0.0, _beyond(period, self.edges))
            rows = np.flatnonzero(share > 0)
            if rows.size:
                hazard = self.booster.predict(self._at(matrix[rows], period), num_threads=1)
                total[rows] += share[rows] * np.log1p(-np.clip(hazard, 0.0, 1 - _EDGE))
            begin = end
        return total

    def _at(self, matrix: Array, period: int) -> Array:
        elapsed = matrix[:, self.target] - matrix[:, self.remaining]
        now = np.full(len(matrix), float(period))
        return np.column_stack([matrix[:, list(self.seen)], elapsed, now])

    def _stretch(self, matrix: Array, added: Array) -> Array:
        """Per row the factor that brings the sum to the log-odds less their mean."""
        odds = self.log_odds(matrix)
        sums = added.sum(axis=1)
        wanted = odds - odds.mean()
        fits = (np.abs(sums) > 1e-3) & (np.sign(sums) == np.sign(wanted))
        factor = np.where(fits, wanted / np.where(fits, sums, 1.0), 1.0)
        return np.clip(factor, 0.1, 10.0)[:, None]


def _beyond(period: int, edges: Sequence[float]) -> float:
    """A whole period counts once; the last one as often as the time left holds it."""
    return np.inf if period == len(edges) - 1 else 1.0


def fit_hazard(
    matrix: Array, watched: Watched, *, names: Sequence[str], seed: int, rounds: int = ROUNDS
) -> HazardPart | None:
    """Fit; None where the features tell no budget, or nothing, or everything, completes."""
    import lightgbm

    ended = watched.hours[watched.completes]
    if not {REMAINING, TARGET} <= set(names) or ended.size < N_PERIODS:
        return None
    edges = _edges(ended, matrix[:, list(names).index(REMAINING)])
    part = HazardPart(
        text="",
        seen=tuple(i for i, name in enumerate(names) if name not in BUDGETED),
        remaining=list(names).index(REMAINING),
        target=list(names).index(TARGET),
        width=len(names),
        edges=edges,
    )
    rows, period, completes = _periods(watched, edges, seed)
    if completes.min() == completes.max():
        return None
    seen = np.concatenate(
        [part._at(matrix[rows[period == p]], p) for p in range(len(edges))]  # noqa: SLF001
    )
    truth = np.concatenate([completes[period == p] for p in range(len(edges))])
    settings = {
        "objective": "binary", "learning_rate": 0.1, "num_leaves": 31, "min_data_in_leaf": 100,
        "feature_fraction": 0.5, "bagging_fraction": 0.5, "bagging_freq": 1, "lambda_l2": 5.0,
        "max_bin": 63, "extra_trees": True, "seed": seed, "deterministic": True,
        "force_row_wise": True, "num_threads": 1, "verbosity": -1,
    }  # fmt: skip
    booster = lightgbm.train(settings, lightgbm.Dataset(seen, truth), num_boost_round=rounds)
    text = booster.model_to_string(num_iteration=-1)
    return HazardPart(text, part.seen, part.remaining, part.target, part.width, edges)


def _edges(ended: Array, remaining: Array) -> tuple[float, ...]:
    """Ends of periods: even shares of the completions that fall within a budget."""
    longest = float(np.nanmax(remaining))
    inside = ended[ended <= longest]
    inside = inside if inside.size >= N_PERIODS else ended
    shares_of = np.arange(1, N_PERIODS) / N_PERIODS
    found = np.unique(np.round([*np.quantile(inside, shares_of), max(longest, inside.max())], 4))
    return tuple(float(edge) for edge in found if edge > 0)


def _periods(
    watched: Watched, edges: Sequence[float], seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], Array]:
    """Rows of the matrix, periods, and whether the clock completed in it (1 or 0)."""
    ends, hours = np.asarray(edges), np.maximum(watched.hours, 0.0)
    last = np.minimum(np.searchsorted(ends, hours, side="left"), len(ends))
    finishes = watched.completes & (last < len(ends))
    # a period that was watched in part counts only where the clock completed in it
    n_periods = last + finishes
    chosen = np.flatnonzero(n_periods > 0)
    most = int(_MOST_PERIODS / max(float(n_periods.mean()), 1e-9))
    if chosen.size > most:
        chosen = np.sort(np.random.default_rng(seed).choice(chosen, most, replace=False))
    counts = n_periods[chosen]
    rows = np.repeat(chosen, counts)
    period = np.arange(rows.size) - np.repeat(np.cumsum(counts) - counts, counts)
    completes = (finishes[rows] & (period == last[rows])).astype(np.float64)
    return rows, period, completes
