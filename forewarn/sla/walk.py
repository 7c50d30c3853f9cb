"""The kernel of the clock: it walks the actions of one clock that an observer could know.

State is a record of int64 fields that the steps below change in turn. Readings, landmarks
and labels all come from this one walk, so they cannot disagree.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled
from forewarn.sla.metrics import Action
from forewarn.sla.openings import NAT, Openings, advance, next_open, opened_before

NOT_STARTED, RUNNING, PAUSED, COMPLETED, CANCELLED = 0, 1, 2, 3, 4

# Fields of the record. Instants and durations in microseconds, NAT where there is none.
STATE = 0
STARTED = 1  # where counting begins
TERMS = 2  # the terms in force; -1: no promise
TARGET = 3
ELAPSED = 4  # open time in running segments
PAUSE = 5  # open time in pauses
CALENDAR_ELAPSED = 6  # the same two by the wall
CALENDAR_PAUSE = 7
DUE = 8  # the budget is spent; set once it is
BREACHED = 9
DECIDED_KNOWN = 10  # when the breach could be known
ENDED = 11
KNOWN = 12  # latest known_at of the facts that made this state
REACHED = 13  # elapsed first came to the asked share of the budget
CURSOR = 14
GOAL = 15
CALENDAR = 16
ON_HOLD = 17
ENDED_KNOWN = 18  # known_at of what ended it
FIRST = 19  # position of the clock's first action
N_FIELDS = 20

_ATTACH = int(Action.ATTACH)
_TARGET = int(Action.TARGET)
_STOP = int(Action.STOP)
_MISS = int(Action.MISS)
_CANCEL = int(Action.CANCEL)
_REMOVE = int(Action.REMOVE)
_PAUSE = int(Action.PAUSE)
_RESUME = int(Action.RESUME)


class Actions(NamedTuple):
    """The timelines as the kernel reads them (see ``Timelines`` for the fields)."""

    start: NDArray[np.int64]
    at: NDArray[np.int64]
    known_at: NDArray[np.int64]
    kind: NDArray[np.int8]
    terms: NDArray[np.int32]
    target: NDArray[np.int64]
    calendar: NDArray[np.int16]


class Asked(NamedTuple):
    """Which clocks to walk, and how far.

    Facts with ``known_at < as_of`` are seen; an open clock is counted up to ``until``.
    ``share``: of the budget, whose instant is noted in REACHED; negative: none.
    """

    clocks: NDArray[np.int64]
    as_of: NDArray[np.int64]
    until: NDArray[np.int64]
    share: float


class View(NamedTuple):
    """The same for one clock."""

    as_of: int
    until: int
    share: float


@compiled
def walk_each(actions: Actions, hours: Openings, asked: Asked, out: NDArray[np.int64]) -> None:
    """Walk every asked clock; ``out[field, i]`` is the record of the i-th."""
    record = np.empty(N_FIELDS, np.int64)
    for i in range(asked.clocks.size):
        view = View(asked.as_of[i], asked.until[i], asked.share)
        walk(actions, hours, asked.clocks[i], view, record)
        for field in range(N_FIELDS):
            out[field, i] = record[field]


@compiled
def walk(
    actions: Actions, hours: Openings, clock: int, view: View, record: NDArray[np.int64]
) -> None:
    """Walk one clock into ``record``."""
    clear(record)
    record[FIRST] = actions.start[clock]
    for i in range(actions.start[clock], actions.start[clock + 1]):
        if actions.known_at[i] < view.as_of:
            step(actions, hours, i, view, record)
            if record[ENDED] != NAT:
                return
    if record[STARTED] != NAT:
        run_to(hours, view.until, record)
        if record[TERMS] >= 0:
            record[STATE] = PAUSED if record[ON_HOLD] else RUNNING


@compiled
def clear(record: NDArray[np.int64]) -> None:
    """A clock of which nothing is known."""
    record[:] = 0
    record[TERMS] = record[CALENDAR] = record[GOAL] = -1
    for field in (
        STARTED,
        DUE,
        BREACHED,
        DECIDED_KNOWN,
        ENDED,
        KNOWN,
        REACHED,
        CURSOR,
        ENDED_KNOWN,
    ):
        record[field] = NAT


@compiled
def step(actions: Actions, hours: Openings, i: int, view: View, record: NDArray[np.int64]) -> None:
    """Let one visible action happen."""
    kind, at, known_at = actions.kind[i], actions.at[i], actions.known_at[i]
    if kind == _ATTACH and record[STARTED] != NAT:
        return  # an earlier beginning is known
    if kind == _ATTACH:
        record[STARTED] = record[CURSOR] = at
        record[KNOWN] = max(record[KNOWN], known_at)
        set_terms(actions, actions.terms[i], view.share, record)
        if record[TERMS] >= 0:
            check_spent(record)
        return
    if record[STARTED] == NAT:
        if kind in (_PAUSE, _RESUME):
            record[ON_HOLD] = 1 if kind == _PAUSE else 0
            record[KNOWN] = max(record[KNOWN], known_at)
        return
    run_to(hours, at, record)
    if kind in (_PAUSE, _RESUME):
        on_hold = 1 if kind == _PAUSE else 0
        if record[ON_HOLD] != on_hold:
            record[ON_HOLD] = on_hold
            record[KNOWN] = max(record[KNOWN], known_at)
        return
    record[KNOWN] = max(record[KNOWN], known_at)
    if kind == _TARGET:
        change_terms(actions, hours, i, view, record)
    else:
        end(kind, at, known_at, record)


@compiled
def set_terms(actions: Actions, terms: int, share: float, record: NDArray[np.int64]) -> None:
    """Put other terms in force; what was counted stays."""
    record[TERMS] = terms
    record[TARGET] = actions.target[terms] if terms >= 0 else 0
    record[CALENDAR] = actions.calendar[terms] if terms >= 0 else -1
    record[GOAL] = -1
    if terms >= 0 and share >= 0:
        record[GOAL] = max(round(share * record[TARGET]), 0)


@compiled
def check_spent(record: NDArray[np.int64]) -> None:
    """A deadline that lies before the start is broken when the clock attaches."""
    if record[TARGET] < 0:
        record[DUE] = record[STARTED] + record[TARGET]
        record[BREACHED] = record[STARTED]
        record[DECIDED_KNOWN] = max(record[STARTED], record[KNOWN])


@compiled
def run_to(hours: Openings, instant: int, record: NDArray[np.int64]) -> None:
    """Count the segment from the cursor to the instant."""
    span = instant - record[CURSOR]
    if span < 0:
        return
    opened = 0
    calendar = record[CALENDAR]
    if calendar >= 0 and span > 0:
        opened = opened_before(hours, calendar, instant)
        opened -= opened_before(hours, calendar, record[CURSOR])
    if record[ON_HOLD]:
        record[PAUSE] += opened
        record[CALENDAR_PAUSE] += span
    else:
        if calendar >= 0:
            note_crossings(hours, opened, record)
        record[ELAPSED] += opened
        record[CALENDAR_ELAPSED] += span
    record[CURSOR] = instant


@compiled
def note_crossings(hours: Openings, opened: int, record: NDArray[np.int64]) -> None:
    """Note where, within a running segment, the budget is spent, broken, or the share reached."""
    calendar, cursor = record[CALENDAR], record[CURSOR]
    left = record[TARGET] - record[ELAPSED]
    if record[DUE] == NAT and opened >= left:
        record[DUE] = advance(hours, calendar, cursor, left)
    if record[BREACHED] == NAT and opened > left:
        spent = advance(hours, calendar, cursor, left)
        record[BREACHED] = next_open(hours, calendar, spent)
        record[DECIDED_KNOWN] = max(record[BREACHED], record[KNOWN])
    left = record[GOAL] - record[ELAPSED]
    if record[GOAL] >= 0 and record[REACHED] == NAT and opened >= left:
        record[REACHED] = advance(hours, calendar, cursor, left)


@compiled
def change_terms(
    actions: Actions, hours: Openings, i: int, view: View, record: NDArray[np.int64]
) -> None:
    """Count again from the start by the new terms, past pauses credited (``retroactive``).

    A breach goes with the terms that it broke; where the new ones are broken too it stays
    where it began, and where only they are broken it begins with the change.
    """
    was, decided, reached = record[BREACHED], record[DECIDED_KNOWN], record[REACHED]
    started, known_at, on_hold = record[STARTED], record[KNOWN], record[ON_HOLD]
    first = record[FIRST]
    clear(record)
    record[FIRST] = first
    record[STARTED] = record[CURSOR] = started
    record[KNOWN] = known_at
    set_terms(actions, actions.terms[i], -1.0, record)
    if record[TERMS] >= 0:
        check_spent(record)
    for j in range(first, i):
        kind = actions.kind[j]
        if actions.known_at[j] < view.as_of and kind in (_PAUSE, _RESUME):
            run_to(hours, actions.at[j], record)
            record[ON_HOLD] = 1 if kind == _PAUSE else 0
    run_to(hours, actions.at[i], record)
    record[ON_HOLD] = on_hold
    if record[BREACHED] != NAT:
        record[BREACHED] = was if was != NAT else actions.at[i]
        record[DECIDED_KNOWN] = decided if was != NAT else known_at
    set_terms(actions, actions.terms[i], view.share, record)
    record[REACHED] = reached
    if reached == NAT and record[GOAL] >= 0 and record[ELAPSED] >= record[GOAL]:
        record[REACHED] = actions.at[i]


@compiled
def end(kind: int, at: int, known_at: int, record: NDArray[np.int64]) -> None:
    """Complete, miss, cancel or remove."""
    record[ENDED], record[ENDED_KNOWN] = at, known_at
    fulfilled = kind in (_STOP, _MISS) and record[TERMS] >= 0
    record[STATE] = COMPLETED if fulfilled else CANCELLED
    if kind == _MISS and fulfilled and record[BREACHED] == NAT:
        record[BREACHED] = at
        record[DECIDED_KNOWN] = record[KNOWN]
    if kind == _REMOVE or record[TERMS] < 0:
        record[BREACHED] = record[DECIDED_KNOWN] = NAT


@compiled
def due_each(hours: Openings, records: NDArray[np.int64], until: NDArray[np.int64]) -> None:
    """Set DUE of open clocks: where it is not spent yet, as if running from ``until`` on."""
    for i in range(until.size):
        state = records[STATE, i]
        if state in (RUNNING, PAUSED) and records[DUE, i] == NAT:
            left = records[TARGET, i] - records[ELAPSED, i]
            records[DUE, i] = advance(hours, records[CALENDAR, i], until[i], left)
