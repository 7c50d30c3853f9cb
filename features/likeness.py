"""How alike columns of features are: ranks, what each tells of a label, which say the same.

By ranks throughout, so that units and scales play no part. Null is NaN in numbers, -1 in codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from features.streams import Floats

Flags = NDArray[np.bool_]
Codes = NDArray[np.integer]
SAME = 0.99
"""Absolute rank correlation from which two numbers are near duplicates."""
_SCREEN = 0.95  # ranks over all known rows instead of the common ones are nearly the same
_COMMON = 0.9  # of the rows where either is known, both are
_FEWEST = 20  # fewer common rows correlate by chance
_SMOOTHING = 10.0


@dataclass(frozen=True)
class Twin:
    """The feature that says the same, and the absolute rank correlation (1 for texts)."""

    name: str
    correlation: float


def ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share the mean of theirs. No value may be null.

    >>> ranks(np.array([3.0, 1.0, 3.0])).tolist()
    [2.5, 1.0, 2.5]
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    mean: Floats = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return mean


def auc(truth: Flags, values: Floats) -> float:
    """Chance that a true row has the larger value, ties half (Mann and Whitney, by ranks).

    NaN with one class only.

    >>> auc(np.array([True, False, True, False]), np.array([0.9, 0.8, 0.7, 0.1]))
    0.75
    """
    n_true = int(truth.sum())
    n_pairs = n_true * (truth.size - n_true)
    if not n_pairs:
        return float("nan")
    return float((ranks(values)[truth].sum() - n_true * (n_true + 1) / 2) / n_pairs)


def number_auc(truth: Flags, values: Floats) -> float:
    """The AUC of a number alone; nulls stand together at the end at which they tell more."""
    is_null = np.isnan(values)
    if not is_null.any():
        return auc(truth, values)
    found = [auc(truth, np.where(is_null, end, values)) for end in (-np.inf, np.inf)]
    return max(found, key=lambda value: abs(value - 0.5))


def text_auc(truth: Flags, codes: Codes, half: Flags) -> float:
    """The AUC of a text alone, words in the order of the breach rates of the *other* half.

    In its own half a word that occurs once would foretell its one row. Rates are mixed with
    10 rows of the overall one; the mean of both halves, NaN where neither has two classes.
    """
    found = [_foretold(truth, codes, learn=side) for side in (half, ~half)]
    known = [value for value in found if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _foretold(truth: Flags, codes: Codes, *, learn: Flags) -> float:
    if not learn.any():
        return float("nan")
    size, base = int(codes.max()) + 2, float(truth[learn].mean())
    n = np.bincount(codes[learn] + 1, minlength=size)
    breached = np.bincount(codes[learn] + 1, weights=truth[learn], minlength=size)
    rates = (breached + _SMOOTHING * base) / (n + _SMOOTHING)
    return auc(truth[~learn], rates[codes[~learn] + 1])


def number_twins(columns: Mapping[str, Floats]) -> dict[str, Twin]:
    """Per number the one with the highest absolute rank correlation, where that is >= .99.

    Spearman's, over the rows where both are known, which must be nine in ten of those where
    either is. Ties go to the earlier column. Constant columns have no twin.
    """
    names = [n for n, c in columns.items() if np.unique(c[~np.isnan(c)]).size > 1]
    if not names:
        return {}
    pairs = np.argwhere(np.triu(_screen([columns[name] for name in names]), k=1))
    found = []
    for i, j in pairs:
        correlation = abs(spearman(columns[names[i]], columns[names[j]]))
        if correlation >= SAME:
            found.append((names[i], names[j], correlation))
    return _closest(found)


def spearman(one: Floats, other: Floats) -> float:
    """Correlation of ranks over the rows where both are known; NaN where either is constant."""
    both = ~(np.isnan(one) | np.isnan(other))
    a, b = ranks(one[both]), ranks(other[both])
    a, b = a - a.mean() if a.size else a, b - b.mean() if b.size else b
    spread = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / spread if spread else float("nan")


def text_twins(columns: Mapping[str, Codes]) -> dict[str, Twin]:
    """Per text the first other one that parts the rows in the same way, nulls included."""
    parts = {name: np.unique(codes, return_inverse=True)[1] for name, codes in columns.items()}
    sizes = {name: int(p.max()) + 1 if p.size else 0 for name, p in parts.items()}
    varied = [name for name, size in sizes.items() if size > 1]
    found = []
    for one, other in combinations(varied, 2):
        if sizes[one] == sizes[other]:
            both = np.unique(parts[one].astype(np.int64) * sizes[other] + parts[other]).size
            if both == sizes[one]:
                found.append((one, other, 1.0))
    return _closest(found)


def _screen(columns: list[Floats]) -> Flags:
    """Which pairs may be twins: by ranks within each column, all pairs in a few products."""
    known = np.stack([~np.isnan(c) for c in columns], axis=1).astype(np.float64)
    placed = np.zeros(known.shape)
    for i, column in enumerate(columns):
        rows = known[:, i] > 0
        rank = ranks(column[rows])
        placed[rows, i] = (rank - rank.mean()) / rank.std()
    common, sums = known.T @ known, placed.T @ known
    squares, products = (placed**2).T @ known, placed.T @ placed
    covered = common >= np.maximum(_COMMON * (_size(known) - common), _FEWEST)
    n = np.maximum(common, 1.0)
    spread = np.maximum(squares - sums**2 / n, 0.0)
    scale = np.sqrt(spread * spread.T)
    shared = np.abs(products - sums * sums.T / n)
    screened: Flags = covered & (scale > 0) & (shared >= _SCREEN * scale)
    return screened


def _size(known: Floats) -> Floats:
    """Per pair the sum of how many rows are known of each."""
    n = known.sum(axis=0)
    total: Floats = n[:, None] + n[None, :]
    return total


def _closest(pairs: list[tuple[str, str, float]]) -> dict[str, Twin]:
    twins: dict[str, Twin] = {}
    for one, other, correlation in pairs:
        for name, twin in ((one, other), (other, one)):
            if name not in twins or correlation > twins[name].correlation:
                twins[name] = Twin(twin, correlation)
    return twins
