"""The actions on the clocks of one metric, in the order in which the kernel walks them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.config import SlaConfig
from forewarn.sla.attach import (
    NEVER,
    Attaches,
    Reattaches,
    Tickets,
    attaches,
    clocks_of_events,
)
from forewarn.sla.events import Events, Int64
from forewarn.sla.metrics import NO_ACTION, Action, MetricRule, Signal, action_of_signal
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
    found, again = attaches(rule, tickets, events)
    at_attach, at_again, changes = promises_of(
        rule, found, again, tickets=tickets, attributes=attributes, events=events, sla=sla
    )
    happened = _event_actions(rule, found, tickets, events)
    changes = changes.rows(changes.known_at <= _ended_known_at(happened, found)[changes.clock])
    is_promised = at_attach.target != NAT
    is_promised[again.clock[at_again.target != NAT]] = True
    is_promised[changes.clock[changes.promises.target != NAT]] = True
    n_clocks, n_attaches = found.ticket.size, found.ticket.size + again.clock.size
    parts = (
        _attach_actions(np.arange(n_clocks), found, first=0),
        happened,
        _attach_actions(again.clock, again, first=n_clocks),
        _term_actions(changes, first=n_attaches),
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
        promises=at_attach.then(at_again).then(changes.promises),
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


def _attach_actions(clock: Int64, found: Attaches | Reattaches, *, first: int) -> _Actions:
    """``first``: where their promises begin among all."""
    n = clock.size
    kind = np.full(n, Action.ATTACH, np.int8)
    promise = first + np.arange(n, dtype=np.int32)
    return _Actions(clock, found.at, np.full(n, NAT), found.known_at, kind, promise)


def _term_actions(changes: TermChanges, *, first: int) -> _Actions:
    """``first``: where their promises begin among all."""
    n = changes.clock.size
    kind = np.full(n, Action.TARGET, np.int8)
    promise = first + np.arange(n, dtype=np.int32)
    return _Actions(changes.clock, changes.at, changes.sequence, changes.known_at, kind, promise)


def _ended_known_at(happened: _Actions, found: Attaches) -> Int64:
    """Per clock when its ending became known; what is promised changes no more after that."""
    ends = (happened.kind >= Action.STOP) & (happened.kind <= Action.REMOVE)
    ended_known_at = np.full(found.ticket.size, NEVER)
    np.minimum.at(ended_known_at, happened.clock[ends], happened.known_at[ends])
    return ended_known_at


def _event_actions(rule: MetricRule, found: Attaches, tickets: Tickets, events: Events) -> _Actions:
    """What the events do; what happened before a clock attaches, happens as it does."""
    kind = np.append(action_of_signal(rule), np.int8(NO_ACTION))[events.signal]
    rows = np.flatnonzero(kind != NO_ACTION)
    clock, rows = clocks_of_events(found, events, rows, is_hold=kind[rows] >= Action.PAUSE)
    kind = kind[rows]
    keep = ~((kind >= Action.PAUSE) & tickets.is_imported[events.ticket[rows]])
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
    """Tickets are new at first: clocks that this pauses, where no event tells the status."""
    is_told = np.zeros(tickets.created_at.size, bool)
    is_told[events.ticket[events.kind == EVENT_KINDS.index("created")]] = True
    pauses = ~is_told & ~tickets.is_imported & (Signal.NEW in rule.paused)
    clock = np.flatnonzero(pauses[found.ticket] & (found.cycle == 1))
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
