"""Where the clocks of one metric attach: at creation, at a customer's message, at a reopening.

Cycles are numbered by all that is ever known, but each clock reads as if only what was known
were there: where facts become known late, a clock may attach with a later event for a while,
and events happen to the clock that is known to be open. Exact unless two changes of status
of one ticket, both told late and at different times, lie between others told at once.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled
from forewarn.sla.events import Events, Int64
from forewarn.sla.metrics import DONE, STATUSES, MetricRule, Signal
from forewarn.sla.openings import NAT

NEVER = int(np.iinfo(np.int64).max)


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
    clock attaches at creation. ``ended_known_at``: when the ending of the cycle before became
    known, NAT where there is none before.
    """

    ticket: Int64
    cycle: Int64
    at: Int64
    known_at: Int64
    row: Int64
    is_first: NDArray[np.bool_]
    ended_known_at: Int64


@dataclass(frozen=True)
class Reattaches:
    """Where a clock attaches as long as its own beginning is not known yet.

    A later event of the same cycle is then the first that is known; one row per such event,
    each known before all earlier ones of its clock.
    """

    clock: Int64
    row: Int64
    at: Int64
    known_at: Int64


def attaches(rule: MetricRule, tickets: Tickets, events: Events) -> tuple[Attaches, Reattaches]:
    """Every clock that the metric's rule gives rise to, promised or not."""
    first = _at_creation(tickets, events)
    if rule.waits_for_customer:
        is_waiting = events.is_agent_created & ~tickets.is_imported
        first = _take(first, ~is_waiting)
        later, is_primary = _at_message(is_waiting, tickets, events)
    elif rule.has_cycles:
        later, is_primary = _at_reopening(tickets, events)
    else:
        later, is_primary = _take(first, slice(0)), np.empty(0, bool)
    both = _joined(first, _take(later, is_primary))
    found = _numbered(_take(both, np.lexsort((both.row, ~both.is_first, both.ticket))))
    again = _take(later, ~is_primary)
    clock = _latest_attached(found, events, again.row)
    return found, Reattaches(clock, again.row, again.at, again.known_at)


def clocks_of_events(
    found: Attaches, events: Events, rows: Int64, *, is_hold: NDArray[np.bool_]
) -> tuple[Int64, Int64]:
    """Pairs (clock, event): each event happens to the latest clock of its ticket.

    Where the ending of an earlier clock is not known yet when the event is, it is that clock
    which the event is known to happen to; once its ending is known, it has ended before.
    Before the first clock attaches only its pauses matter (``is_hold``).
    """
    clock = _latest_attached(found, events, rows)
    own = np.append(found.ticket, -1)[clock] == events.ticket[rows]  # clock -1: none yet
    first = np.full(events.first.size - 1, -1)
    first[found.ticket[found.cycle == 1]] = np.flatnonzero(found.cycle == 1)
    clock = np.where(own, clock, first[events.ticket[rows]])
    keep = own | (is_hold & (clock >= 0))
    return _with_earlier(found, events, clock[keep], rows[keep])


def _with_earlier(
    found: Attaches, events: Events, clock: Int64, rows: Int64
) -> tuple[Int64, Int64]:
    """The pairs, and those with earlier clocks that are not known to have ended."""
    is_late = np.zeros(events.first.size - 1, bool)
    is_late[found.ticket[found.ended_known_at > found.at]] = True
    counts = np.where(is_late[events.ticket[rows]], found.cycle[clock], 1)
    back = np.repeat(np.cumsum(counts), counts) - 1 - np.arange(counts.sum())
    latest, rows = np.repeat(clock, counts), np.repeat(rows, counts)
    clock = latest - back
    ended_known_at = np.append(found.ended_known_at, NEVER)[clock + 1]
    keep = (back == 0) | (events.known_at[rows] < ended_known_at)
    return clock[keep], rows[keep]


def _latest_attached(found: Attaches, events: Events, rows: Int64) -> Int64:
    """The last clock that attaches with or before the event, of whatever ticket."""
    begun = np.cumsum(np.bincount(found.row, minlength=events.ticket.size + 1))
    latest: Int64 = begun[rows] - 1
    return latest


def _at_creation(tickets: Tickets, events: Events) -> Attaches:
    n = tickets.created_at.size
    return Attaches(
        ticket=np.arange(n),
        cycle=np.ones(n, np.int64),
        at=tickets.created_at,
        known_at=tickets.known_at,
        row=events.first[:-1],
        is_first=np.ones(n, bool),
        ended_known_at=np.full(n, NAT),
    )


def _with_events(row: Int64, told_at: Int64, tickets: Tickets, events: Events) -> Attaches:
    """Attaches with events, known once those are, and what ``told_at`` says besides."""
    ticket = events.ticket[row]
    known_at = np.maximum(events.known_at[row], tickets.known_at[ticket])
    return Attaches(
        ticket=ticket,
        cycle=np.ones(ticket.size, np.int64),
        at=np.maximum(events.occurred_at[row], tickets.created_at[ticket]),
        known_at=np.maximum(known_at, told_at),
        row=row,
        is_first=np.zeros(ticket.size, bool),
        ended_known_at=np.full(ticket.size, NAT),
    )


def _at_message(
    is_waiting: NDArray[np.bool_], tickets: Tickets, events: Events
) -> tuple[Attaches, NDArray[np.bool_]]:
    """Of tickets that an agent created: at public messages of the customer."""
    rows = np.flatnonzero(events.signal == Signal.CUSTOMER_REPLY)
    rows = rows[is_waiting[events.ticket[rows]]]
    keep, is_primary = np.zeros(rows.size, bool), np.zeros(rows.size, bool)
    first_messages(events.ticket[rows], events.known_at[rows], keep, is_primary)
    return _with_events(rows[keep], np.array(NAT), tickets, events), is_primary[keep]


def _at_reopening(tickets: Tickets, events: Events) -> tuple[Attaches, NDArray[np.bool_]]:
    """At changes of status out of solved or closed, known once an ending before is."""
    rows = np.flatnonzero(np.isin(events.signal, list(STATUSES)))
    rows = rows[~tickets.is_imported[events.ticket[rows]]]
    is_done = np.isin(events.signal[rows], list(DONE))
    told_at, ended_known_at = np.full(rows.size, NEVER), np.full(rows.size, NEVER)
    ticket, known_at = events.ticket[rows], events.known_at[rows]
    reopenings(ticket, is_done, known_at, told_at, ended_known_at)
    keep = told_at != NEVER
    is_primary = ended_known_at[keep] != NEVER
    found = _with_events(rows[keep], told_at[keep], tickets, events)
    return Attaches(**{**vars(found), "ended_known_at": ended_known_at[keep]}), is_primary


@compiled
def first_messages(
    ticket: Int64, known_at: Int64, keep: NDArray[np.bool_], is_primary: NDArray[np.bool_]
) -> None:
    """Mark the first message of each ticket, and each that became known before all earlier."""
    least = NEVER
    for j in range(ticket.size):
        is_primary[j] = j == 0 or ticket[j - 1] != ticket[j]
        keep[j] = is_primary[j] or known_at[j] < least
        least = known_at[j] if is_primary[j] else min(least, known_at[j])


@compiled
def reopenings(
    ticket: Int64,
    is_done: NDArray[np.bool_],
    known_at: Int64,
    told_at: Int64,
    ended_known_at: Int64,
) -> None:
    """For each status that reopens its ticket: when it is told that it was done before.

    Also for one that only seems to, as long as the true reopening is not known; both stay
    NEVER for all others. ``ended_known_at``, of true ones: when the ending right before
    became known.
    """
    least = ending = NEVER
    for j in range(ticket.size):
        is_next = j > 0 and ticket[j - 1] == ticket[j]
        follows = is_next and is_done[j - 1]
        if is_done[j]:
            ending = min(ending, known_at[j]) if follows else known_at[j]
            continue
        told = known_done(j, ticket, is_done, known_at)
        if follows:
            told_at[j], ended_known_at[j] = told, ending
            least = max(told, known_at[j])
        elif told <= known_at[j] < least:
            told_at[j] = told
            least = known_at[j]


@compiled
def known_done(j: int, ticket: Int64, is_done: NDArray[np.bool_], known_at: Int64) -> int:
    """When it is known that the ticket was solved or closed right before status j.

    The last status before j that is known with it decides; where that is none of these two,
    the first of them to become known that lies between.
    """
    least = NEVER
    for i in range(j - 1, -1, -1):
        if ticket[i] != ticket[j]:
            break
        if known_at[i] <= known_at[j]:
            return min(least, known_at[i]) if is_done[i] else least
        if is_done[i]:
            least = min(least, known_at[i])
    return least


def _joined(first: Attaches, later: Attaches) -> Attaches:
    return Attaches(
        *(
            np.concatenate(pair)
            for pair in zip(vars(first).values(), vars(later).values(), strict=True)
        )
    )


def _numbered(found: Attaches) -> Attaches:
    """With cycles counted from 1 within each ticket."""
    n = found.ticket.size
    begins = np.concatenate([[True], found.ticket[1:] != found.ticket[:-1]]) if n else np.ones(0)
    start = np.maximum.accumulate(np.where(begins, np.arange(n), 0))
    return Attaches(**{**vars(found), "cycle": np.arange(n) - start + 1})


def _take(found: Attaches, rows: NDArray[np.bool_] | Int64 | slice) -> Attaches:
    return Attaches(**{name: values[rows] for name, values in vars(found).items()})
