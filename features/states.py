"""The states of a ticket: status, group, agent, priority and category, and facts about them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.streams import Int64, Integers
from forewarn.sla.compiled import inlined

STATUS, GROUP, AGENT, PRIORITY, CATEGORY = 0, 1, 2, 3, 4
STATES = ("status", "group", "agent", "priority", "category")
NO_STATE = -1
_FIRST_WAITING, _LAST_OPEN = 2, 3  # new and open are worked on, pending and on_hold wait


class StateFacts(NamedTuple):
    """State facts by ticket, those of one ticket in the order of happening.

    ``first``: per ticket its first fact, and one more. ``kind``: STATUS to CATEGORY, or
    NO_STATE: says nothing. ``code``: the new state, -1 for none. ``known_at``: not before
    ``occurred_at``. Per ticket ``created_at``, ``created_known_at``, and ``at_creation``: its
    states then, in the order of STATES.
    """

    first: Int64
    occurred_at: Int64
    known_at: Int64
    sequence: Int64
    kind: NDArray[np.int8]
    code: NDArray[np.int32]
    created_at: Int64
    created_known_at: Int64
    at_creation: NDArray[np.int32]


@inlined
def is_open(status: int) -> bool:
    """Whether a status leaves the ticket unsolved; -1: nothing is visible yet."""
    return 0 <= status <= _LAST_OPEN


@inlined
def is_waiting(status: int) -> bool:
    """Whether the ticket waits for its customer or a third party."""
    return _FIRST_WAITING <= status <= _LAST_OPEN


def are_waiting(statuses: Integers) -> NDArray[np.bool_]:
    """The same of many."""
    waits: NDArray[np.bool_] = (statuses >= _FIRST_WAITING) & (statuses <= _LAST_OPEN)
    return waits
