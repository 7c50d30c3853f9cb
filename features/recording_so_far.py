"""Streams on what has happened already: who acted on a ticket, which promises were broken."""

import numpy as np

from features.by_ticket import Slots, pick_visible
from features.facts import Facts
from features.streams import Int64, Stream, Values
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT


def acting_stream(facts: Facts) -> Stream:
    """``acting``, keyed by ticket: one fact per agent, when the first act became visible."""
    events, acts = facts.events, (facts.actor >= 0).astype(np.int8)
    n_tickets = facts.known_at.size
    start = np.zeros(n_tickets + 2, np.int64)
    order = np.empty(int(np.diff(events.first).max(initial=0)), np.int64)
    at = np.empty(int(np.count_nonzero(acts)) + n_tickets + 1, np.int64)
    last_ticket = np.full(len(facts.words["agent"]), -1, np.int64)
    size = _follow(events.first, events.known_at, acts, facts.actor, last_ticket, order, start, at)
    return Stream(start, at[:size].copy())


def broken_stream(decided: Stream) -> Stream:
    """The facts of a stream of outcomes by which a clock was found broken.

    Verdicts that are withdrawn later stay: that they were given was known.
    """
    breached = decided.columns["breached"].astype(np.float64)
    kept = np.diff(breached, prepend=0.0) > 0  # a root's sum is 0, so it never grows
    kept[decided.start[:-1]] = True
    before = np.concatenate([[0], np.cumsum(kept)])
    return Stream(before[decided.start], decided.at[kept])


@compiled
def _follow(  # noqa: PLR0917  # a kernel
    first: Int64,
    known_at: Int64,
    acts: Slots,
    actor: Values,
    last_ticket: Int64,
    order: Int64,
    start: Int64,
    at: Int64,
) -> int:
    """Write a row for the first act of each of a ticket's agents; return how many rows."""
    size = 0
    for ticket in range(first.size - 1):
        start[ticket], at[size] = size, NAT
        size += 1
        for j in range(pick_visible(first, known_at, acts, ticket, order)):
            i = order[j]
            if last_ticket[actor[i]] != ticket:
                last_ticket[actor[i]] = ticket
                at[size] = known_at[i]
                size += 1
    start[-2], at[size], start[-1] = size, NAT, size + 1
    return size + 1
