"""What is promised to each clock when it attaches, and how that changes in its life."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.config import SlaConfig
from forewarn.sla.attach import Attaches, Tickets
from forewarn.sla.events import Events, Int64
from forewarn.sla.metrics import MetricRule
from forewarn.sla.openings import NAT
from forewarn.sla.policy import Codes, Column, match_policies, targets_of
from forewarn.sla.situations import Attributes, Moments, at_creation, moments

IMPORTED = -1
"""Stands in for a policy where the deadline came with the ticket."""


@dataclass(frozen=True)
class Promises:
    """``policy`` (position, IMPORTED) and ``target`` (NAT: no promise), one row per moment."""

    policy: Codes
    target: Int64

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Promises":
        """Those rows."""
        return Promises(self.policy[rows], self.target[rows])

    def then(self, later: "Promises") -> "Promises":
        """These, and others after them."""
        return Promises(
            np.concatenate([self.policy, later.policy]), np.concatenate([self.target, later.target])
        )


@dataclass(frozen=True)
class TermChanges:
    """Later changes of what is promised, sorted by clock and by becoming known."""

    clock: Int64
    at: Int64
    sequence: Int64
    known_at: Int64
    promises: Promises


def promises_of(
    rule: MetricRule,
    found: Attaches,
    tickets: Tickets,
    *,
    attributes: Attributes,
    events: Events,
    sla: SlaConfig,
) -> tuple[Promises, TermChanges]:
    """The promise at each attach, and its changes by the mode ``on_change``."""
    first = _promises(at_creation(attributes, tickets.known_at), rule, sla)
    at_attach = first.at(found.ticket)
    lookups = np.flatnonzero(~found.is_first)
    seen = moments(
        attributes,
        events,
        created_known_at=tickets.known_at,
        lookup_ticket=found.ticket[lookups],
        lookup_row=found.row[lookups],
        lookup_known_at=found.known_at[lookups],
    )
    later = _promises(seen.columns, rule, sla)
    asked = np.flatnonzero(seen.lookup >= 0)
    answered = lookups[seen.lookup[asked]]
    at_attach.policy[answered] = later.policy[asked]
    at_attach.target[answered] = later.target[asked]
    _import(at_attach, found, tickets)
    clock, moment = _pairs_in_life(seen, found, tickets)
    keep = _differs(clock, later.at(moment), at_attach)
    if sla.on_change == "frozen":
        keep &= _is_first_promise(clock, later.target[moment], at_attach.target)
    return at_attach, _changes(clock[keep], moment[keep], seen, later, found)


def _promises(columns: dict[str, Column], rule: MetricRule, sla: SlaConfig) -> Promises:
    policy = match_policies(columns, sla.policies)
    target = targets_of(policy, columns["priority"], metric=rule.metric, policies=sla.policies)
    return Promises(np.where(target == NAT, IMPORTED, policy).astype(np.int32), target)


def _import(promises: Promises, found: Attaches, tickets: Tickets) -> None:
    """Put imported deadlines in the place of any policy's."""
    rows = np.flatnonzero(tickets.is_imported[found.ticket])
    promises.policy[rows] = IMPORTED
    promises.target[rows] = tickets.due_at[found.ticket[rows]] - found.at[rows]


def _changes(
    clock: Int64, moment: Int64, seen: Moments, later: Promises, found: Attaches
) -> TermChanges:
    """The pairs (clock, moment) as changes; none lies before its clock attaches."""
    at, attach_at = seen.at[moment], found.at[clock]
    return TermChanges(
        clock=clock,
        at=np.maximum(at, attach_at),
        sequence=np.where(at < attach_at, NAT + 1, seen.sequence[moment]),
        known_at=np.maximum(seen.known_at[moment], attach_at),
        promises=later.at(moment),
    )


def _pairs_in_life(seen: Moments, found: Attaches, tickets: Tickets) -> tuple[Int64, Int64]:
    """Each change with each clock of its ticket that attached before it became known."""
    moment = np.flatnonzero((seen.lookup < 0) & ~tickets.is_imported[seen.ticket])
    clock, moment = _pairs(found, seen.ticket[moment], moment)
    attached = np.full(found.ticket.size, -1)
    asked = np.flatnonzero(seen.lookup >= 0)
    attached[np.flatnonzero(~found.is_first)[seen.lookup[asked]]] = asked
    is_later = moment > attached[clock]
    order = np.lexsort((moment[is_later], clock[is_later]))
    return clock[is_later][order], moment[is_later][order]


def _pairs(found: Attaches, ticket: Int64, moment: Int64) -> tuple[Int64, Int64]:
    """Each moment with each clock of its ticket."""
    begin = np.searchsorted(found.ticket, ticket, side="left")
    counts = np.searchsorted(found.ticket, ticket, side="right") - begin
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(begin, counts) + within, np.repeat(moment, counts)


def _differs(clock: Int64, promises: Promises, at_attach: Promises) -> NDArray[np.bool_]:
    """Whether a promise differs from the one before it on the same clock."""
    fresh = np.concatenate([[True], clock[1:] != clock[:-1]])[: clock.size]
    policy = np.where(fresh, at_attach.policy[clock], np.roll(promises.policy, 1))
    target = np.where(fresh, at_attach.target[clock], np.roll(promises.target, 1))
    differs: NDArray[np.bool_] = (policy != promises.policy) | (target != promises.target)
    return differs


def _is_first_promise(clock: Int64, target: Int64, attached: Int64) -> NDArray[np.bool_]:
    """The first change that promises anything, on a clock that had no promise so far."""
    rows = np.flatnonzero((target != NAT) & (attached[clock] == NAT))
    first = np.zeros(clock.size, bool)
    first[rows[np.unique(clock[rows], return_index=True)[1]]] = True
    return first
