"""What became of clocks, as facts: from when on each outcome counts.

*Matured* outcomes count when the deadline, as read just before completion, lies before as_of.
Rates of outcomes that are merely known flatter long promises at first: what is known of them
early are all promises kept. *Decided* outcomes count at once: within a window of decisions
every clock counts once, and weeks sooner. A broken clock counts from its breach in both. A
correction that becomes known later takes the old outcome back and puts the new one in its
place, from then on.

Clocks that were over, or broken, before they could first be observed do not count: the rates
are about clocks like those that are asked about.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.spec import HOUR
from features.streams import Int64, arrange
from forewarn.sla.clock import CANCELLED, COMPLETED, read_clocks
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines

Counts = NDArray[np.int32]
_CHUNK = 1 << 20  # readings at a time, so that memory does not grow with the history
_FORESIGHT = 20 * 366 * 24 * HOUR  # open clocks are followed so far beyond the data
PENDING, MET, BROKEN = 0, 1, 2


@dataclass(frozen=True)
class Outcomes:
    """One row per change of what became of a clock, by clock and in the order of ``at``.

    ``at``: visible from here. ``n``: +1, or -1 where an outcome is taken back. ``breached``:
    the same for broken clocks.
    """

    clock: Int64
    at: Int64
    n: Counts
    breached: Counts


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
    observable_at: Int64


class _Rows(NamedTuple):
    """The columns of Outcomes, being filled."""

    clock: Int64
    at: Int64
    n: Counts
    breached: Counts


def read_outcomes(timelines: Timelines, *, observable_at: Int64) -> tuple[Outcomes, Outcomes]:
    """The matured and the decided outcomes of all clocks.

    ``observable_at``: per clock the instant of its first observation.
    """
    spans = _spans(timelines, observable_at)
    at_once = spans._replace(due_at=np.full(spans.due_at.size, NAT))
    return _outcomes(spans), _outcomes(at_once)


def _outcomes(spans: _Spans) -> Outcomes:
    clock, at = (np.empty(2 * spans.clock.size, np.int64) for _ in range(2))
    n, breached = (np.empty(2 * spans.clock.size, np.int32) for _ in range(2))
    size = _emit(spans, _Rows(clock, at, n, breached))
    return Outcomes(clock[:size], at[:size], n[:size], breached[:size])


def _spans(timelines: Timelines, observable_at: Int64) -> _Spans:
    clock, action = timelines.actions_of(np.arange(len(timelines)))
    known_at = timelines.action_known_at[action]
    _, order = arrange(clock, known_at, len(timelines))
    clock, begin = clock[order], known_at[order]
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
        is_met = (readings.state == COMPLETED) & ~readings.is_breached
        parts.append((is_over, is_met, breached_at, readings.due_if_resumed_at))
    over, met, breached, due = (np.concatenate(p) for p in zip(*parts, strict=True))
    return _Spans(clock, begin, end, over, met, breached, due, observable_at)


@compiled
def _emit(spans: _Spans, rows: _Rows) -> int:
    """Write one row per change; return how many."""
    size = 0
    status, due, is_left_out = PENDING, NAT, False
    for i in range(spans.clock.size):
        if i == 0 or spans.clock[i] != spans.clock[i - 1]:
            status, due, is_left_out = PENDING, NAT, False
        new, since = _now(spans, i, due)
        first = spans.observable_at[spans.clock[i]]
        gone_at = since if new == BROKEN else spans.begin[i]
        if status == PENDING and gone_at < first and (new == BROKEN or spans.is_over[i]):
            is_left_out = True
        if not spans.is_over[i]:
            due = spans.due_at[i]
        if is_left_out:
            new = PENDING
        if status not in (PENDING, new):
            size = _write(rows, size, spans.clock[i], spans.begin[i], -1, status)
            status = PENDING
        if new not in (PENDING, status) and since < spans.end[i]:
            size = _write(rows, size, spans.clock[i], since, 1, new)
            status = new
    return size


@compiled
def _now(spans: _Spans, i: int, due: int) -> tuple[int, int]:
    """What became of the clock by what is known in span i, and since when that counts."""
    begin = spans.begin[i]
    if spans.breached_at[i] != NAT:
        return BROKEN, max(begin, spans.breached_at[i])
    if spans.is_met[i]:
        return MET, max(begin, due)
    return PENDING, begin


@compiled
def _write(rows: _Rows, size: int, clock: int, at: int, sign: int, status: int) -> int:  # noqa: PLR0917  # a kernel
    rows.clock[size], rows.at[size] = clock, at
    rows.n[size] = sign
    rows.breached[size] = sign if status == BROKEN else 0
    return size + 1
