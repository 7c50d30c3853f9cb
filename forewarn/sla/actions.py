"""The lives of one metric: what happens to its clocks, in the order in which the kernel walks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.config import SlaConfig
from forewarn.sla.events import Events, Int64
from forewarn.sla.metrics import NO_ACTION, Action, Begins, MetricRule, Signal, action_of_signal
from forewarn.sla.openings import NAT
from forewarn.sla.policy import Codes
from forewarn.sla.promises import Promises, TermChanges, Tickets, promises_of
from forewarn.sla.situations import Attributes
from forewarn.tables import EVENT_KINDS

_FIRST = NAT + 1
"""Sequence of what comes right after the beginning, before all that a source numbers."""


@dataclass(frozen=True)
class Block:
    """The lives of one metric, and their actions sorted by (life, at, sequence, kind).

    ``ticket``, ``known_at``, ``first``: per life; ``first`` and the ``value`` of a TARGET are
    rows of ``promises``. ``start``: where the actions of each life begin, and one more.
    """

    metric: int
    ticket: Int64
    known_at: Int64
    first: Int64
    start: Int64
    at: Int64
    action_known_at: Int64
    kind: NDArray[np.int8]
    value: Codes
    promises: Promises


@dataclass(frozen=True)
class _Actions:
    """Actions as columns; see Block."""

    ticket: Int64
    at: Int64
    sequence: Int64
    known_at: Int64
    kind: NDArray[np.int8]
    value: Codes

    def rows(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "_Actions":
        return _Actions(*(values[chosen] for values in vars(self).values()))


def build_metric(
    rule: MetricRule, tickets: Tickets, events: Events, attributes: Attributes, sla: SlaConfig
) -> Block:
    """The lives of all tickets that are promised anything at any time."""
    first, changes = promises_of(rule, tickets, attributes=attributes, events=events, sla=sla)
    is_promised = first.target != NAT
    is_promised[changes.ticket[changes.promises.target != NAT]] = True
    n_tickets = first.target.size
    every = _in_order(_by_ticket(_parts(rule, tickets, events, changes), is_promised))
    ticket = np.flatnonzero(is_promised)
    counts = np.bincount(every.ticket, minlength=n_tickets)[ticket]
    return Block(
        metric=rule.code,
        ticket=ticket,
        known_at=tickets.known_at[ticket],
        first=ticket,
        start=np.concatenate([[0], np.cumsum(counts)]),
        at=every.at,
        action_known_at=every.known_at,
        kind=every.kind,
        value=every.value,
        promises=first.then(changes.promises),
    )


def _parts(
    rule: MetricRule, tickets: Tickets, events: Events, changes: TermChanges
) -> tuple[_Actions, ...]:
    return (
        _beginnings(rule, tickets, events),
        _event_actions(rule, tickets, events),
        _term_actions(changes, first=tickets.created_at.size),
        _first_pauses(rule, tickets, events),
    )


def _by_ticket(parts: Sequence[_Actions], is_promised: NDArray[np.bool_]) -> _Actions:
    """All actions on promised tickets, ticket by ticket; column by column, to save memory."""
    ticket = np.concatenate([part.ticket for part in parts])
    order = np.argsort(ticket, kind="stable")
    order = order[is_promised[ticket[order]]]
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return _Actions(*(np.concatenate(column)[order] for column in columns))


def _beginnings(rule: MetricRule, tickets: Tickets, events: Events) -> _Actions:
    """What creation begins: a clock, the wait for an answer, the ownership of a group."""
    kind = Action.BEGIN
    value = np.full(tickets.created_at.size, -1, np.int32)
    ticket = np.arange(tickets.created_at.size)
    if rule.metric == "ownership":
        kind, value = Action.TAKE, tickets.owner
        ticket = np.flatnonzero(value >= 0)
    elif rule.metric in ("first_response", "next_response"):
        ticket = np.flatnonzero(~_waits(tickets, events))
    elif rule.metric in ("periodic_update", "answer"):
        ticket = ticket[:0]
    return _Actions(
        ticket,
        tickets.created_at[ticket],
        np.full(ticket.size, NAT),
        tickets.known_at[ticket],
        np.full(ticket.size, kind, np.int8),
        value[ticket],
    )


def _waits(tickets: Tickets, events: Events) -> NDArray[np.bool_]:
    """Tickets that an agent created: their customer has not asked for anything yet."""
    waits: NDArray[np.bool_] = events.is_agent_created & ~tickets.is_imported
    return waits


def _event_actions(rule: MetricRule, tickets: Tickets, events: Events) -> _Actions:
    """What the events do; what happened before a ticket's creation, happens right after it."""
    kind = np.append(action_of_signal(rule), np.int8(NO_ACTION))[events.signal]
    if rule.begins is Begins.ONCE and Signal.CUSTOMER_REPLY in rule.actions:
        is_message = events.signal == Signal.CUSTOMER_REPLY
        kind[is_message & ~_waits(tickets, events)[events.ticket]] = NO_ACTION
    is_status = (kind == Action.PAUSE) | (kind == Action.RESUME)
    kind[is_status & tickets.is_imported[events.ticket]] = NO_ACTION
    rows = np.flatnonzero(kind != NO_ACTION)
    ticket = events.ticket[rows]
    value = (
        np.full(rows.size, -1, np.int32)
        if rule.metric != "ownership"
        else tickets.later_owner[rows]
    )
    return _Actions(
        ticket,
        np.maximum(events.occurred_at[rows], tickets.created_at[ticket]),
        events.sequence[rows],
        np.maximum(events.known_at[rows], tickets.created_at[ticket]),
        kind[rows],
        value,
    )


def _term_actions(changes: TermChanges, *, first: int) -> _Actions:
    """``first``: where their promises begin among all."""
    n = changes.ticket.size
    kind = np.full(n, Action.TARGET, np.int8)
    value = first + np.arange(n, dtype=np.int32)
    return _Actions(changes.ticket, changes.at, changes.sequence, changes.known_at, kind, value)


def _first_pauses(rule: MetricRule, tickets: Tickets, events: Events) -> _Actions:
    """Tickets are new at first: clocks that this pauses, where no event tells the status."""
    is_told = np.zeros(tickets.created_at.size, bool)
    is_told[events.ticket[events.kind == EVENT_KINDS.index("created")]] = True
    pauses = ~is_told & ~tickets.is_imported & (Signal.NEW in rule.paused)
    ticket = np.flatnonzero(pauses)
    return _Actions(
        ticket,
        tickets.created_at[ticket],
        np.full(ticket.size, _FIRST),
        tickets.known_at[ticket],
        np.full(ticket.size, Action.PAUSE, np.int8),
        np.full(ticket.size, -1, np.int32),
    )


def _in_order(actions: _Actions) -> _Actions:
    """Sort the actions of those lives whose actions are not in order yet."""
    ticket, at, sequence, kind = actions.ticket, actions.at, actions.sequence, actions.kind
    same = ticket[1:] == ticket[:-1]
    ascends = (at[1:] > at[:-1]) | (
        (at[1:] == at[:-1])
        & (
            (sequence[1:] > sequence[:-1])
            | ((sequence[1:] == sequence[:-1]) & (kind[1:] >= kind[:-1]))
        )
    )
    wrong = ticket[1:][same & ~ascends]
    if not wrong.size:
        return actions
    is_wrong = np.zeros(int(ticket[-1]) + 1, bool)
    is_wrong[wrong] = True
    rows = np.flatnonzero(is_wrong[ticket])
    order = np.arange(ticket.size)
    order[rows] = rows[np.lexsort((kind[rows], sequence[rows], at[rows], ticket[rows]))]
    return actions.rows(order)
