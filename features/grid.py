"""A lookup grid over the instants of long streams: where to begin to search.

The time between the first and the last fact of a key is cut into equal buckets, about one for
every six facts; the grid holds how many facts lie before each. A search then looks at a few
rows, wherever the facts crowd at many.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled

Int64 = NDArray[np.int64]
LONG = 32
"""Rows per key from which a grid pays."""
_PER_BUCKET = 4
_WHOLE = 62  # a shift by which everything falls into one bucket


class Grid(NamedTuple):
    """Per key its first entry in ``counts`` (and one more), and the width of its buckets.

    ``shift``: buckets are ``2 ** shift`` microseconds wide, from the key's first fact on.
    ``counts``: of the key's facts before each bucket, and before the end of the last one.
    """

    start: Int64
    shift: NDArray[np.int8]
    counts: NDArray[np.int32]


def build_grid(start: Int64, at: Int64) -> Grid:
    """The grid of a stream (see ``features.streams``)."""
    n_keys = start.size - 1
    shift, sizes = np.full(n_keys, _WHOLE, np.int8), np.empty(n_keys, np.int64)
    _measure(start, at, shift, sizes)
    first = np.concatenate([[0], np.cumsum(sizes)])
    grid = Grid(first, shift, np.empty(first[-1], np.int32))
    _fill(start, at, grid)
    return grid


@compiled
def last_before(  # noqa: PLR0917  # a kernel
    grid: Grid, start: Int64, at: Int64, keys: Int64, instants: Int64, rows: Int64
) -> None:
    """As ``Stream.last_before``."""
    for i in range(keys.size):
        key = keys[i] if keys[i] >= 0 else start.size - 2
        rows[i] = _by_grid(grid, start, at, key, instants[i])


@compiled
def last_in_order(  # noqa: PLR0917  # a kernel
    grid: Grid,
    start: Int64,
    at: Int64,
    keys: Int64,
    instants: Int64,
    order: Int64,
    found: Int64,
    rows: Int64,
) -> None:
    """As ``Stream.last_before``, in ``order``: positions by instant, so that rows only go on.

    ``found``: of each key the row that was found last, at first its root. A search goes on from
    there, with steps that double; from the root, or where the order is wrong, by the grid.
    """
    for i in range(order.size):
        position = order[i]
        key = keys[position] if keys[position] >= 0 else start.size - 2
        instant, low, end = instants[position], found[key], start[key + 1]
        if low == start[key] or at[low] >= instant:
            low = _by_grid(grid, start, at, key, instant)
        else:
            following = min(low + 1, end - 1)  # most often this one or none: no branch to guess
            low = following if at[following] < instant else low
            high, step = low + 1, 1
            while high < end and at[high] < instant:
                low = high
                step *= 2
                high += step
            low = bisect(at, low, min(high, end), instant)
        found[key] = low
        rows[position] = low


@compiled
def _by_grid(grid: Grid, start: Int64, at: Int64, key: int, instant: int) -> int:
    low: int = start[key]
    last: int = start[key + 1] - 1
    if low == last or instant <= at[low + 1]:
        return low
    if instant > at[last]:
        return last
    bucket = grid.start[key] + ((instant - at[low + 1]) >> grid.shift[key])
    return bisect(at, low + grid.counts[bucket], low + grid.counts[bucket + 1] + 1, instant)


@compiled
def bisect(at: Int64, low: int, high: int, instant: int) -> int:
    """The last row from ``low`` to before ``high`` whose fact lies before the instant; or low."""
    while high - low > 1:
        middle = (low + high) >> 1
        if at[middle] < instant:
            low = middle
        else:
            high = middle
    return low


@compiled
def _measure(start: Int64, at: Int64, shift: NDArray[np.int8], sizes: Int64) -> None:
    for key in range(start.size - 1):
        n_facts = start[key + 1] - start[key] - 1
        sizes[key] = 0
        if n_facts > 0:
            span = at[start[key + 1] - 1] - at[start[key] + 1]
            while shift[key] > 0 and span >> (shift[key] - 1) < n_facts // _PER_BUCKET:
                shift[key] -= 1
            sizes[key] = (span >> shift[key]) + 2


@compiled
def _fill(start: Int64, at: Int64, grid: Grid) -> None:
    for key in range(start.size - 1):
        first, n = start[key] + 1, start[key + 1] - start[key] - 1
        bucket, end = grid.start[key], grid.start[key + 1]
        for i in range(n):
            while at[first + i] - at[first] >= (bucket - grid.start[key]) << grid.shift[key]:
                grid.counts[bucket] = i
                bucket += 1
        grid.counts[bucket:end] = n
