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

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.spec import HOUR
from features.streams import Int64
from forewarn.sla.clock import CANCELLED, COMPLETED
from forewarn.sla.compiled import compiled
from forewarn.sla.known_spans import KnownSpans, read_spans
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines

Counts = NDArray[np.int32]
_CHUNK = 1 << 16  # clocks at a time, so that memory does not grow with the history
_FORESIGHT = 20 * 366 * 24 * HOUR  # open clocks are followed so far beyond the data
PENDING, MET, BROKEN = 0, 1, 2


class Outcomes(NamedTuple):
    """One row per change of what became of a clock, by clock and in the order of ``at``.

    ``at``: visible from here. ``n``: +1, or -1 where an outcome is taken back. ``breached``:
    the same for broken clocks.
    """

    clock: Int64
    at: Int64
    n: Counts
    breached: Counts


def read_outcomes(timelines: Timelines, *, observable_at: Int64) -> tuple[Outcomes, Outcomes]:
    """The matured and the decided outcomes of all clocks.

    ``observable_at``: per clock the instant of its first observation.
    """
    until = min(timelines.last, timelines.watermark + _FORESIGHT)

    def read(first: int) -> tuple[Outcomes, Outcomes]:
        clocks = slice(first, min(first + _CHUNK, len(timelines)))
        spans = read_spans(timelines, clocks, until=until)
        at_once = spans._replace(due_if_resumed_at=np.full(spans.clock.size, NAT))
        return _outcomes(spans, observable_at), _outcomes(at_once, observable_at)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        parts = list(pool.map(read, range(0, max(len(timelines), 1), _CHUNK)))
    matured, decided = (_join(part) for part in zip(*parts, strict=True))
    return matured, decided


def _join(parts: tuple[Outcomes, ...]) -> Outcomes:
    return Outcomes._make(np.concatenate(column) for column in zip(*parts, strict=True))


def _outcomes(spans: KnownSpans, observable_at: Int64) -> Outcomes:
    size = 2 * spans.clock.size
    clock, at = (np.empty(size, np.int64) for _ in range(2))
    n, breached = (np.empty(size, np.int32) for _ in range(2))
    rows = Outcomes(clock, at, n, breached)
    size = _emit(spans, observable_at, rows)
    return Outcomes._make(column[:size].copy() for column in rows)


@compiled
def _emit(spans: KnownSpans, observable_at: Int64, rows: Outcomes) -> int:
    """Write one row per change; return how many."""
    size = 0
    status, due, is_left_out = PENDING, NAT, False
    for i in range(spans.clock.size):
        if i == 0 or spans.clock[i] != spans.clock[i - 1]:
            status, due, is_left_out = PENDING, NAT, False
        new, since = _now(spans, i, due)
        first = observable_at[spans.clock[i]]
        is_over = spans.state[i] in (COMPLETED, CANCELLED)
        gone_at = since if new == BROKEN else spans.begin[i]
        if status == PENDING and gone_at < first and (new == BROKEN or is_over):
            is_left_out = True
        if not is_over:
            due = spans.due_if_resumed_at[i]
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
def _now(spans: KnownSpans, i: int, due: int) -> tuple[int, int]:
    """What became of the clock by what is known in span i, and since when that counts."""
    begin = spans.begin[i]
    if spans.breached_at[i] != NAT:
        return BROKEN, max(begin, spans.breached_at[i])
    if spans.state[i] == COMPLETED:
        return MET, max(begin, due)
    return PENDING, begin


@compiled
def _write(rows: Outcomes, size: int, clock: int, at: int, sign: int, status: int) -> int:  # noqa: PLR0917  # a kernel
    rows.clock[size], rows.at[size] = clock, at
    rows.n[size] = sign
    rows.breached[size] = sign if status == BROKEN else 0
    return size + 1
