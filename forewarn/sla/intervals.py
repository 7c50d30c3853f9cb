"""Opening hours compiled to exact intervals of UTC, and reckoning in them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forewarn.errors import ConfigError, DataError
from forewarn.sla.calendar import DAY_SECONDS, Calendar, Hours, SpecialDays, Window
from forewarn.sla.openings import (
    GRID_SHIFT,
    NAT,
    Openings,
    advance_each,
    elapsed_each,
    retreat_each,
)
from forewarn.sla.public_holidays import holiday_dates
from forewarn.sla.zones import MICROSECONDS, offset_spans

Instants = NDArray[np.int64]
_DAY = DAY_SECONDS * MICROSECONDS
_FAR = 1 << 62


@dataclass(frozen=True)
class OpenIntervals:
    """Disjoint half-open intervals ``[starts, ends)`` in order, int64 microseconds in UTC.

    ``opened_before``: open microseconds before each start. ``first`` and ``last``: the span
    for which the intervals are complete; nothing can be said outside it.
    """

    starts: Instants
    ends: Instants
    opened_before: Instants
    first: int
    last: int

    @cached_property
    def openings(self) -> Openings:
        """What the kernels read, with this as the only calendar."""
        return join_openings((self,))


ALWAYS = OpenIntervals(
    np.array([-_FAR], np.int64), np.array([_FAR], np.int64), np.zeros(1, np.int64), -_FAR, _FAR
)
"""Around the clock."""


def compile_calendar(calendar: Calendar | None, *, first: int, last: int) -> OpenIntervals:
    """The intervals in which the calendar is open in ``[first, last)``; None: around the clock.

    Raises ConfigError where it never opens in that span.
    """
    if calendar is None:
        return ALWAYS
    local_starts, local_ends = _local_intervals(calendar, first=first, last=last)
    spans, offsets = offset_spans(calendar.time_zone, first=first, last=last)
    starts, ends = [], []
    for begin, end, ahead in zip(spans, [*spans[1:], last], offsets, strict=True):
        starts.append(np.clip(local_starts - ahead, begin, end))
        ends.append(np.clip(local_ends - ahead, begin, end))
    merged = _merge(np.concatenate(starts), np.concatenate(ends))
    if not merged[0].size:
        raise ConfigError(f"calendar {calendar.name!r} is not open once in the span of the data")
    lengths = merged[1] - merged[0]
    return OpenIntervals(*merged, np.cumsum(lengths) - lengths, first, last)


def compile_versions(
    calendar: Calendar, *, first: int, last: int
) -> tuple[list[OpenIntervals], list[int]]:
    """Each version of the hours as if it held all the time, and the instants that they hold from.

    The first holds from the beginning: for it there is no instant.
    """
    every = [calendar.hours, *(hours for _, hours in calendar.later)]
    compiled = [
        compile_calendar(replace(calendar, hours=h, later=()), first=first, last=last)
        for h in every
    ]
    spans, offsets = offset_spans(calendar.time_zone, first=first, last=last)
    local = [_day_number(day) * _DAY for day, _ in calendar.later]
    return compiled, [_from_local(at, spans, offsets) for at in local]


def _from_local(local: int, spans: Instants, offsets: Instants) -> int:
    """The first instant at which the wall shows that time or, where it is skipped, a later one."""
    ends = np.append(spans[1:], _FAR)
    shown = np.clip(local - offsets, spans, ends)
    return int(shown[np.flatnonzero(shown < ends)[0]])


def elapsed(hours: OpenIntervals, start: ArrayLike, end: ArrayLike) -> Instants:
    """Open microseconds in ``[start, end)``; negative where ``end`` lies before ``start``."""
    left, right = _pair(hours, start, end)
    out = np.empty(left.size, np.int64)
    elapsed_each(hours.openings, left, right, out)
    return out


def add(hours: OpenIntervals, start: ArrayLike, duration: ArrayLike) -> Instants:
    """Least instant from ``start`` on at which ``duration`` was open.

    ``duration`` in microseconds, not negative; 0 gives ``start``. Raises DataError where the
    compiled span ends before.
    """
    instants, durations = _instant_and_duration(hours, start, duration)
    out = np.empty(instants.size, np.int64)
    advance_each(hours.openings, instants, durations, out)
    return _inside(out)


def subtract(hours: OpenIntervals, end: ArrayLike, duration: ArrayLike) -> Instants:
    """Latest instant up to ``end`` since which ``duration`` was open: lead time in business hours.

    Raises DataError where the compiled span begins after.
    """
    instants, durations = _instant_and_duration(hours, end, duration)
    out = np.empty(instants.size, np.int64)
    retreat_each(hours.openings, instants, durations, out)
    return _inside(out)


def join_openings(calendars: Sequence[OpenIntervals]) -> Openings:
    """The calendars one behind the other, in the form that the kernels read."""
    sizes = np.cumsum([0] + [c.starts.size for c in calendars])
    grids = [_grid(c) + begin for c, begin in zip(calendars, sizes, strict=False)]
    return Openings(
        starts=np.concatenate([c.starts for c in calendars]),
        ends=np.concatenate([c.ends for c in calendars]),
        opened=np.concatenate([c.opened_before for c in calendars]),
        offset=sizes.astype(np.int64),
        grid=np.concatenate(grids),
        grid_offset=np.cumsum([0] + [g.size for g in grids]).astype(np.int64),
        grid_first=np.array([c.starts[0] for c in calendars], np.int64),
    )


def _grid(hours: OpenIntervals) -> Instants:
    """For each bucket from the first start on, the last interval that starts by its begin."""
    first = int(hours.starts[0])
    n_buckets = ((int(hours.starts[-1]) - first) >> GRID_SHIFT) + 1
    begins = first + (np.arange(n_buckets, dtype=np.int64) << GRID_SHIFT)
    return np.searchsorted(hours.starts, begins, side="right").astype(np.int64) - 1


def _local_intervals(calendar: Calendar, *, first: int, last: int) -> tuple[Instants, Instants]:
    """The windows of every date around the span, as microseconds of local wall time.

    Each version's are cut where the next one begins, night shifts too.
    """
    earliest, latest = first // _DAY - 2, last // _DAY + 3
    begins = [earliest, *(_day_number(day) for day, _ in calendar.later)]
    ends = [*begins[1:], latest]
    every = [calendar.hours, *(hours for _, hours in calendar.later)]
    starts, stops = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for hours, begin, end in zip(every, begins, ends, strict=True):
        days = np.arange(max(begin, earliest), min(end, latest), dtype=np.int64)
        if days.size:
            opened, closed = _windows_of(hours, days)
            starts.append(opened)
            stops.append(np.minimum(closed, end * _DAY))
    return _merge(np.concatenate(starts), np.concatenate(stops))


def _windows_of(hours: Hours, days: Instants) -> tuple[Instants, Instants]:
    """The windows that begin on those days, by one version of the hours."""
    special = {_day_number(day): w for day, w in _special_days(hours, days).items()}
    ordinary = days[~np.isin(days, np.array(sorted(special), np.int64))]
    weekday = (ordinary + 3) % 7  # 1970-01-01 was a Thursday
    parts = [
        _on_days(ordinary[weekday == day], window)
        for day, windows in enumerate(hours.windows)
        for window in windows
    ]
    parts += [
        _on_days(np.array([day], np.int64), window)
        for day, windows in special.items()
        if days[0] <= day <= days[-1]
        for window in windows
    ]
    none = np.empty(0, np.int64)
    starts, ends = zip(*parts, strict=True) if parts else ((none,), (none,))
    return _merge(np.concatenate(starts), np.concatenate(ends))


def _special_days(hours: Hours, days: Instants) -> SpecialDays:
    """Holidays, and the days that are named, which go first."""
    epoch = dt.date(1970, 1, 1)
    begin, end = (epoch + dt.timedelta(days=int(d)) for d in (days[0], days[-1]))
    years = range(begin.year, end.year + 1)
    holidays = (day for kept in hours.holidays for day in holiday_dates(kept, years=years))
    return {**dict.fromkeys(holidays, ()), **hours.special_days}


def _day_number(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


def _on_days(days: Instants, window: Window) -> tuple[Instants, Instants]:
    return days * _DAY + window.start * MICROSECONDS, days * _DAY + window.end * MICROSECONDS


def _merge(starts: Instants, ends: Instants) -> tuple[Instants, Instants]:
    """The union of intervals as disjoint ones in order; those of no length vanish."""
    keep = starts < ends
    order = np.argsort(starts[keep], kind="stable")
    starts, ends = starts[keep][order], np.maximum.accumulate(ends[keep][order])
    if not starts.size:
        return starts, ends
    fresh = np.concatenate([[True], starts[1:] > ends[:-1]])
    last = np.concatenate([fresh[1:], [True]])
    return starts[fresh], ends[last]


def _pair(hours: OpenIntervals, left: ArrayLike, right: ArrayLike) -> tuple[Instants, Instants]:
    a, b = np.broadcast_arrays(np.atleast_1d(left), np.atleast_1d(right))
    a, b = np.ascontiguousarray(a, np.int64), np.ascontiguousarray(b, np.int64)
    _within(hours, a)
    _within(hours, b)
    return a, b


def _instant_and_duration(
    hours: OpenIntervals, instant: ArrayLike, duration: ArrayLike
) -> tuple[Instants, Instants]:
    a, b = np.broadcast_arrays(np.atleast_1d(instant), np.atleast_1d(duration))
    if (b < 0).any():
        raise DataError(f"a duration is negative: {b[b < 0][0]} microseconds")
    _within(hours, a)
    return np.ascontiguousarray(a, np.int64), np.ascontiguousarray(b, np.int64)


def _within(hours: OpenIntervals, instants: Instants) -> None:
    if instants.size and (instants.min() < hours.first or instants.max() > hours.last):
        raise DataError(
            "an instant lies outside the span that the calendar was compiled for "
            f"({hours.first} to {hours.last} microseconds since 1970)"
        )


def _inside(instants: Instants) -> Instants:
    if (instants == NAT).any():
        raise DataError("a duration reaches beyond the span that the calendar was compiled for")
    return instants
