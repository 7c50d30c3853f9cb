"""From facts to streams: sorted by key and instant, with running sums within each key."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from features.streams import Int64, Integers, Stream, Values
from forewarn.sla.compiled import allocating, compiled
from forewarn.sla.openings import NAT


def build_stream(
    keys: Integers,
    at: Int64,
    *,
    n_keys: int,
    states: Mapping[str, Values] | None = None,
    sums: Mapping[str, Values] | None = None,
) -> Stream:
    """Sort facts into a stream; facts of one key and instant keep their given order.

    ``keys``: 0 to ``n_keys - 1``; facts with key -1 belong to nothing and are left out.
    ``states``: values as they are (root: NaN, or -1 for integers).
    ``sums``: values to be summed from the key's first fact on (root: 0).
    """
    if keys.size and (keys.max() >= n_keys or keys.min() < -1):
        raise ValueError(f"keys must lie in -1 to {n_keys - 1}, found {keys.min()} to {keys.max()}")
    start, order = arrange(keys, at, n_keys)
    columns: dict[str, Values] = {}
    for name, values in (states or {}).items():
        columns[name] = _spread(values, start, order, _nothing(values.dtype))
    for name, values in (sums or {}).items():
        columns[name] = _spread(values, start, order, 0)
        _sum_within(start, columns[name])
    visible_at = _spread(at, start, order, NAT).astype(np.int64, copy=False)
    return Stream(start, visible_at, columns)


def build_sums(
    keys: Integers, at: Int64, sums: NDArray[np.int32], *, n_keys: int
) -> tuple[Int64, Int64, NDArray[np.int32]]:
    """``start``, ``at`` and running sums, one row each, of facts in the order of ``at``.

    As ``build_stream`` makes them, in one pass.
    """
    counts = np.zeros(n_keys + 1, np.int64)
    _count(keys, counts)
    start = segments(counts[:-1])
    placed = np.full(start[-1], NAT, np.int64)
    summed = np.zeros((sums.shape[0], start[-1]), np.int32)
    _sum_up(keys, at, sums, start[:-1].copy(), placed, summed)
    return start, placed, summed


def _nothing(dtype: np.dtype[np.generic]) -> float | int:
    if dtype.kind == "f":
        return np.nan
    return NAT if dtype == np.int64 else -1


def segments(counts: Int64) -> Int64:
    """The ``start`` of a stream with so many facts per key: a root goes before them."""
    start = np.zeros(counts.size + 2, np.int64)
    np.cumsum(counts + 1, out=start[1:-1])
    start[-1] = start[-2] + 1
    return start


def arrange(keys: Integers, at: Int64, n_keys: int) -> tuple[Int64, Int64]:
    """Segment starts, and the kept facts sorted by (key, at), stable."""
    counts = np.zeros(n_keys, np.int64)
    _count(keys, counts)
    start = segments(counts)
    order = np.empty(int(start[-1]) - (n_keys + 1), np.int64)
    _count_sort(keys, at, start, order)
    return start, order


def _spread(values: Values, start: Int64, order: Int64, nothing: float) -> Values:
    """The values in order, and ``nothing`` at each root."""
    column = np.empty(start[-1], values.dtype)
    _put(values, start, order, values.dtype.type(nothing), column)
    return column


@compiled
def _count(keys: Integers, counts: Int64) -> None:
    for i in range(keys.size):
        if keys[i] >= 0:
            counts[keys[i]] += 1


@compiled
def _sum_up(  # noqa: PLR0917  # a kernel
    keys: Integers,
    at: Int64,
    sums: NDArray[np.int32],
    filled: Int64,
    placed: Int64,
    summed: NDArray[np.int32],
) -> None:
    """Write each fact behind those of its key; ``filled``: the key's last row so far."""
    for i in range(keys.size):
        if keys[i] >= 0:
            row = filled[keys[i]] + 1
            filled[keys[i]] = row
            placed[row] = at[i]
            for j in range(sums.shape[0]):
                summed[j, row] = summed[j, row - 1] + sums[j, i]


@compiled
def _put(values: Values, start: Int64, order: Int64, nothing: np.generic, column: Values) -> None:
    for key in range(start.size - 1):
        column[start[key]] = nothing
        for j in range(start[key] + 1, start[key + 1]):
            column[j] = values[order[j - key - 1]]


@allocating
def _count_sort(keys: Integers, at: Int64, start: Int64, order: Int64) -> None:
    """Stable sort by key, then within each segment by instant where it is not yet so."""
    n_keys = start.size - 2
    fill = np.empty(n_keys, np.int64)
    for key in range(n_keys):
        fill[key] = start[key] - key
    for i in range(keys.size):
        if keys[i] >= 0:
            order[fill[keys[i]]] = i
            fill[keys[i]] += 1
    for key in range(n_keys):
        first = start[key] - key
        last = start[key + 1] - key - 1
        is_sorted = True
        for j in range(first + 1, last):
            if at[order[j]] < at[order[j - 1]]:
                is_sorted = False
        if not is_sorted:
            segment = order[first:last].copy()
            order[first:last] = segment[np.argsort(at[segment], kind="mergesort")]


@compiled
def _sum_within(start: Int64, column: Values) -> None:
    for key in range(start.size - 1):
        for i in range(start[key] + 1, start[key + 1]):
            column[i] += column[i - 1]
