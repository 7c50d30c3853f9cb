"""Kernels on open intervals: how much was open before an instant, and the way back.

All instants and durations are int64 microseconds. Several calendars lie one behind the other
in flat arrays, so that one pass can serve clocks of different calendars.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled

NAT: int = int(np.iinfo(np.int64).min)
"""Stands for a missing instant."""

GRID_SHIFT = 35
"""Buckets of the lookup grid are 2**35 microseconds long, about nine and a half hours."""


class Openings(NamedTuple):
    """Open intervals of all calendars. ``offset[c]:offset[c + 1]`` are those of calendar c.

    ``opened``: open microseconds before each start. ``grid``: for each bucket, the last
    interval that starts at or before the bucket begins.
    """

    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    opened: NDArray[np.int64]
    offset: NDArray[np.int64]
    grid: NDArray[np.int64]
    grid_offset: NDArray[np.int64]
    grid_first: NDArray[np.int64]


@compiled
def last_start(hours: Openings, calendar: int, instant: int) -> int:
    """Index of the last interval that starts at or before the instant; below the first: none."""
    low: int = hours.offset[calendar]
    high: int = hours.offset[calendar + 1]
    if instant < hours.starts[low]:
        return low - 1
    bucket = (instant - hours.grid_first[calendar]) >> GRID_SHIFT
    n_buckets = hours.grid_offset[calendar + 1] - hours.grid_offset[calendar]
    i: int = hours.grid[hours.grid_offset[calendar] + min(bucket, n_buckets - 1)]
    while i + 1 < high and hours.starts[i + 1] <= instant:
        i += 1
    return i


@compiled
def opened_before(hours: Openings, calendar: int, instant: int) -> int:
    """Open microseconds of the calendar before the instant, since its first interval."""
    i = last_start(hours, calendar, instant)
    if i < hours.offset[calendar]:
        return 0
    opened: int = hours.opened[i] + min(instant, hours.ends[i]) - hours.starts[i]
    return opened


@compiled
def advance(hours: Openings, calendar: int, start: int, duration: int) -> int:
    """Least instant from ``start`` on at which ``duration`` was open; NAT beyond the calendar."""
    if duration <= 0:
        return start
    low, high = hours.offset[calendar], hours.offset[calendar + 1]
    i = max(last_start(hours, calendar, start), low)
    wanted = opened_before(hours, calendar, start) + duration
    step = 1
    while i + step < high and hours.opened[i + step] < wanted:
        i += step
        step *= 2
    while step > 0:
        if i + step < high and hours.opened[i + step] < wanted:
            i += step
        step //= 2
    instant: int = hours.starts[i] + wanted - hours.opened[i]
    return instant if instant <= hours.ends[i] else NAT


@compiled
def retreat(hours: Openings, calendar: int, end: int, duration: int) -> int:
    """Latest instant up to ``end`` since which ``duration`` was open; NAT before the calendar."""
    if duration <= 0:
        return end
    low, high = hours.offset[calendar], hours.offset[calendar + 1]
    wanted = opened_before(hours, calendar, end) - duration
    if wanted < 0:
        return NAT
    while high - low > 1:
        middle = (low + high) // 2
        if hours.opened[middle] <= wanted:
            low = middle
        else:
            high = middle
    instant: int = hours.starts[low] + wanted - hours.opened[low]
    return instant


@compiled
def next_open(hours: Openings, calendar: int, instant: int) -> int:
    """Least instant from the given one on right after which the calendar is open; NAT: none."""
    i = last_start(hours, calendar, instant)
    if i >= hours.offset[calendar] and instant < hours.ends[i]:
        return instant
    following: int = hours.starts[i + 1] if i + 1 < hours.offset[calendar + 1] else NAT
    return following


@compiled
def elapsed_each(
    hours: Openings, start: NDArray[np.int64], end: NDArray[np.int64], out: NDArray[np.int64]
) -> None:
    """Open microseconds in ``[start, end)`` of calendar 0, for each pair."""
    for i in range(out.size):
        out[i] = opened_before(hours, 0, end[i]) - opened_before(hours, 0, start[i])


@compiled
def advance_each(
    hours: Openings, start: NDArray[np.int64], duration: NDArray[np.int64], out: NDArray[np.int64]
) -> None:
    """``advance`` in calendar 0, for each pair."""
    for i in range(out.size):
        out[i] = advance(hours, 0, start[i], duration[i])


@compiled
def retreat_each(
    hours: Openings, end: NDArray[np.int64], duration: NDArray[np.int64], out: NDArray[np.int64]
) -> None:
    """``retreat`` in calendar 0, for each pair."""
    for i in range(out.size):
        out[i] = retreat(hours, 0, end[i], duration[i])
