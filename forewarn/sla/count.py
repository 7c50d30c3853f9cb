"""The counting part of the kernel: open time between two instants, under the terms in force."""

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.lives import Terms, View
from forewarn.sla.openings import NAT, Openings, advance, next_open, opened_before
from forewarn.sla.record import (
    BREACHED,
    CALENDAR,
    CALENDAR_ELAPSED,
    CALENDAR_PAUSE,
    CURSOR,
    DECIDED_KNOWN,
    DUE,
    ELAPSED,
    GOAL,
    KNOWN,
    ON_HOLD,
    PAUSE,
    PAUSED,
    REACHED,
    RUNNING,
    STARTED,
    STATE,
    TARGET,
    TERMS,
    WAS_PROMISED,
)


@inlined
def set_terms(terms: Terms, row: int, view: View, record: NDArray[np.int64]) -> None:
    """Put other terms in force; what was counted stays."""
    record[TERMS] = row
    record[TARGET] = terms.target[row] if row >= 0 else 0
    record[CALENDAR] = terms.versions[terms.calendar[row], view.version] if row >= 0 else -1
    record[GOAL] = -1
    if row >= 0:
        record[WAS_PROMISED] = 1
        if view.share >= 0:
            record[GOAL] = max(round(view.share * record[TARGET]), 0)


@inlined
def check_spent(record: NDArray[np.int64]) -> None:
    """A deadline that lies before the start is broken when the clock begins."""
    if record[TERMS] >= 0 and record[TARGET] < 0:
        record[DUE] = record[STARTED] + record[TARGET]
        record[BREACHED] = record[STARTED]
        record[DECIDED_KNOWN] = max(record[STARTED], record[KNOWN])


@inlined
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
def due_each(hours: Openings, records: NDArray[np.int64], until: NDArray[np.int64]) -> None:
    """Set DUE of open clocks: where it is not spent yet, as if running from ``until`` on."""
    for i in range(until.size):
        state = records[STATE, i]
        if state in (RUNNING, PAUSED) and records[DUE, i] == NAT:
            left = records[TARGET, i] - records[ELAPSED, i]
            records[DUE, i] = advance(hours, records[CALENDAR, i], until[i], left)
