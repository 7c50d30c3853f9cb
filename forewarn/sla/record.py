"""The record that the kernel keeps of one clock: int64 fields, changed in turn by its steps."""

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import inlined
from forewarn.sla.openings import NAT

NOT_STARTED, RUNNING, PAUSED, COMPLETED, CANCELLED = 0, 1, 2, 3, 4

# Of the clock. Instants and durations in microseconds, NAT where there is none.
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
CALENDAR = 14
ENDED_KNOWN = 15  # known_at of what ended it
N_SHOWN = 16  # the fields from here on are the kernel's own
CURSOR = 16
GOAL = 17
BEGUN = 18  # position of the action that it counts from
HELD_AT_FIRST = 19  # whether it was on hold there
STARTED_KNOWN = 20  # when its beginning could be known
WAS_PROMISED = 21  # whether anything ever was
# Of the ticket's life, whichever clock is asked for.
WANTED = 22  # the cycle that the record is about
CYCLE = 23  # the last that has begun
IS_OPEN = 24  # whether that one is open
NOW_TERMS = 25  # the terms that a clock would begin with
ON_HOLD = 26
IS_DONE = 27  # solved or closed
IS_VOID = 28  # nothing begins any more
IS_ASKED = 29  # a customer wrote
IS_ANSWERED = 30  # and was answered
IS_WAITING = 31  # wrote again after the ticket was done
OWNER = 32  # group; -1: none
LIFE_KNOWN = 33  # latest known_at of what changed any of these
IS_LATE = 34  # a change of what is promised was told late
N_FIELDS = 35

_INSTANTS = (STARTED, DUE, BREACHED, DECIDED_KNOWN, ENDED, KNOWN, REACHED, CURSOR, ENDED_KNOWN,
             STARTED_KNOWN)  # fmt: skip


def new_record() -> NDArray[np.int64]:
    """A record for a kernel to work in."""
    return np.empty(N_FIELDS, np.int64)


@inlined
def clear(record: NDArray[np.int64], wanted: int) -> None:
    """A clock of which nothing is known."""
    for field in range(N_FIELDS):
        record[field] = 0
    for field in _INSTANTS:
        record[field] = NAT
    record[TERMS] = record[CALENDAR] = record[GOAL] = record[OWNER] = record[BEGUN] = -1
    record[NOW_TERMS] = -1
    record[WANTED] = wanted


@inlined
def clear_counts(record: NDArray[np.int64]) -> None:
    """Nothing is counted yet, from STARTED on."""
    record[ELAPSED] = record[PAUSE] = record[CALENDAR_ELAPSED] = record[CALENDAR_PAUSE] = 0
    record[DUE] = record[BREACHED] = record[DECIDED_KNOWN] = NAT
    record[CURSOR] = record[STARTED]


@inlined
def is_running(record: NDArray[np.int64]) -> bool:
    """Whether the asked clock has begun and not ended."""
    running: bool = record[STARTED] != NAT and record[ENDED] == NAT
    return running
