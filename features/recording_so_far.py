"""Streams on what has happened already: who acted on a ticket, which promises were broken."""

import numpy as np
from numpy.typing import NDArray

from features.facts import Facts
from features.streams import Int64, Stream, Values, arrange, build_stream
from forewarn.sla.compiled import compiled


def acting_stream(facts: Facts) -> Stream:
    """``acting``, keyed by ticket: one fact per agent, when the first act became visible."""
    rows = np.flatnonzero(facts.actor >= 0)
    ticket, known_at = facts.events.ticket[rows], facts.events.known_at[rows]
    _, order = arrange(ticket, known_at, facts.known_at.size)
    is_first = np.empty(order.size, np.bool_)
    last_ticket = np.full(len(facts.words["agent"]), -1, np.int64)
    _mark_first(ticket[order], facts.actor[rows][order], last_ticket, is_first)
    kept = order[is_first]
    return build_stream(ticket[kept], known_at[kept], n_keys=facts.known_at.size)


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
def _mark_first(
    ticket: Int64, actor: Values, last_ticket: Int64, is_first: NDArray[np.bool_]
) -> None:
    """Mark each ticket's first fact of each actor; facts lie ticket by ticket."""
    for i in range(ticket.size):
        is_first[i] = last_ticket[actor[i]] != ticket[i]
        last_ticket[actor[i]] = ticket[i]
