"""What a ticket was at each moment at which a policy could look at it.

Attributes that change in a ticket's life (priority, group, category, the facts on its
customer) are followed in the order in which they became known: a change that became known
late, and lies before one already known, was superseded at birth. So the state at a moment
never holds what could only be known later.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.config import SlaConfig
from forewarn.sla.compiled import compiled
from forewarn.sla.events import Events, Int64, microseconds
from forewarn.sla.metrics import DONE, STATUSES
from forewarn.sla.openings import NAT
from forewarn.sla.policy import Column, condition_columns, encode
from forewarn.tables import EVENT_KINDS, Tables

CHANGES = {
    "priority_changed": "priority",
    "group_changed": "group_id",
    "category_changed": "category",
}
_NEVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Customers:
    """Facts on customers in the order in which they became known, superseded ones left out.

    ``of_ticket``: per ticket the number of its customer, -1 for none; the facts of customer k
    are ``first[k]:first[k + 1]``. ``columns``: codes per fact.
    """

    of_ticket: Int64
    first: Int64
    occurred_at: Int64
    known_at: Int64
    columns: dict[str, Column]


@dataclass(frozen=True)
class Attributes:
    """All that policies look at: columns per ticket, changes of them, facts on customers.

    ``tickets``: codes per ticket, as at creation. ``changed_row``: positions in the events
    that change a column; ``changed_name`` which, ``changed_code`` to what.
    """

    tickets: dict[str, Column]
    customers: Customers
    changed_row: Int64
    changed_name: NDArray[np.int8]
    changed_code: NDArray[np.int32]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Moments:
    """Changes and lookups of tickets, sorted by (ticket, order of becoming known).

    ``at`` and ``sequence``: where the change lies in the ticket's life, never before an
    earlier one of this order. ``place``: order by (ticket, at, sequence) of the change itself.
    ``lookup``: which of the asked lookups it is, -1 for a change. ``columns``: the state.
    """

    ticket: Int64
    at: Int64
    sequence: Int64
    known_at: Int64
    place: Int64
    lookup: Int64
    columns: dict[str, Column]


@dataclass(frozen=True)
class _Changes:
    """Moments in the order of becoming known: which column changes, and to which code."""

    ticket: Int64
    place: Int64
    name: Int64
    code: Int64


def read_attributes(tables: Tables, events: Events, sla: SlaConfig) -> Attributes:
    """The columns that the policies look at, as codes."""
    of_tickets, of_customers = condition_columns(tables, sla)
    names = tuple(name for name in CHANGES.values() if name in of_tickets)
    columns: dict[str, Column] = {}
    rows, which, codes = [], [], []
    for name in of_tickets:
        kind = next((k for k, column in CHANGES.items() if column == name), None)
        changed = np.flatnonzero(events.kind == (EVENT_KINDS.index(kind) if kind else -2))
        to = tables.ticket_events["to_value"].iloc[events.row[changed]]
        columns[name], new = encode(tables.tickets[name], to)
        rows.append(changed)
        which.append(np.full(changed.size, names.index(name) if kind else -1, np.int8))
        codes.append(new.codes)
    return Attributes(
        columns,
        _read_customers(tables, of_customers),
        np.concatenate(rows),
        np.concatenate(which),
        np.concatenate(codes),
        names,
    )


def at_creation(attributes: Attributes, known_at: Int64) -> dict[str, Column]:
    """The state of every ticket when it became known, one row per ticket."""
    tickets = np.arange(known_at.size)
    fact = latest_facts(attributes.customers, tickets, known_at)
    return attributes.tickets | _customer_columns(attributes.customers, tickets, fact)


def moments(
    attributes: Attributes,
    events: Events,
    *,
    created_known_at: Int64,
    lookup_ticket: Int64,
    lookup_row: Int64,
    lookup_known_at: Int64,
) -> Moments:
    """All changes, and the asked lookups: one per (ticket, row of events, known_at)."""
    ticket, at, sequence, known_at, name, code = _facts(attributes, events, created_known_at)
    n_changes = ticket.size
    ticket = np.concatenate([ticket, lookup_ticket])
    at = np.concatenate([at, events.occurred_at[lookup_row]])
    sequence = np.concatenate([sequence, events.sequence[lookup_row]])
    known_at = np.concatenate([known_at, lookup_known_at])
    lookup = np.concatenate([np.full(n_changes, -1), np.arange(lookup_ticket.size)])
    name = np.concatenate([name, np.full(lookup_ticket.size, -1)])
    code = np.concatenate([code, np.full(lookup_ticket.size, -1)])

    by_place = np.lexsort((lookup, sequence, at, ticket))
    place = np.empty(ticket.size, np.int64)
    place[by_place] = np.arange(ticket.size)
    order = np.lexsort((place, known_at, ticket))
    latest = np.maximum.accumulate(np.where(lookup < 0, place, -1)[order])  # of changes only
    return Moments(
        ticket=ticket[order],
        at=at[by_place][latest],
        sequence=sequence[by_place][latest],
        known_at=known_at[order],
        place=place[order],
        lookup=lookup[order],
        columns=_states(
            attributes,
            created_known_at,
            _Changes(ticket[order], place[order], name[order], code[order]),
        ),
    )


def _facts(attributes: Attributes, events: Events, created_known_at: Int64) -> tuple[Int64, ...]:
    """Changes of tickets, then those facts on customers that come up while tickets are open.

    ``name``: position among the changing columns, or their number for a fact on the customer.
    """
    rows = attributes.changed_row
    ticket, fact = _facts_while_open(attributes.customers, events, created_known_at)
    customers = attributes.customers
    return (
        np.concatenate([events.ticket[rows], ticket]),
        np.concatenate([events.occurred_at[rows], customers.occurred_at[fact]]),
        np.concatenate([events.sequence[rows], np.full(fact.size, NAT)]),
        np.concatenate([events.known_at[rows], customers.known_at[fact]]),
        np.concatenate([attributes.changed_name, np.full(fact.size, len(attributes.names))]),
        np.concatenate([attributes.changed_code, fact]),
    )


def _facts_while_open(
    customers: Customers, events: Events, created_known_at: Int64
) -> tuple[Int64, Int64]:
    """Pairs (ticket, fact on its customer that became known while it was open)."""
    everyone = np.arange(created_known_at.size)
    begin = latest_facts(customers, everyone, created_known_at) + 1
    end = latest_facts(customers, everyone, _open_until(events)) + 1
    counts = np.maximum(end - begin, 0)
    ticket = np.repeat(everyone, counts)
    within = np.arange(ticket.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return ticket, np.repeat(begin, counts) + within


def _open_until(events: Events) -> Int64:
    """Per ticket when its last fact became known, where that left it solved or closed."""
    rows = np.flatnonzero(np.isin(events.signal, list(STATUSES)))
    done = np.isin(events.signal, list(DONE))
    n_tickets = events.first.size - 1
    last_status = np.full(n_tickets, -1)
    last_status[events.ticket[rows]] = rows  # rows ascend, so the last one stays
    latest = np.full(n_tickets, NAT)
    np.maximum.at(latest, events.ticket, events.known_at)
    is_done = np.append(done, False)[last_status] & (last_status >= 0)
    return np.where(is_done, latest, _NEVER)


def _states(
    attributes: Attributes, created_known_at: Int64, changes: _Changes
) -> dict[str, Column]:
    """The state after each moment."""
    ticket, columns = changes.ticket, {}
    for column, at_first in attributes.tickets.items():
        position = attributes.names.index(column) if column in attributes.names else -2
        codes = _filled(changes, position, at_first.codes[ticket])
        columns[column] = Column(codes.astype(np.int32), at_first.texts)
    customers = attributes.customers
    first = latest_facts(customers, ticket, created_known_at[ticket])
    fact = _filled(changes, len(attributes.names), first)
    return columns | _customer_columns(customers, ticket, fact)


def _filled(changes: _Changes, name: int, at_first: NDArray[np.int32] | Int64) -> Int64:
    """The latest change that no earlier known one had superseded; ``at_first`` before any."""
    latest = np.maximum.accumulate(np.where(changes.name == name, changes.place, -1))
    holds = (changes.name == name) & (changes.place == latest)
    rows = np.maximum.accumulate(np.where(holds, np.arange(holds.size), -1))
    own = (rows >= 0) & (changes.ticket[rows] == changes.ticket)
    return np.where(own, changes.code[rows], at_first).astype(np.int64)


def latest_facts(customers: Customers, tickets: Int64, instants: Int64) -> Int64:
    """The last fact on each ticket's customer known by the instant.

    Where there is none: the position before the customer's first fact, so that the next
    position is always the first fact that becomes known later.
    """
    out = np.empty(tickets.size, np.int64)
    last_known(customers.first, customers.known_at, customers.of_ticket[tickets], instants, out)
    return out


def _customer_columns(customers: Customers, tickets: Int64, fact: Int64) -> dict[str, Column]:
    """The customer's columns by the given facts; null where the position is not one of his."""
    own = fact >= customers.first[customers.of_ticket[tickets]]
    return {
        name: Column(np.where(own, np.append(column.codes, -1)[fact], -1), column.texts)
        for name, column in customers.columns.items()
    }


def _read_customers(tables: Tables, names: tuple[str, ...]) -> Customers:
    """Facts on customers; a ticket without one belongs to a last customer without facts."""
    frame = tables.customers
    of_ticket, of_fact = encode(tables.tickets["customer_id"], frame["customer_id"])
    n_customers = len(of_ticket.texts)
    at = microseconds(frame["occurred_at"])
    known_at = np.maximum(at, microseconds(frame["known_at"]))
    order = np.lexsort((at, known_at, of_fact.codes))
    place = np.empty(order.size, np.int64)
    place[np.lexsort((known_at, at, of_fact.codes))] = np.arange(order.size)
    is_new = place[order] == np.maximum.accumulate(place[order])
    order = order[is_new & bool(names)]  # nothing where no policy looks at customers
    counts = np.bincount(of_fact.codes[order], minlength=n_customers + 1)
    return Customers(
        of_ticket=np.where(of_ticket.codes < 0, n_customers, of_ticket.codes).astype(np.int64),
        first=np.concatenate([[0], np.cumsum(counts)]),
        occurred_at=at[order],
        known_at=known_at[order],
        columns={
            name: Column(column.codes[order], column.texts)
            for name in names
            for column in encode(frame[name])
        },
    )


@compiled
def last_known(
    first: NDArray[np.int64],
    known_at: NDArray[np.int64],
    key: NDArray[np.int64],
    instant: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Bisect the segment of each key for the last fact known by the instant."""
    for i in range(key.size):
        low, high = first[key[i]], first[key[i] + 1]
        while low < high:
            middle = (low + high) // 2
            if known_at[middle] <= instant[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low - 1
