"""One ticket's path while it is followed: what its facts change, and the rows that are written.

A state fact that lies before a fact of its kind which is already visible was superseded at birth
and never changes the state.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.states import AGENT, GROUP, STATES, STATUS, is_waiting
from features.streams import Int64, Integers
from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.openings import NAT

PLACES = ("status_row", "group_row", "agent_row")
COUNTS = ("n_groups", "n_agents", "n_returns", "n_pauses", "n_statuses")
N_GROUPS, N_AGENTS, N_RETURNS, N_PAUSES, N_STATUSES = range(5)


class Rows(NamedTuple):
    """Per row of the stream when it became visible, the states since then, and the rest."""

    start: Int64
    at: Int64
    waited: Int64
    states: Integers
    places: Integers
    counts: Integers


class Fact(NamedTuple):
    """One state fact; the creation has no sequence (NAT)."""

    kind: int
    code: int
    occurred_at: int
    sequence: int
    known_at: int


class Now(NamedTuple):
    """The ticket that is being followed: one row of each, and the order of its latest facts.

    ``statuses``: those that it has had, one bit each.
    """

    states: NDArray[np.int32]
    places: NDArray[np.int32]
    waited: Int64
    statuses: Int64
    counts: NDArray[np.int32]
    latest: Int64


def nothing_known() -> Now:
    """A ticket of which nothing is known, to be followed."""
    return Now(
        np.full(len(STATES), -1, np.int32),
        np.zeros(len(PLACES), np.int32),
        np.zeros(1, np.int64),
        np.zeros(1, np.int64),
        np.zeros(len(COUNTS), np.int32),
        np.full((len(STATES), 2), NAT, np.int64),
    )


@inlined
def reset(now: Now) -> None:
    """Back to what is known of a ticket before any fact."""
    now.states[:] = -1
    now.places[:] = 0
    now.waited[:] = 0
    now.statuses[:] = 0
    now.counts[:] = 0
    now.latest[:] = NAT


@inlined
def write(rows: Rows, row: int, at: int, now: Now) -> None:
    """Write what the ticket is now as the row that became visible at that instant."""
    rows.at[row], rows.waited[row] = at, now.waited[0]
    for state in range(len(STATES)):
        rows.states[state, row] = now.states[state]
    for state in range(len(PLACES)):
        rows.places[state, row] = now.places[state]
    for place in range(len(COUNTS)):
        rows.counts[place, row] = now.counts[place]


@inlined
def write_root(rows: Rows, row: int) -> None:
    """Before the ticket is known."""
    rows.at[row] = NAT
    rows.states[:, row] = -1
    rows.waited[row] = 0
    rows.places[:, row] = 0
    rows.counts[:, row] = -1


@inlined
def change(fact: Fact, root: int, row: int, rows: Rows, now: Now) -> None:
    """Let a fact change its state, unless it was superseded before it became visible."""
    state, new = fact.kind, fact.code
    before = now.latest[state]
    if fact.occurred_at < before[0]:
        return
    if fact.occurred_at == before[0] and fact.sequence < before[1]:
        return
    before[0], before[1] = fact.occurred_at, fact.sequence
    was = now.states[state]
    if new == was and fact.sequence != NAT:
        return
    if state == STATUS and is_waiting(new) and not is_waiting(was):
        now.counts[N_PAUSES] += 1
    if state == STATUS and new >= 0 and not (now.statuses[0] >> new) & 1:
        now.statuses[0] |= 1 << new
        now.counts[N_STATUSES] += 1
    if state in (GROUP, AGENT) and new >= 0 and new != was:
        _visit(fact, root, row, rows, now)
    if state < len(PLACES):
        now.places[state] = row - root
    now.states[state] = new


@compiled
def _visit(fact: Fact, root: int, row: int, rows: Rows, now: Now) -> None:
    """Count a group or agent that the ticket comes to: a new one, or one that had it before."""
    seen = False
    for j in range(root + 1, row):
        seen = seen or rows.states[fact.kind, j] == fact.code
    if not seen:
        now.counts[N_GROUPS if fact.kind == GROUP else N_AGENTS] += 1
    elif fact.kind == GROUP:
        now.counts[N_RETURNS] += 1
