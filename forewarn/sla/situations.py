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
from forewarn.config.settings import HealthConfig
from forewarn.sla.customers import Facts, latest_facts, read_facts
from forewarn.sla.events import Events, Int64, instant_of
from forewarn.sla.metrics import DONE, STATUSES, Signal
from forewarn.sla.openings import NAT
from forewarn.sla.policy import Column, condition_columns, encode
from forewarn.tables import EVENT_KINDS, Tables

CHANGES = {
    "priority_changed": "priority",
    "group_changed": "group_id",
    "category_changed": "category",
}
_WISHES = (Signal.CUSTOMER_REPLY, Signal.ARRIVED, Signal.QUEUED)
_NEVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class Attributes:
    """All that policies look at: columns per ticket, changes of them, facts on customers.

    ``tickets``: codes per ticket, as at creation. ``facts``: of the customers, and of their
    health. ``changed_row``: positions in the events that change a column; ``changed_name``
    which, ``changed_code`` to what. ``renewed_at``: instants at which other policies hold.
    """

    tickets: dict[str, Column]
    facts: tuple[Facts, ...]
    changed_row: Int64
    changed_name: NDArray[np.int8]
    changed_code: NDArray[np.int32]
    names: tuple[str, ...]
    renewed_at: Int64


@dataclass(frozen=True)
class Moments:
    """Changes of tickets, sorted by (ticket, order of becoming known).

    ``at`` and ``sequence``: where the change lies in the ticket's life, never before an
    earlier one of this order. ``columns``: the state.
    """

    ticket: Int64
    at: Int64
    sequence: Int64
    known_at: Int64
    columns: dict[str, Column]


@dataclass(frozen=True)
class _Changes:
    """Moments before they are in order: which column changes (or facts of which kind), to what.

    ``place``, once they are: the order by (ticket, at, sequence).
    """

    ticket: Int64
    at: Int64
    sequence: Int64
    known_at: Int64
    name: Int64
    code: Int64
    place: Int64

    def rows(self, order: Int64) -> "_Changes":
        return _Changes(*(values[order] for values in vars(self).values()))


def read_attributes(
    tables: Tables, events: Events, sla: SlaConfig, health: HealthConfig
) -> Attributes:
    """The columns that the policies look at, as codes."""
    looked_at = condition_columns(tables, sla)
    names = tuple(name for name in CHANGES.values() if name in looked_at.tickets)
    columns: dict[str, Column] = {}
    rows, which, codes = [], [], []
    for name in looked_at.tickets:
        kind = next((k for k, column in CHANGES.items() if column == name), None)
        changed = np.flatnonzero(events.kind == (EVENT_KINDS.index(kind) if kind else -2))
        to = tables.ticket_events["to_value"].iloc[events.row[changed]]
        columns[name], new = encode(tables.tickets[name], to)
        rows.append(changed)
        which.append(np.full(changed.size, names.index(name) if kind else -1, np.int8))
        codes.append(new.codes)
    return Attributes(
        columns,
        tuple(read_facts(tables, looked_at, health)),
        np.concatenate(rows),
        np.concatenate(which),
        np.concatenate(codes),
        names,
        renewals(sla),
    )


def renewals(sla: SlaConfig) -> Int64:
    """The instants at which a policy begins or ceases to hold, in microseconds."""
    bounds = [at for p in sla.policies for at in (p.valid_from, p.valid_until) if at is not None]
    return np.unique(np.array([instant_of(at) for at in bounds], np.int64))


def at_creation(attributes: Attributes, known_at: Int64) -> dict[str, Column]:
    """The state of every ticket when it became known, one row per ticket."""
    tickets = np.arange(known_at.size)
    columns = dict(attributes.tickets)
    for facts in attributes.facts:
        columns |= _fact_columns(facts, tickets, latest_facts(facts, tickets, known_at))
    return columns


def moments(
    attributes: Attributes, events: Events, *, created_at: Int64, created_known_at: Int64
) -> Moments:
    """All changes of all tickets."""
    changes = _in_known_order(_every_change(attributes, events, created_at, created_known_at))
    by_place = np.argsort(changes.place, kind="stable")
    latest = by_place[np.maximum.accumulate(changes.place)]  # places ascend by ticket
    return Moments(
        ticket=changes.ticket,
        at=changes.at[latest],
        sequence=changes.sequence[latest],
        known_at=changes.known_at,
        columns=_states(attributes, created_known_at, changes),
    )


def _in_known_order(changes: _Changes) -> _Changes:
    place = np.empty(changes.ticket.size, np.int64)
    by_place = np.lexsort((changes.sequence, changes.at, changes.ticket))
    place[by_place] = np.arange(place.size)
    changes = _Changes(**{**vars(changes), "place": place})
    return changes.rows(np.lexsort((place, changes.known_at, changes.ticket)))


def _every_change(
    attributes: Attributes, events: Events, created_at: Int64, created_known_at: Int64
) -> _Changes:
    """Of tickets, of what is known of their customers while they are open, of policies.

    ``name``: position among the changing columns, from there on among the kinds of facts; -1
    where only other policies hold.
    """
    rows, until = attributes.changed_row, _open_until(events)
    parts: list[tuple[np.ndarray, ...]] = [
        (events.ticket[rows], events.occurred_at[rows], events.sequence[rows],
         events.known_at[rows], attributes.changed_name, attributes.changed_code)
    ]  # fmt: skip
    for kind, facts in enumerate(attributes.facts, len(attributes.names)):
        ticket, fact = _facts_while_open(facts, created_known_at, until)
        n = fact.size
        at, known_at = facts.occurred_at[fact], facts.known_at[fact]
        parts.append((ticket, at, np.full(n, NAT), known_at, np.full(n, kind), fact))
    for at in attributes.renewed_at:
        ticket = np.flatnonzero((created_at < at) & (until >= at))
        instant, none = np.full(ticket.size, at), np.full(ticket.size, -1)
        known_at = np.maximum(at, created_known_at[ticket])
        parts.append((ticket, instant, np.full(ticket.size, NAT), known_at, none, none))
    ticket, at, sequence, known_at, name, code = (
        np.concatenate(c).astype(np.int64) for c in zip(*parts, strict=True)
    )
    return _Changes(ticket, at, sequence, known_at, name, code, place=np.empty(0, np.int64))


def _facts_while_open(facts: Facts, created_known_at: Int64, until: Int64) -> tuple[Int64, Int64]:
    """Pairs (ticket, fact on its customer that became known while it was open)."""
    everyone = np.arange(created_known_at.size)
    begin = latest_facts(facts, everyone, created_known_at) + 1
    end = latest_facts(facts, everyone, until) + 1
    counts = np.maximum(end - begin, 0)
    ticket = np.repeat(everyone, counts)
    within = np.arange(ticket.size) - np.repeat(np.cumsum(counts) - counts, counts)
    return ticket, np.repeat(begin, counts) + within


def _open_until(events: Events) -> Int64:
    """Per ticket when its last fact became known, where that left it solved or closed.

    Not where a contact or a message came after that: it can begin a clock all the same.
    """
    rows = np.flatnonzero(np.isin(events.signal, list(STATUSES)))
    done = np.isin(events.signal, list(DONE))
    n_tickets = events.first.size - 1
    last_status = np.full(n_tickets, -1)
    last_status[events.ticket[rows]] = rows  # rows ascend, so the last one stays
    latest = np.full(n_tickets, NAT)
    np.maximum.at(latest, events.ticket, events.known_at)
    wishes = np.flatnonzero(np.isin(events.signal, _WISHES))
    last_wish = np.full(n_tickets, -1)
    last_wish[events.ticket[wishes]] = wishes
    is_done = np.append(done, False)[last_status] & (last_status > last_wish)
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
    for kind, facts in enumerate(attributes.facts, len(attributes.names)):
        first = latest_facts(facts, ticket, created_known_at[ticket])
        columns |= _fact_columns(facts, ticket, _filled(changes, kind, first))
    return columns


def _filled(changes: _Changes, name: int, at_first: NDArray[np.int32] | Int64) -> Int64:
    """The latest change that no earlier known one had superseded; ``at_first`` before any."""
    latest = np.maximum.accumulate(np.where(changes.name == name, changes.place, -1))
    holds = (changes.name == name) & (changes.place == latest)
    rows = np.maximum.accumulate(np.where(holds, np.arange(holds.size), -1))
    own = (rows >= 0) & (changes.ticket[rows] == changes.ticket)
    return np.where(own, changes.code[rows], at_first).astype(np.int64)


def _fact_columns(facts: Facts, tickets: Int64, fact: Int64) -> dict[str, Column]:
    """The customer's columns by the given facts; null where the position is not one of his."""
    own = fact >= facts.first[facts.of_ticket[tickets]]
    return {
        name: Column(np.where(own, np.append(column.codes, -1)[fact], -1), column.texts)
        for name, column in facts.columns.items()
    }
