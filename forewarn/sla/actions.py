"""The actions on the clocks of one metric, in the order in which the kernel walks them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.config import SlaConfig
from forewarn.sla.attach import Attaches, Tickets, attaches, clocks_of_events
from forewarn.sla.events import Events, Int64
from forewarn.sla.metrics import NO_ACTION, Action, MetricRule, action_of_signal
from forewarn.sla.openings import NAT
from forewarn.sla.promises import Promises, TermChanges, promises_of
from forewarn.sla.situations import Attributes
from forewarn.tables import EVENT_KINDS


@dataclass(frozen=True)
class Block:
    """The clocks of one metric, and their actions sorted by (clock, at, sequence, rank).

    ``clock``: of each action, its row in ``ticket`` and ``cycle``. ``promise``: what an ATTACH
    or TARGET puts in force, a row of ``promises``; -1 in other actions.
    """

    metric: int
    ticket: Int64
    cycle: Int64
    clock: Int64
    at: Int64
    known_at: Int64
    kind: NDArray[np.int8]
    promise: NDArray[np.int32]
    promises: Promises


def build_metric(
    rule: MetricRule, tickets: Tickets, events: Events, attributes: Attributes, sla: SlaConfig
) -> Block:
    """All clocks of a metric that are promised anything at any time."""
    found = attaches(rule, tickets, events)
    at_attach, changes = promises_of(
        rule, found, tickets, attributes=attributes, events=events, sla=sla
    )
    is_promised = at_attach.target != NAT
    is_promised[changes.clock[changes.promises.target != NAT]] = True
    parts = (
        _attach_actions(found),
        _event_actions(rule, found, tickets, events, is_promised),
        _term_actions(changes, found.ticket.size),
        _first_pauses(rule, found, tickets, events),
    )
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    every = _Actions(*(np.concatenate(column) for column in columns))
    order = np.argsort(every.clock, kind="stable")
    every = _in_order(every.rows(order[is_promised[every.clock[order]]]))
    return Block(
        metric=rule.code,
        ticket=found.ticket[is_promised],
        cycle=found.cycle[is_promised],
        clock=(np.cumsum(is_promised) - 1)[every.clock],
        at=every.at,
        known_at=every.known_at,
        kind=every.kind,
        promise=every.promise,
        promises=at_attach.then(changes.promises),
    )


@dataclass(frozen=True)
class _Actions:
    """Actions as columns; see Block."""

    clock: Int64
    at: Int64
    sequence: Int64
    known_at: Int64
    kind: NDArray[np.int8]
    promise: NDArray[np.int32]

    def rows(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "_Actions":
        return _Actions(*(values[chosen] for values in vars(self).values()))


def _attach_actions(found: Attaches) -> _Actions:
    n = found.ticket.size
    kind = np.full(n, Action.ATTACH, np.int8)
    promise = np.arange(n, dtype=np.int32)
    return _Actions(np.arange(n), found.at, np.full(n, NAT), found.known_at, kind, promise)


def _term_actions(changes: TermChanges, n_before: int) -> _Actions:
    """Their promises come after those of the attaches."""
    n = changes.clock.size
    kind = np.full(n, Action.TARGET, np.int8)
    promise = n_before + np.arange(n, dtype=np.int32)
    return _Actions(changes.clock, changes.at, changes.sequence, changes.known_at, kind, promise)


def _event_actions(
    rule: MetricRule,
    found: Attaches,
    tickets: Tickets,
    events: Events,
    is_promised: NDArray[np.bool_],
) -> _Actions:
    """What the events do; nothing happens to a clock before it attaches."""
    kind = np.append(action_of_signal(rule), np.int8(NO_ACTION))[events.signal]
    clock, rows = clocks_of_events(found, events, np.flatnonzero(kind != NO_ACTION))
    kind = kind[rows]
    is_hold = kind >= Action.PAUSE
    keep = is_promised[clock] & ~(is_hold & tickets.is_imported[events.ticket[rows]])
    clock, kind, rows = clock[keep], kind[keep], rows[keep]
    return _Actions(
        clock,
        np.maximum(events.occurred_at[rows], found.at[clock]),
        events.sequence[rows],
        np.maximum(events.known_at[rows], found.at[clock]),
        kind,
        np.full(clock.size, -1, np.int32),
    )


def _first_pauses(rule: MetricRule, found: Attaches, tickets: Tickets, events: Events) -> _Actions:
    """Clocks that attach in a status which pauses them, where no event says so."""
    is_told = np.zeros(tickets.created_at.size, bool)
    is_told[events.ticket[events.kind == EVENT_KINDS.index("created")]] = True
    pauses = np.isin(found.status, list(rule.paused)) & ~tickets.is_imported[found.ticket]
    clock = np.flatnonzero(pauses & ~(found.is_first & is_told[found.ticket]))
    return _Actions(
        clock,
        found.at[clock],
        np.full(clock.size, NAT + 1),
        found.known_at[clock],
        np.full(clock.size, Action.PAUSE, np.int8),
        np.full(clock.size, -1, np.int32),
    )


def _in_order(actions: _Actions) -> _Actions:
    """Sort the actions of those clocks whose actions are not in order yet."""
    clock, at, sequence, kind = actions.clock, actions.at, actions.sequence, actions.kind
    same = clock[1:] == clock[:-1]
    ascends = (at[1:] > at[:-1]) | (
        (at[1:] == at[:-1])
        & (
            (sequence[1:] > sequence[:-1])
            | ((sequence[1:] == sequence[:-1]) & (kind[1:] >= kind[:-1]))
        )
    )
    wrong = clock[1:][same & ~ascends]
    if not wrong.size:
        return actions
    is_wrong = np.zeros(int(clock[-1]) + 1, bool)
    is_wrong[wrong] = True
    rows = np.flatnonzero(is_wrong[clock])
    order = np.arange(clock.size)
    order[rows] = rows[np.lexsort((kind[rows], sequence[rows], at[rows], clock[rows]))]
    return actions.rows(order)
