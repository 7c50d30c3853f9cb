"""Matured outcomes: what became of clocks whose deadline has passed, as facts.

A rate of labels that are merely known flatters long promises: their early outcomes are all
promises kept. So a clock counts when its deadline, as read just before it completed, lies
before as_of; a broken one from the instant of the breach. A correction that becomes known
later takes the old outcome back and puts the new one in its place, from then on.

Clocks that were over, or broken, before they could first be observed do not count: the rates
are about clocks like those that are asked about.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.spec import HOUR
from features.streams import Floats, Int64, arrange
from forewarn.sla.clock import CANCELLED, COMPLETED, read_clocks
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines

_CHUNK = 1 << 20  # readings at a time, so that memory does not grow with the history
_FORESIGHT = 20 * 366 * 24 * HOUR  # open clocks are followed so far beyond the data
PENDING, MET, BROKEN, LEFT_OUT = 0, 1, 2, 3


@dataclass(frozen=True)
class Outcomes:
    """One row per change of a clock's matured outcome, by clock and in the order of ``at``.

    ``at``: visible from here. ``n``: +1, or -1 where an outcome is taken back. ``breached``:
    the same for broken clocks. ``used``: share of the budget that was used, at most 1.
    """

    clock: Int64
    at: Int64
    n: Floats
    breached: Floats
    used: Floats


class _Spans(NamedTuple):
    """Spans of a clock's life in which nothing new becomes known, by clock and time.

    ``begin``: the last of its facts became known; ``end``: the next one does.
    """

    clock: Int64
    begin: Int64
    end: Int64
    is_over: NDArray[np.bool_]
    is_met: NDArray[np.bool_]
    breached_at: Int64
    due_at: Int64
    used: Floats
    observable_at: Int64


def matured_outcomes(timelines: Timelines, *, observable_at: Int64) -> Outcomes:
    """The outcomes of all clocks; ``observable_at``: per clock, the first observation's instant."""
    spans = _spans(timelines, observable_at)
    rows = np.empty((4, 2 * spans.clock.size), np.float64)
    at, clock = np.empty(rows.shape[1], np.int64), np.empty(rows.shape[1], np.int64)
    size = _emit(spans, clock, at, rows)
    return Outcomes(clock[:size], at[:size], rows[0, :size], rows[1, :size], rows[2, :size])


def _spans(timelines: Timelines, observable_at: Int64) -> _Spans:
    sizes = np.diff(timelines.action_start)
    clock = np.repeat(np.arange(sizes.size), sizes)
    _, order, _ = arrange(clock, timelines.action_known_at, sizes.size)
    clock, begin = clock[order], timelines.action_known_at[order]
    is_last = np.append((np.diff(clock) > 0) | (np.diff(begin) > 0), True)[: clock.size]
    clock, begin = clock[is_last], begin[is_last]
    last = min(timelines.last, timelines.watermark + _FORESIGHT)
    end = np.append(np.where(np.diff(clock) > 0, last, begin[1:]), last)
    return _read(timelines, clock, begin, end[: clock.size], observable_at)


def _read(
    timelines: Timelines, clock: Int64, begin: Int64, end: Int64, observable_at: Int64
) -> _Spans:
    """Read every span just before its end: what it then says held all through it."""
    parts = []
    for first in range(0, max(clock.size, 1), _CHUNK):
        part = slice(first, first + _CHUNK)
        readings = read_clocks(timelines, clock[part], as_of=end[part])
        is_over = (readings.state == COMPLETED) | (readings.state == CANCELLED)
        breached_at = np.where(readings.is_breached, readings.breached_at, NAT)
        used = np.minimum(readings.share, 1.0)
        is_met = (readings.state == COMPLETED) & ~readings.is_breached
        parts.append((is_over, is_met, breached_at, readings.due_if_resumed_at, used))
    over, met, breached, due, share = (np.concatenate(p) for p in zip(*parts, strict=True))
    return _Spans(clock, begin, end, over, met, breached, due, share, observable_at)


@compiled
def _emit(spans: _Spans, clock: Int64, at: Int64, rows: Floats) -> int:
    """Write one row per change; return how many."""
    size = 0
    status, used, due, is_left_out = PENDING, 0.0, NAT, False
    for i in range(spans.clock.size):
        if i == 0 or spans.clock[i] != spans.clock[i - 1]:
            status, used, due, is_left_out = PENDING, 0.0, NAT, False
        first = spans.observable_at[spans.clock[i]]
        new, since = PENDING, spans.begin[i]
        if spans.breached_at[i] != NAT:
            new, since = BROKEN, max(since, spans.breached_at[i])
            is_left_out = is_left_out or (status == PENDING and since < first)
        elif spans.is_met[i]:
            new, since = MET, max(since, due)
        if spans.is_over[i] and spans.begin[i] < first:
            is_left_out = True
        if not spans.is_over[i]:
            due = spans.due_at[i]
        if is_left_out:
            new, since = LEFT_OUT, spans.begin[i]
        if status in (MET, BROKEN) and new != status:
            clock[size], at[size] = spans.clock[i], spans.begin[i]
            rows[0, size], rows[1, size] = -1.0, -1.0 if status == BROKEN else 0.0
            rows[2, size] = -used
            size += 1
            status = PENDING
        if new in (MET, BROKEN) and new != status and since < spans.end[i]:
            used = 1.0 if new == BROKEN else spans.used[i]
            clock[size], at[size] = spans.clock[i], since
            rows[0, size], rows[1, size] = 1.0, 1.0 if new == BROKEN else 0.0
            rows[2, size] = used
            size += 1
            status = new
    return size
