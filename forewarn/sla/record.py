"""The record that the kernel keeps of one clock: int64 fields, changed in turn by its steps."""

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled
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
CURSOR = 14
GOAL = 15
CALENDAR = 16
ENDED_KNOWN = 17  # known_at of what ended it
BEGUN = 18  # position of the action that it counts from
HELD_AT_FIRST = 19  # whether it was on hold there
STARTED_KNOWN = 20  # when its beginning could be known
WAS_PROMISED = 33  # whether anything ever was
# Of the ticket's life, whichever clock is asked for.
WANTED = 21  # the cycle that the record is about
CYCLE = 22  # the last that has begun
IS_OPEN = 23  # whether that one is open
NOW_TERMS = 24  # the terms that a clock would begin with
ON_HOLD = 25
IS_DONE = 26  # solved or closed
IS_VOID = 27  # nothing begins any more
IS_ASKED = 28  # a customer wrote
IS_ANSWERED = 29  # and was answered
IS_WAITING = 30  # wrote again after the ticket was done
OWNER = 31  # group; -1: none
LIFE_KNOWN = 32  # latest known_at of what changed any of these
N_FIELDS = 34

_INSTANTS = (STARTED, DUE, BREACHED, DECIDED_KNOWN, ENDED, KNOWN, REACHED, CURSOR, ENDED_KNOWN,
             STARTED_KNOWN)  # fmt: skip


@compiled
def clear(record: NDArray[np.int64], wanted: int) -> None:
    """A clock of which nothing is known."""
    record[:] = 0
    for field in _INSTANTS:
        record[field] = NAT
    record[TERMS] = record[CALENDAR] = record[GOAL] = record[OWNER] = record[BEGUN] = -1
    record[NOW_TERMS] = -1
    record[WANTED] = wanted


@compiled
def clear_counts(record: NDArray[np.int64]) -> None:
    """Nothing is counted yet, from STARTED on."""
    record[ELAPSED] = record[PAUSE] = record[CALENDAR_ELAPSED] = record[CALENDAR_PAUSE] = 0
    record[DUE] = record[BREACHED] = record[DECIDED_KNOWN] = NAT
    record[CURSOR] = record[STARTED]


@compiled
def is_running(record: NDArray[np.int64]) -> bool:
    """Whether the asked clock has begun and not ended."""
    running: bool = record[STARTED] != NAT and record[ENDED] == NAT
    return running
