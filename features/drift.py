"""Whether a feature's values are spread in the last month as they were in the first."""

import numpy as np
import pandas as pd

from features.likeness import Codes, Flags
from features.streams import Floats

DRIFTING = 0.25
"""Population stability index from which a feature is said to drift, as is usual."""
FEWEST = 200
"""Observations that a month needs: with fewer, chance alone looks like drift."""
_BINS = 10


def stability_index(first: Codes, last: Codes) -> float:
    """Population stability index of two samples of bins (codes from 0); NaN if one is empty.

    The sum over bins of (p - q) ln(p / q). Half an observation is added to every bin, so that
    an empty one has a logarithm.
    """
    if not first.size or not last.size:
        return float("nan")
    n_bins = int(max(first.max(), last.max())) + 1
    p, q = (
        (np.bincount(codes, minlength=n_bins) + 0.5) / (codes.size + 0.5 * n_bins)
        for codes in (first, last)
    )
    return float(((p - q) * np.log(p / q)).sum())


def number_bins(values: Floats) -> Codes:
    """Bins of about a tenth of the known values each, equal values together; null is bin 0."""
    is_null = np.isnan(values)
    if is_null.all():
        return np.zeros(values.size, np.int64)
    steps = np.arange(1, _BINS) / _BINS
    edges = np.unique(np.quantile(values[~is_null], steps, method="inverted_cdf"))
    return np.where(is_null, 0, np.searchsorted(edges, values, side="left") + 1)


def text_bins(codes: Codes) -> Codes:
    """The nine most frequent words, all others together as the tenth; null is bin 0."""
    counts = np.bincount(codes + 1)[1:]
    place = np.full(counts.size + 1, _BINS, np.int64)
    place[0] = 0
    frequent = np.argsort(-counts, kind="stable")[: _BINS - 1]
    place[frequent + 1] = np.arange(1, frequent.size + 1)
    return place[codes + 1]


def month_ends(as_of: pd.Series, *, time_zone: str) -> tuple[Flags, Flags, str] | None:
    """Rows of the first and of the last month with enough observations, and both in words.

    Months are those of the desk's zone. None where there are not two.
    """
    wall = as_of.dt.tz_convert(time_zone)
    month = (wall.dt.year * 100 + wall.dt.month).to_numpy(np.int64)
    months, counts = np.unique(month, return_counts=True)
    enough = months[counts >= FEWEST]
    if enough.size < 2:
        return None
    first, last = int(enough[0]), int(enough[-1])
    words = " to ".join(f"{m // 100}-{m % 100:02d}" for m in (first, last))
    return month == first, month == last, words
