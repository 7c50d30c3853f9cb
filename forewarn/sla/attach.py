"""Where the clocks of one metric attach: at creation, at a customer's message, at a reopening."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.sla.events import Events, Int64
from forewarn.sla.metrics import DONE, STATUSES, MetricRule, Signal

_NEVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Tickets:
    """Tickets as the clocks of one metric see them; one row per ticket.

    ``known_at`` is never before ``created_at``; ``due_at``: imported deadline, NAT for none.
    """

    created_at: Int64
    known_at: Int64
    is_imported: NDArray[np.bool_]
    due_at: Int64


@dataclass(frozen=True)
class Attaches:
    """One row per clock, sorted by (ticket, cycle).

    ``row``: the event that it attaches with, or the first of its ticket. ``is_first``: the
    clock attaches at creation. ``status``: the category in which the ticket is then.
    """

    ticket: Int64
    cycle: Int64
    at: Int64
    known_at: Int64
    row: Int64
    is_first: NDArray[np.bool_]
    status: NDArray[np.int8]


def attaches(rule: MetricRule, tickets: Tickets, events: Events) -> Attaches:
    """Every clock that the metric's rule gives rise to, promised or not."""
    at_creation = _at_creation(tickets, events)
    if rule.waits_for_customer:
        waiting = np.flatnonzero(events.is_agent_created & ~tickets.is_imported)
        late = _at_first_message(waiting, tickets, events)
        parts = (_take(at_creation, ~np.isin(at_creation.ticket, waiting)), late)
    elif rule.has_cycles:
        parts = (at_creation, _at_reopening(tickets, events))
    else:
        return at_creation
    both = Attaches(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in at_creation.__annotations__)
    )
    return _numbered(_take(both, np.lexsort((both.row, ~both.is_first, both.ticket))))


def clocks_of_events(found: Attaches, events: Events, rows: Int64) -> tuple[Int64, Int64]:
    """Pairs (clock, event): each event happens to every clock of its ticket attached by then.

    An earlier cycle has ended before the next one attaches, so what follows does not change
    it; unless its ending is not known yet, and then it is this clock that the event is
    known to happen to.
    """
    clock = np.cumsum(np.bincount(found.row, minlength=events.ticket.size + 1))[rows] - 1
    own = np.append(found.ticket, -1)[clock] == events.ticket[rows]  # clock -1: none yet
    clock, rows = clock[own], rows[own]
    counts = found.cycle[clock]
    earlier = np.repeat(np.cumsum(counts), counts) - 1 - np.arange(counts.sum())
    return np.repeat(clock, counts) - earlier, np.repeat(rows, counts)


def _at_creation(tickets: Tickets, events: Events) -> Attaches:
    n = tickets.created_at.size
    return Attaches(
        ticket=np.arange(n),
        cycle=np.ones(n, np.int64),
        at=tickets.created_at,
        known_at=tickets.known_at,
        row=events.first[:-1],
        is_first=np.ones(n, bool),
        status=np.full(n, Signal.NEW, np.int8),
    )


def _at_first_message(waiting: Int64, tickets: Tickets, events: Events) -> Attaches:
    """Of tickets that an agent created: at the first public message of the customer."""
    is_waiting = np.zeros(tickets.created_at.size, bool)
    is_waiting[waiting] = True
    rows = np.flatnonzero(events.signal == Signal.CUSTOMER_REPLY)
    rows = rows[is_waiting[events.ticket[rows]]]
    ticket, first = np.unique(events.ticket[rows], return_index=True)
    return _with_event(ticket, rows[first], tickets, events)


def _at_reopening(tickets: Tickets, events: Events) -> Attaches:
    """A change of status out of solved or closed; known once the ending is known too."""
    rows = np.flatnonzero(np.isin(events.signal, list(STATUSES)))
    done = np.isin(events.signal[rows], list(DONE))
    ticket = events.ticket[rows]
    follows = np.concatenate([[False], done[:-1] & (ticket[1:] == ticket[:-1])])
    begins = np.flatnonzero(done & ~follows)
    reopened = np.flatnonzero(~done & follows)
    reopened = reopened[~tickets.is_imported[ticket[reopened]]]
    found = _with_event(ticket[reopened], rows[reopened], tickets, events)
    if not reopened.size:
        return found
    ended_known_at = np.minimum.reduceat(np.where(done, events.known_at[rows], _NEVER), begins)
    ending = ended_known_at[np.searchsorted(begins, reopened) - 1]
    known_at = pd.Series(np.maximum(found.known_at, ending)).groupby(found.ticket).cummax()
    return Attaches(**{**vars(found), "known_at": known_at.to_numpy()})


def _with_event(ticket: Int64, row: Int64, tickets: Tickets, events: Events) -> Attaches:
    status = np.full(ticket.size, Signal.NEW, np.int8)
    rows = np.flatnonzero(np.isin(events.signal, list(STATUSES)))
    latest = np.searchsorted(rows, row, side="right") - 1
    own = (latest >= 0) & (events.ticket[rows[latest]] == ticket) if rows.size else latest >= 0
    status[own] = events.signal[rows[latest[own]]]
    return Attaches(
        ticket=ticket,
        cycle=np.ones(ticket.size, np.int64),
        at=np.maximum(events.occurred_at[row], tickets.created_at[ticket]),
        known_at=np.maximum(events.known_at[row], tickets.known_at[ticket]),
        row=row,
        is_first=np.zeros(ticket.size, bool),
        status=status,
    )


def _numbered(found: Attaches) -> Attaches:
    """With cycles counted from 1 within each ticket."""
    n = found.ticket.size
    begins = np.concatenate([[True], found.ticket[1:] != found.ticket[:-1]]) if n else np.ones(0)
    start = np.maximum.accumulate(np.where(begins, np.arange(n), 0))
    return Attaches(**{**vars(found), "cycle": np.arange(n) - start + 1})


def _take(found: Attaches, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Attaches:
    return Attaches(**{name: values[rows] for name, values in vars(found).items()})
