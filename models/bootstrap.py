"""Confidence intervals by bootstrap over tickets, fast enough to stand beside every figure.

A resample is one multinomial count per ticket; all observations of a ticket move together.
Scores are sorted once: each resample is one weighted pass over them. All figures of a
window share their resamples, so that differences between them are paired.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forewarn.sla.compiled import allocating, compiled
from models.metrics import BINS, STATISTICS, Floats, ranked_statistics

Interval = dict[str, float | None]
"""``value`` with ``low`` and ``high`` (95 %); all null where the data cannot give the figure."""


@dataclass(frozen=True)
class Resamples:
    """Counts per resample and ticket code; row 0 counts every ticket once (the data itself)."""

    counts: NDArray[np.uint8]


def resample_tickets(n_tickets: int, *, resamples: int, seed: int) -> Resamples:
    """Resamples of ``n_tickets`` tickets, with replacement."""
    generator = np.random.default_rng(seed)
    counts = np.ones((resamples + 1, max(n_tickets, 1)), np.uint8)
    for row in counts[1:]:
        picked = generator.integers(0, counts.shape[1], counts.shape[1])
        row[:] = np.minimum(np.bincount(picked, minlength=counts.shape[1]), 255)
    return Resamples(counts)


def statistics(
    truth: ArrayLike, score: ArrayLike, *, tickets: ArrayLike, resamples: Resamples
) -> Floats:
    """The four figures of ``models.metrics.STATISTICS`` (columns) for each resample (rows).

    ``tickets``: the ticket code of each observation, a column of ``resamples.counts``.
    """
    s = np.asarray(score, float)
    order = np.argsort(-s, kind="stable")
    y, t = np.asarray(truth, float)[order], np.asarray(tickets, np.int64)[order]
    result = np.empty((len(resamples.counts), len(STATISTICS)))
    _statistics(y, s[order], t, resamples.counts, BINS, result)
    return result


def ratio(
    numerator: ArrayLike, denominator: ArrayLike, *, tickets: ArrayLike, resamples: Resamples
) -> Floats:
    """Sum of one over sum of the other per resample; NaN where the denominator is zero."""
    codes, size = np.asarray(tickets, np.int64), resamples.counts.shape[1]
    above = np.bincount(codes, np.asarray(numerator, float), minlength=size).astype(float)
    below = np.bincount(codes, np.asarray(denominator, float), minlength=size).astype(float)
    result = np.full(len(resamples.counts), np.nan)
    _ratios(above, below, resamples.counts, result)
    return result


def interval(replicates: Floats, *, level: float = 0.95) -> Interval:
    """The first replicate (the data's own) with the percentile interval of the others."""
    value, rest = float(replicates[0]), replicates[1:][~np.isnan(replicates[1:])]
    if not np.isfinite(value):
        return {"value": None, "low": None, "high": None}
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(rest, [tail, 1.0 - tail]) if rest.size else (value, value)
    return {"value": value, "low": float(low), "high": float(high)}


def mean_over(replicates: Sequence[Floats]) -> Floats:
    """The mean of several sets of replicates, resample by resample; NaN sets are left out."""
    kept = [r for r in replicates if not np.isnan(r[0])]
    if not kept:
        return np.full_like(replicates[0], np.nan) if replicates else np.full(1, np.nan)
    stacked: Floats = np.mean(np.stack(kept), axis=0)
    return stacked


@allocating
def _statistics(  # noqa: PLR0917  # a kernel takes arrays by position
    truth: Floats,
    score: Floats,
    tickets: NDArray[np.int64],
    counts: NDArray[np.uint8],
    bins: int,
    result: Floats,
) -> None:
    weights = np.empty(truth.size)
    for b in range(counts.shape[0]):
        for i in range(truth.size):
            weights[i] = counts[b, tickets[i]]
        ranked_statistics(truth, score, weights, bins, result[b])


@compiled
def _ratios(above: Floats, below: Floats, counts: NDArray[np.uint8], result: Floats) -> None:
    for b in range(counts.shape[0]):
        x = y = 0.0
        for t in range(above.size):
            x += counts[b, t] * above[t]
            y += counts[b, t] * below[t]
        if y != 0.0:
            result[b] = x / y
