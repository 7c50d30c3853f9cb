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
    _count_spans(lives, first, counts)
    start = np.concatenate([[0], np.cumsum(counts)])
    clock, begin, end, breached_at, due_at = (np.empty(start[-1], np.int64) for _ in range(5))
    spans = KnownSpans(clock, begin, end, np.empty(start[-1], np.int8), breached_at, due_at)
    end[start[1:] - 1] = until
    _read(lives, timelines.terms, timelines.openings, first, start, spans)
    return spans


@compiled
def _count_spans(lives: Lives, first: int, counts: Int64) -> None:
    for i in range(counts.size):
        counts[i] = _known_in_order(lives, lives.clock_life[first + i]).size


@compiled
def _known_in_order(lives: Lives, life: int) -> Int64:
    """The distinct instants at which something of a life became known."""
    known_at = lives.action_known_at[lives.start[life] : lives.start[life + 1]]
    if is_told_late(lives, life):
        return np.unique(known_at)
    found, n = np.empty(known_at.size, np.int64), 0
    for at in known_at:
        if n == 0 or at > found[n - 1]:
            found[n] = at
            n += 1
    return found[:n]


@compiled
def _read(  # noqa: PLR0917  # a kernel
    lives: Lives, terms: Terms, hours: Openings, first: int, start: Int64, spans: KnownSpans
) -> None:
    record, shown = np.empty(N_FIELDS, np.int64), np.empty(N_FIELDS, np.int64)
    for i in range(start.size - 1):
        clock, begin, end = first + i, start[i], start[i + 1]
        life = lives.clock_life[clock]
        spans.clock[begin:end] = clock
        spans.begin[begin:end] = _known_in_order(lives, life)
        spans.end[begin : end - 1] = spans.begin[begin + 1 : end]
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
            shown[:] = record
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
