"""The path of a ticket: status, group, agent, priority and category as they became known.

A state fact is visible from its known_at on. One that lies before a fact of its kind which
is already visible was superseded at birth and never changes the state.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.arranging import segments
from features.streams import Int64, Integers, Stream
from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.openings import NAT
from forewarn.sla.parts import in_parts

STATUS, GROUP, AGENT, PRIORITY, CATEGORY = 0, 1, 2, 3, 4
STATES = ("status", "group", "agent", "priority", "category")
NO_STATE = -1
_CREATION = -1
"""Stands for the fact that a ticket exists: sets every state of which nothing later is visible."""
_FIRST_WAITING, _LAST_OPEN = (
    2,
    3,
)  # new, open are worked on; pending, on_hold wait; the rest is over
_PLACES = ("status_row", "group_row", "agent_row")
_COUNTS = ("n_groups", "n_agents", "n_returns", "n_pauses", "n_statuses")
N_GROUPS, N_AGENTS, N_RETURNS, N_PAUSES, N_STATUSES = range(5)


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


class _Rows(NamedTuple):
    """Per row of the stream when it became visible, the states since then, and the rest."""

    start: Int64
    at: Int64
    waited: Int64
    states: Integers
    places: Integers
    counts: Integers


class _Fact(NamedTuple):
    """One state fact; the creation has no sequence (NAT)."""

    kind: int
    code: int
    occurred_at: int
    sequence: int
    known_at: int


class _Now(NamedTuple):
    """The ticket that is being followed: one row of each, and the order of its latest facts.

    ``statuses``: those that it has had, one bit each.
    """

    states: NDArray[np.int32]
    places: NDArray[np.int32]
    waited: Int64
    statuses: Int64
    counts: NDArray[np.int32]
    latest: Int64


def build_path(facts: StateFacts) -> Stream:
    """One row per state fact of a ticket as it became visible, keyed by ticket.

    Columns: the five states; ``status_row``, ``group_row``, ``agent_row``: the row, counted
    from the root, in which the state was first visible, 0 before; ``n_groups``, ``n_agents``:
    different ones so far, "none" not counted; ``n_returns``: moves to a group that had the
    ticket before; ``n_pauses``: entries into a waiting status; ``n_statuses``: different ones;
    ``waited``: µs in a waiting status before the row's own.
    """
    n_tickets = facts.created_at.size
    counts = np.ones(n_tickets, np.int64)
    _count(facts, counts)
    start = segments(counts)
    most = int(np.diff(start).max())
    small = _smallest(facts, most)
    rows = _Rows(
        start,
        np.empty(start[-1], np.int64),
        np.empty(start[-1], np.int64),
        np.empty((len(STATES), start[-1]), small),
        np.empty((len(_PLACES), start[-1]), small),
        np.empty((len(_COUNTS), start[-1]), small),
    )

    def follow(part: slice) -> None:
        _follow(facts, part.start, part.stop, np.empty(most, np.int64), _nothing(), rows)

    in_parts(follow, n_tickets)
    _write_root(rows, start[-2])
    parts = ((STATES, rows.states), (_PLACES, rows.places), (_COUNTS, rows.counts))
    columns = {name: of[i] for names, of in parts for i, name in enumerate(names)}
    return Stream(start, rows.at, columns | {"waited": rows.waited})


def _smallest(facts: StateFacts, most: int) -> type[np.signedinteger]:
    """What holds every code and count; paths are the longest of all streams."""
    codes = (facts.code, facts.at_creation)
    largest = max(most, *(int(array.max(initial=0)) for array in codes))
    return np.int16 if largest <= np.iinfo(np.int16).max else np.int32


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


@compiled
def _count(facts: StateFacts, counts: Int64) -> None:
    """Add the facts that set a state."""
    for ticket in range(counts.size):
        for i in range(facts.first[ticket], facts.first[ticket + 1]):
            if facts.kind[i] != NO_STATE:
                counts[ticket] += 1


@compiled
def _follow(  # noqa: PLR0917  # a kernel
    facts: StateFacts, begin: int, end: int, order: Int64, now: _Now, rows: _Rows
) -> None:
    """Follow the facts of tickets in the order in which they became visible.

    ``order``: as long as the most facts of a ticket; it and ``now`` are to work in.
    """
    for ticket in range(begin, end):
        root = rows.start[ticket]
        _reset(now)
        _write_root(rows, root)
        for j in range(_sort_visible(facts, ticket, order)):
            i, row = order[j], root + 1 + j
            known_at = _seen_at(facts, ticket, i)
            if is_waiting(now.states[STATUS]):
                now.waited[0] += known_at - rows.at[row - 1]
            if i == _CREATION:
                for state in range(len(STATES)):
                    code = facts.at_creation[ticket, state]
                    new = _Fact(state, code, facts.created_at[ticket], NAT, known_at)
                    _change(new, root, row, rows, now)
            else:
                new = _Fact(
                    facts.kind[i], facts.code[i], facts.occurred_at[i], facts.sequence[i], known_at
                )
                _change(new, root, row, rows, now)
            _write(rows, row, known_at, now)


@inlined
def _sort_visible(facts: StateFacts, ticket: int, order: Int64) -> int:
    """The ticket's facts as they became visible, its creation before all others of its instant."""
    order[0] = _CREATION
    last, n, is_sorted = facts.created_known_at[ticket], 1, True
    for i in range(facts.first[ticket], facts.first[ticket + 1]):
        if facts.kind[i] != NO_STATE:
            is_sorted = is_sorted and facts.known_at[i] >= last
            last = facts.known_at[i]
            order[n] = i
            n += 1
    if not is_sorted:
        for j in range(1, n):
            moved, place = order[j], j
            while place > 0 and _seen_at(facts, ticket, order[place - 1]) > facts.known_at[moved]:
                order[place] = order[place - 1]
                place -= 1
            order[place] = moved
    return n


@inlined
def _seen_at(facts: StateFacts, ticket: int, i: int) -> int:
    seen_at: int = facts.created_known_at[ticket] if i == _CREATION else facts.known_at[i]
    return seen_at


def _nothing() -> _Now:
    return _Now(
        np.full(len(STATES), -1, np.int32),
        np.zeros(len(_PLACES), np.int32),
        np.zeros(1, np.int64),
        np.zeros(1, np.int64),
        np.zeros(len(_COUNTS), np.int32),
        np.full((len(STATES), 2), NAT, np.int64),
    )


@inlined
def _reset(now: _Now) -> None:
    """Back to what is known of a ticket before any fact."""
    now.states[:] = -1
    now.places[:] = 0
    now.waited[:] = 0
    now.statuses[:] = 0
    now.counts[:] = 0
    now.latest[:] = NAT


@inlined
def _write(rows: _Rows, row: int, at: int, now: _Now) -> None:
    rows.at[row], rows.waited[row] = at, now.waited[0]
    for state in range(len(STATES)):
        rows.states[state, row] = now.states[state]
    for state in range(len(_PLACES)):
        rows.places[state, row] = now.places[state]
    for place in range(len(_COUNTS)):
        rows.counts[place, row] = now.counts[place]


@inlined
def _write_root(rows: _Rows, row: int) -> None:
    """Before the ticket is known."""
    rows.at[row] = NAT
    rows.states[:, row] = -1
    rows.waited[row] = 0
    rows.places[:, row] = 0
    rows.counts[:, row] = -1


@inlined
def _change(fact: _Fact, root: int, row: int, rows: _Rows, now: _Now) -> None:
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
    if state < len(_PLACES):
        now.places[state] = row - root
    now.states[state] = new


@compiled
def _visit(fact: _Fact, root: int, row: int, rows: _Rows, now: _Now) -> None:
    """Count a group or agent that the ticket comes to: a new one, or one that had it before."""
    seen = False
    for j in range(root + 1, row):
        seen = seen or rows.states[fact.kind, j] == fact.code
    if not seen:
        now.counts[N_GROUPS if fact.kind == GROUP else N_AGENTS] += 1
    elif fact.kind == GROUP:
        now.counts[N_RETURNS] += 1
