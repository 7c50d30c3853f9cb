"""Streams on what has happened already: who acted on a ticket, which promises were broken."""

import numpy as np
from numpy.typing import NDArray

from features.facts import Facts
from features.path import is_waiting
from features.streams import Int64, Stream, Values, arrange, build_stream
from forewarn.sla.compiled import compiled


def with_so_far(path: Stream) -> Stream:
    """The stream of paths with two more columns.

    ``n_statuses``: different statuses so far; ``waited``: microseconds in a waiting status
    before the row's own.
    """
    status = path.columns["status"].astype(np.int64)
    n_statuses = np.zeros(status.size, np.int8)
    waited = np.zeros(status.size, np.int64)
    _follow(path.start, path.at, status, is_waiting(status), n_statuses, waited)
    return Stream(path.start, path.at, {**path.columns, "n_statuses": n_statuses, "waited": waited})


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


@compiled
def _follow(  # noqa: PLR0917  # a kernel
    start: Int64,
    at: Int64,
    status: Int64,
    waits: NDArray[np.bool_],
    n_statuses: Values,
    waited: Int64,
) -> None:
    for ticket in range(start.size - 1):
        seen = 0
        for i in range(start[ticket] + 1, start[ticket + 1]):
            n_statuses[i] = n_statuses[i - 1]
            if status[i] >= 0 and not (seen >> status[i]) & 1:
                seen |= 1 << status[i]
                n_statuses[i] += 1
            waited[i] = waited[i - 1]
            if waits[i - 1]:
                waited[i] += at[i] - at[i - 1]
