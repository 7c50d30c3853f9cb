"""The path of a ticket: status, group, agent, priority and category as they became known.

A state fact is visible from its known_at on. One that lies before a fact of its kind which
is already visible was superseded at birth and never changes the state.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.streams import Int64, Stream, arrange, build_stream
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT

STATUS, GROUP, AGENT, PRIORITY, CATEGORY = 0, 1, 2, 3, 4
STATES = ("status", "group", "agent", "priority", "category")
CREATION = 5
"""The fact that a ticket exists: sets every state of which nothing later is visible."""
_WAITING, _LAST_OPEN = 2, 3  # new, open are worked on; pending, on_hold wait; the rest is over
_SINCE = ("status_since", "group_since", "agent_since")
_COUNTS = ("n_groups", "n_agents", "n_returns", "n_pauses")
N_GROUPS, N_AGENTS, N_RETURNS, N_PAUSES = 0, 1, 2, 3


@dataclass(frozen=True)
class StateFacts:
    """State facts of tickets, those of one ticket and known_at in the order of happening.

    ``kind``: STATUS to CATEGORY, or CREATION. ``code``: the new state, -1 for none; of a
    creation the row in ``at_creation``. ``known_at``: not before ``occurred_at``.
    ``at_creation``: per ticket its states at creation, in the order of STATES.
    """

    ticket: Int64
    occurred_at: Int64
    known_at: Int64
    sequence: Int64
    kind: NDArray[np.int8]
    code: NDArray[np.int32]
    at_creation: NDArray[np.int32]


class _Facts(NamedTuple):
    """StateFacts as the kernel reads them, sorted by (ticket, known_at)."""

    ticket: Int64
    occurred_at: Int64
    known_at: Int64
    sequence: Int64
    kind: NDArray[np.int8]
    code: NDArray[np.int32]
    at_creation: NDArray[np.int32]


class _Rows(NamedTuple):
    """One row per fact: the states after it, since when, counts; whether it changed a state."""

    states: NDArray[np.int32]
    since: Int64
    counts: NDArray[np.int32]
    holds: NDArray[np.bool_]


class _Now(NamedTuple):
    """The ticket that is being followed: one row of each, and the order of its latest facts."""

    states: NDArray[np.int32]
    since: Int64
    counts: NDArray[np.int32]
    latest: Int64


def build_path(facts: StateFacts) -> Stream:
    """One row per visible change of a ticket's states, keyed by ticket.

    Columns: the five states; ``status_since``, ``group_since``, ``agent_since``: when the
    state was first visible; ``n_groups``, ``n_agents``: different ones so far, "none" not
    counted; ``n_returns``: moves to a group that had the ticket before; ``n_pauses``: entries
    into a waiting status.
    """
    n_tickets = len(facts.at_creation)
    _, order = arrange(facts.ticket, facts.known_at, n_tickets)
    ordered = _Facts(
        facts.ticket[order], facts.occurred_at[order], facts.known_at[order],
        facts.sequence[order], facts.kind[order], facts.code[order], facts.at_creation,
    )  # fmt: skip
    rows = _Rows(
        np.empty((order.size, len(STATES)), np.int32),
        np.empty((order.size, len(_SINCE)), np.int64),
        np.empty((order.size, len(_COUNTS)), np.int32),
        np.empty(order.size, np.bool_),
    )
    _follow(ordered, rows)
    parts = ((STATES, rows.states), (_SINCE, rows.since), (_COUNTS, rows.counts))
    columns = {
        name: np.ascontiguousarray(values[rows.holds, i])
        for names, values in parts
        for i, name in enumerate(names)
    }
    kept = order[rows.holds]
    return build_stream(facts.ticket[kept], facts.known_at[kept], n_keys=n_tickets, states=columns)


def is_open(status: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Whether a status leaves the ticket unsolved; -1: nothing is visible yet."""
    codes = status.astype(np.int32)
    unsolved: NDArray[np.bool_] = (codes >= 0) & (codes <= _LAST_OPEN)
    return unsolved


def is_waiting(status: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Whether the ticket waits for its customer or a third party."""
    codes = status.astype(np.int32)
    waits: NDArray[np.bool_] = (codes >= _WAITING) & (codes <= _LAST_OPEN)
    return waits


@compiled
def _follow(facts: _Facts, rows: _Rows) -> None:
    """Follow the facts of each ticket in the order in which they became visible."""
    n_states = rows.states.shape[1]
    now = _Now(
        np.empty(n_states, np.int32),
        np.empty(rows.since.shape[1], np.int64),
        np.empty(rows.counts.shape[1], np.int32),
        np.empty((n_states, 2), np.int64),
    )
    first = 0
    for i in range(facts.ticket.size):
        if i == 0 or facts.ticket[i] != facts.ticket[i - 1]:
            first = i
            now.states[:] = -1
            now.since[:] = NAT
            now.counts[:] = 0
            now.latest[:] = NAT
        rows.holds[i] = False
        for state in range(n_states):
            if facts.kind[i] == state or facts.kind[i] == CREATION:
                _change(facts, i, first, state, rows, now)
        rows.states[i, :] = now.states
        rows.since[i, :] = now.since
        rows.counts[i, :] = now.counts


@compiled
def _change(facts: _Facts, i: int, first: int, state: int, rows: _Rows, now: _Now) -> None:  # noqa: PLR0917  # a kernel
    """Let fact i change one state, unless it was superseded before it became visible."""
    is_creation = facts.kind[i] == CREATION
    new = facts.at_creation[facts.code[i], state] if is_creation else facts.code[i]
    at, sequence = facts.occurred_at[i], facts.sequence[i]
    before = now.latest[state]
    if at < before[0] or (at == before[0] and sequence < before[1]):
        return
    before[0], before[1] = at, sequence
    was = now.states[state]
    if new == was and not is_creation:
        return
    if state == STATUS and _WAITING <= new <= _LAST_OPEN and not _WAITING <= was <= _LAST_OPEN:
        now.counts[N_PAUSES] += 1
    if state in (GROUP, AGENT) and new >= 0 and new != was:
        _visit(i, first, state, new, rows, now)
    if state < now.since.size:
        now.since[state] = facts.known_at[i]
    now.states[state] = new
    rows.holds[i] = True


@compiled
def _visit(i: int, first: int, state: int, new: int, rows: _Rows, now: _Now) -> None:  # noqa: PLR0917  # a kernel
    """Count a group or agent that the ticket comes to: a new one, or one that had it before."""
    seen = False
    for j in range(first, i):
        seen = seen or (rows.holds[j] and rows.states[j, state] == new)
    if not seen:
        now.counts[N_GROUPS if state == GROUP else N_AGENTS] += 1
    elif state == GROUP:
        now.counts[N_RETURNS] += 1
