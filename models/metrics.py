"""Figures of merit of one set of scores: weighted, and exact with ties.

``truth`` is 1.0 for a breach and 0.0 for a promise kept; ``weights`` default to one each.
Equal scores are never ordered: they share their rank, their threshold and their bin.
A figure that the data cannot give (one class only, no weight) is NaN.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from forewarn.sla.compiled import allocating

Floats = NDArray[np.float64]

STATISTICS = ("auc", "average_precision", "brier", "ece")
"""Order of the columns that ``ranked_statistics`` returns."""
BINS = 10
"""Equal-mass bins of the calibration error and of the reliability table."""


@allocating
def ranked_statistics(
    truth: Floats, score: Floats, weights: Floats, bins: int, result: Floats
) -> None:
    """AUC, average precision, Brier score and calibration error in one pass, into ``result``.

    All arrays are sorted by falling ``score``. The last two take ``score`` as a probability.
    (A kernel that returned an array could not be called by another one as well as from
    Python once both come from numba's cache.)
    """
    n = truth.size
    positive = 0.0
    total = 0.0
    squared = 0.0
    for i in range(n):
        w = weights[i]
        total += w
        positive += w * truth[i]
        squared += w * (score[i] - truth[i]) ** 2
    negative = total - positive
    hits = misses = concordant = precision_area = 0.0
    gap = np.zeros(bins)
    i = 0
    while i < n:
        j = i
        tie_hits = tie_misses = tie_gap = 0.0
        while j < n and score[j] == score[i]:
            tie_hits += weights[j] * truth[j]
            tie_misses += weights[j] * (1.0 - truth[j])
            tie_gap += weights[j] * (truth[j] - score[j])
            j += 1
        mass = tie_hits + tie_misses
        if mass > 0.0:
            middle = (hits + misses + mass / 2.0) / total
            gap[min(int(middle * bins), bins - 1)] += tie_gap
            concordant += tie_hits * (negative - misses - tie_misses / 2.0)
            hits += tie_hits
            misses += tie_misses
            precision_area += tie_hits * hits / (hits + misses)
        i = j
    result[:] = np.nan
    if positive > 0.0 and negative > 0.0:
        result[0] = concordant / (positive * negative)
    if positive > 0.0:
        result[1] = precision_area / positive
    if total > 0.0:
        result[2] = squared / total
        result[3] = np.abs(gap).sum() / total


def roc_auc(truth: ArrayLike, score: ArrayLike, *, weights: ArrayLike | None = None) -> float:
    """Chance that a breach scores above a kept promise, ties half; NaN with one class.

    >>> roc_auc([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1])
    0.75
    """
    return float(_statistics(truth, score, weights, BINS)[0])


def average_precision(
    truth: ArrayLike, score: ArrayLike, *, weights: ArrayLike | None = None
) -> float:
    """Precision at each distinct score, weighted by the recall it adds; NaN without a breach.

    >>> average_precision([1, 0, 0, 0], [0.9, 0.8, 0.7, 0.1])
    1.0
    """
    return float(_statistics(truth, score, weights, BINS)[1])


def brier_score(
    truth: ArrayLike, probability: ArrayLike, *, weights: ArrayLike | None = None
) -> float:
    """Mean squared distance between probability and truth.

    >>> brier_score([1, 0], [0.5, 0.5])
    0.25
    """
    return float(_statistics(truth, probability, weights, BINS)[2])


def expected_calibration_error(
    truth: ArrayLike,
    probability: ArrayLike,
    *,
    bins: int = BINS,
    weights: ArrayLike | None = None,
) -> float:
    """Mean distance between breach share and mean probability over equal-mass bins.

    >>> expected_calibration_error([1, 0], [0.5, 0.5])
    0.0
    """
    return float(_statistics(truth, probability, weights, bins)[3])


def reliability_table(
    truth: ArrayLike, probability: ArrayLike, *, bins: int = BINS
) -> pd.DataFrame:
    """One row per filled equal-mass bin, lowest probability first.

    Columns: ``n`` observations, ``mean_probability``, ``breach_share``.
    """
    y, p = np.asarray(truth, float), np.asarray(probability, float)
    _, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    middle = (np.cumsum(counts) - counts / 2.0) / max(y.size, 1)
    member = np.minimum((middle * bins).astype(int), bins - 1)[inverse]
    rows = pd.DataFrame({"bin": member, "p": p, "y": y}).groupby("bin")
    table = rows.agg(n=("y", "size"), mean_probability=("p", "mean"), breach_share=("y", "mean"))
    return table.reset_index(drop=True)


def top(score: ArrayLike, *, k: int) -> NDArray[np.bool_]:
    """Which rows are the ``k`` highest scores; ties go to the earlier row.

    >>> top([0.2, 0.9, 0.9], k=1).tolist()
    [False, True, False]
    """
    values = np.asarray(score, float)
    chosen = np.zeros(values.size, bool)
    chosen[np.argsort(-values, kind="stable")[: max(k, 0)]] = True
    return chosen


def top_shares(score: ArrayLike, *, k: int) -> Floats:
    """Each row's chance to be among the ``k`` highest scores, where ties are drawn by lot.

    >>> top_shares([0.2, 0.9, 0.5, 0.5], k=2).tolist()
    [0.0, 1.0, 0.5, 0.5]
    """
    values = np.asarray(score, float)
    if k <= 0 or values.size == 0:
        return np.zeros(values.size)
    limit = np.sort(values)[::-1][min(k, values.size) - 1]
    above, tied = values > limit, values == limit
    places: float = (min(k, values.size) - above.sum()) / tied.sum()
    return np.where(tied, places, above.astype(float))


def mean_absolute_change(clock: ArrayLike, as_of: ArrayLike, probability: ArrayLike) -> float:
    """Mean |Δp| between successive scores of a clock; NaN where none is scored twice.

    >>> mean_absolute_change([1, 1, 2], [10, 20, 10], [0.25, 0.75, 0.5])
    0.5
    """
    clocks, p = np.asarray(clock), np.asarray(probability, float)
    order = np.lexsort((np.asarray(as_of), clocks))
    same = clocks[order][1:] == clocks[order][:-1]
    steps = np.abs(np.diff(p[order]))[same]
    return float(steps.mean()) if steps.size else float("nan")


def _statistics(truth: ArrayLike, score: ArrayLike, weights: ArrayLike | None, bins: int) -> Floats:
    y, s = np.asarray(truth, float), np.asarray(score, float)
    w = np.ones(y.size) if weights is None else np.asarray(weights, float)
    order = np.argsort(-s, kind="stable")
    result = np.empty(len(STATISTICS))
    ranked_statistics(y[order], s[order], w[order], bins, result)
    return result
