"""Each clock as read at the end of every span in which nothing new becomes known of it.

The same as a reading at each of those instants, at the cost of one walk: where all of a life is
told in its order, what was known before only grows.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.cycles import is_told_late
from forewarn.sla.life import step
from forewarn.sla.lives import REOPENS, Lives, Terms, View
from forewarn.sla.openings import NAT, Openings, advance
from forewarn.sla.record import (
    BREACHED,
    CALENDAR,
    DUE,
    ELAPSED,
    ENDED,
    LIFE_KNOWN,
    N_FIELDS,
    NOW_TERMS,
    PAUSED,
    RUNNING,
    STATE,
    TARGET,
    clear,
)
from forewarn.sla.timelines import Timelines
from forewarn.sla.walk import RUNS_ON, stop_at, walk_one

Int64 = NDArray[np.int64]


class KnownSpans(NamedTuple):
    """One row per span, by clock and time; the fields are those of ``Readings`` at its end.

    ``clock``: position in the timelines. ``begin``: something became known; ``end``: the next
    did, or the last instant that is looked at.
    """

    clock: Int64
    begin: Int64
    end: Int64
    state: NDArray[np.int8]
    breached_at: Int64
    due_if_resumed_at: Int64


def read_spans(timelines: Timelines, clocks: slice, *, until: int) -> KnownSpans:
    """The spans of a range of clocks; the last of each ends at ``until`` (microseconds)."""
    lives, first = timelines.lives, clocks.start
    counts = np.empty(clocks.stop - first, np.int64)
    most = int(np.diff(lives.start).max(initial=0))
    _count_spans(lives, first, np.empty(most, np.int64), counts)
    start = np.concatenate([[0], np.cumsum(counts)])
    clock, begin, end, breached_at, due_at = (np.empty(start[-1], np.int64) for _ in range(5))
    spans = KnownSpans(clock, begin, end, np.empty(start[-1], np.int8), breached_at, due_at)
    end[start[1:] - 1] = until
    records = np.empty((2, N_FIELDS), np.int64)
    _read(lives, timelines.terms, timelines.openings, first, start, records, spans)
    return spans


@compiled
def _count_spans(lives: Lives, first: int, found: Int64, counts: Int64) -> None:
    for i in range(counts.size):
        counts[i] = _write_known(lives, lives.clock_life[first + i], found)


@compiled
def _write_known(lives: Lives, life: int, found: Int64) -> int:
    """The distinct instants at which something of a life became known, sorted; how many."""
    n = 0
    for i in range(lives.start[life], lives.start[life + 1]):
        at, place = lives.action_known_at[i], n
        while place > 0 and found[place - 1] > at:
            place -= 1
        if place == 0 or found[place - 1] != at:
            for later in range(n, place, -1):
                found[later] = found[later - 1]
            found[place] = at
            n += 1
    return n


@compiled
def _read(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    first: int,
    start: Int64,
    records: Int64,
    spans: KnownSpans,
) -> None:
    record, shown = records[0], records[1]
    for i in range(start.size - 1):
        clock, begin, end = first + i, start[i], start[i + 1]
        life = lives.clock_life[clock]
        _write_known(lives, life, spans.begin[begin:end])
        for row in range(begin, end):
            spans.clock[row] = clock
            if row + 1 < end:
                spans.end[row] = spans.begin[row + 1]
        if terms.valid_from.size == 1 and not is_told_late(lives, life):
            _walk_on(lives, terms, hours, clock, begin, spans, record, shown)
            continue
        for row in range(begin, end):
            view = View(spans.end[row], spans.end[row], -1.0, 0)
            walk_one(lives, terms, hours, clock, view, shown)
            _show(hours, row, shown, spans)


@compiled
def _walk_on(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    clock: int,
    row: int,
    spans: KnownSpans,
    record: Int64,
    shown: Int64,
) -> None:
    """Walk once, and look at the end of each span."""
    life = lives.clock_life[clock]
    clear(record, lives.clock_cycle[clock])
    record[NOW_TERMS], record[LIFE_KNOWN] = lives.terms[life], lives.known_at[life]
    runs_on = lives.rules[lives.metric[life], REOPENS] in RUNS_ON
    last = lives.start[life + 1] - 1
    for i in range(lives.start[life], last + 1):
        known_at = lives.action_known_at[i]
        if record[ENDED] == NAT or runs_on:
            view = View(known_at + 1, spans.end[row], -1.0, 0)
            step(lives, terms, hours, life, i, view, record)
        if i == last or lives.action_known_at[i + 1] > known_at:
            for field in range(N_FIELDS):
                shown[field] = record[field]
            stop_at(hours, spans.end[row], shown)
            _show(hours, row, shown, spans)
            row += 1


@inlined
def _show(hours: Openings, row: int, record: Int64, spans: KnownSpans) -> None:
    state, due_at = record[STATE], NAT
    if state in (RUNNING, PAUSED):
        due_at = record[DUE]
        if due_at == NAT:
            left = record[TARGET] - record[ELAPSED]
            due_at = advance(hours, record[CALENDAR], spans.end[row], left)
    spans.state[row], spans.breached_at[row] = state, record[BREACHED]
    spans.due_if_resumed_at[row] = due_at
