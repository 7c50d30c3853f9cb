"""The path of a ticket: status, group, agent, priority and category as they became known.

A state fact is visible from its known_at on.
"""

import numpy as np

from features.arranging import segments
from features.path_rows import (
    COUNTS,
    PLACES,
    Fact,
    Now,
    Rows,
    change,
    nothing_known,
    reset,
    write,
    write_root,
)
from features.states import NO_STATE, STATES, STATUS, StateFacts, is_waiting
from features.streams import Int64, Stream
from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.openings import NAT
from forewarn.sla.parts import in_parts

_CREATION = -1
"""Stands for the fact that a ticket exists: sets every state of which nothing later is visible."""


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
    rows = Rows(
        start,
        np.empty(start[-1], np.int64),
        np.empty(start[-1], np.int64),
        np.empty((len(STATES), start[-1]), small),
        np.empty((len(PLACES), start[-1]), small),
        np.empty((len(COUNTS), start[-1]), small),
    )

    def follow(part: slice) -> None:
        _follow(facts, part.start, part.stop, np.empty(most, np.int64), nothing_known(), rows)

    in_parts(follow, n_tickets)
    write_root(rows, start[-2])
    parts = ((STATES, rows.states), (PLACES, rows.places), (COUNTS, rows.counts))
    columns = {name: of[i] for names, of in parts for i, name in enumerate(names)}
    return Stream(start, rows.at, columns | {"waited": rows.waited})


def _smallest(facts: StateFacts, most: int) -> type[np.signedinteger]:
    """What holds every code and count; paths are the longest of all streams."""
    codes = (facts.code, facts.at_creation)
    largest = max(most, *(int(array.max(initial=0)) for array in codes))
    return np.int16 if largest <= np.iinfo(np.int16).max else np.int32


@compiled
def _count(facts: StateFacts, counts: Int64) -> None:
    """Add the facts that set a state."""
    for ticket in range(counts.size):
        for i in range(facts.first[ticket], facts.first[ticket + 1]):
            if facts.kind[i] != NO_STATE:
                counts[ticket] += 1


@compiled
def _follow(  # noqa: PLR0917  # a kernel
    facts: StateFacts, begin: int, end: int, order: Int64, now: Now, rows: Rows
) -> None:
    """Follow the facts of tickets in the order in which they became visible.

    ``order``: as long as the most facts of a ticket; it and ``now`` are to work in.
    """
    for ticket in range(begin, end):
        root = rows.start[ticket]
        reset(now)
        write_root(rows, root)
        for j in range(_sort_visible(facts, ticket, order)):
            i, row = order[j], root + 1 + j
            known_at = _seen_at(facts, ticket, i)
            if is_waiting(now.states[STATUS]):
                now.waited[0] += known_at - rows.at[row - 1]
            if i == _CREATION:
                for state in range(len(STATES)):
                    code = facts.at_creation[ticket, state]
                    new = Fact(state, code, facts.created_at[ticket], NAT, known_at)
                    change(new, root, row, rows, now)
            else:
                new = Fact(
                    facts.kind[i], facts.code[i], facts.occurred_at[i], facts.sequence[i], known_at
                )
                change(new, root, row, rows, now)
            write(rows, row, known_at, now)


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
