"""What is promised to each clock when it attaches, and how that changes in its life."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.config import SlaConfig
from forewarn.sla.attach import Attaches, Reattaches, Tickets
from forewarn.sla.events import Events, Int64
from forewarn.sla.metrics import MetricRule
from forewarn.sla.openings import NAT
from forewarn.sla.policy import Codes, Column, match_policies, targets_of
from forewarn.sla.situations import Attributes, Moments, at_creation, moments

IMPORTED = -1
"""Stands in for a policy where the deadline came with the ticket."""

UNKNOWN = -2
"""Differs from every policy: what a clock was promised depends on what is known."""


@dataclass(frozen=True)
class Promises:
    """``policy`` (position, IMPORTED) and ``target`` (NAT: no promise), one row per moment."""

    policy: Codes
    target: Int64

    def at(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Promises":
        """Those rows."""
        return Promises(self.policy[rows], self.target[rows])

    def forget(self, rows: Int64) -> "Promises":
        """The same, no promise in those rows."""
        policy, target = self.policy.copy(), self.target.copy()
        policy[rows], target[rows] = UNKNOWN, NAT
        return Promises(policy, target)

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

    def rows(self, chosen: NDArray[np.bool_]) -> "TermChanges":
        """Those rows."""
        return TermChanges(
            self.clock[chosen],
            self.at[chosen],
            self.sequence[chosen],
            self.known_at[chosen],
            self.promises.at(chosen),
        )


@dataclass(frozen=True)
class _Lookups:
    """Attaches at which the promise is not that of creation; sorted as the moments ask them.

    ``clock``: of each; the first ``n_primary`` are those of the clocks' own beginnings.
    """

    clock: Int64
    row: Int64
    known_at: Int64
    n_primary: int


def promises_of(
    rule: MetricRule,
    found: Attaches,
    again: Reattaches,
    *,
    tickets: Tickets,
    attributes: Attributes,
    events: Events,
    sla: SlaConfig,
) -> tuple[Promises, Promises, TermChanges]:
    """The promise at each attach and reattach, and changes by the mode ``on_change``."""
    first = _promises(at_creation(attributes, tickets.known_at), rule, sla)
    lookups = _lookups(found, again)
    seen = moments(
        attributes,
        events,
        created_known_at=tickets.known_at,
        lookup_ticket=found.ticket[lookups.clock],
        lookup_row=lookups.row,
        lookup_known_at=lookups.known_at,
    )
    later = _promises(seen.columns, rule, sla)
    asked = np.empty(lookups.clock.size, np.int64)
    asked[seen.lookup[seen.lookup >= 0]] = np.flatnonzero(seen.lookup >= 0)
    primary = lookups.clock[: lookups.n_primary]
    at_attach, at_again = first.at(found.ticket), later.at(asked[lookups.n_primary :])
    at_attach.policy[primary] = later.policy[asked[: lookups.n_primary]]
    at_attach.target[primary] = later.target[asked[: lookups.n_primary]]
    _import(at_attach, found, tickets)
    clock, moment = _pairs_in_life(seen, found, tickets, lookups.clock, asked)
    before = at_attach.forget(again.clock)
    keep = _differs(clock, later.at(moment), before)
    if sla.on_change == "frozen":
        keep &= _is_first_promise(clock, later.target[moment], before.target)
    changes = _changes(clock[keep], moment[keep], seen, later, _latest_at(found, again))
    return at_attach, at_again, changes


def _lookups(found: Attaches, again: Reattaches) -> _Lookups:
    primary = np.flatnonzero(~found.is_first)
    return _Lookups(
        clock=np.concatenate([primary, again.clock]),
        row=np.concatenate([found.row[primary], again.row]),
        known_at=np.concatenate([found.known_at[primary], again.known_at]),
        n_primary=primary.size,
    )


def _latest_at(found: Attaches, again: Reattaches) -> Int64:
    """Per clock the latest instant at which it may attach; no change lies before."""
    at = found.at.copy()
    np.maximum.at(at, again.clock, again.at)
    return at


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
    clock: Int64, moment: Int64, seen: Moments, later: Promises, attached_at: Int64
) -> TermChanges:
    """The pairs (clock, moment) as changes; none lies before its clock attaches."""
    at, attach_at = seen.at[moment], attached_at[clock]
    return TermChanges(
        clock=clock,
        at=np.maximum(at, attach_at),
        sequence=np.where(at < attach_at, NAT + 1, seen.sequence[moment]),
        known_at=np.maximum(seen.known_at[moment], attach_at),
        promises=later.at(moment),
    )


def _pairs_in_life(
    seen: Moments, found: Attaches, tickets: Tickets, lookup_clock: Int64, asked: Int64
) -> tuple[Int64, Int64]:
    """Each change with each clock of its ticket that attached before it became known."""
    moment = np.flatnonzero((seen.lookup < 0) & ~tickets.is_imported[seen.ticket])
    clock, moment = _pairs(found, seen.ticket[moment], moment)
    attached = np.where(found.is_first, -1, seen.lookup.size)
    np.minimum.at(attached, lookup_clock, asked)
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
