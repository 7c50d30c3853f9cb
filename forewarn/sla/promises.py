"""What is promised to each ticket at its creation, and how that changes in its life."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.config import IMPORTABLE, SlaConfig
from forewarn.sla.events import Events, Int64, microseconds
from forewarn.sla.metrics import MetricRule
from forewarn.sla.openings import NAT
from forewarn.sla.policy import Codes, Column, calendars_of, encode, match_policies, targets_of
from forewarn.sla.situations import Attributes, at_creation, moments
from forewarn.tables import Tables

IMPORTED = -1
"""Stands in for a policy where the deadline came with the ticket."""


@dataclass(frozen=True)
class Tickets:
    """Tickets as the clocks of one metric see them; one row per ticket.

    ``known_at`` is never before ``created_at``; ``due_at``: imported deadline, NAT for none.
    ``owner``: code of the group at creation, -1 for none; ``later_owner``: of each event the
    group that it names. Both are empty but for ownership.
    """

    created_at: Int64
    known_at: Int64
    is_imported: NDArray[np.bool_]
    due_at: Int64
    owner: Codes
    later_owner: Codes


@dataclass(frozen=True)
class Promises:
    """One row per moment: ``policy`` (position, IMPORTED), ``target`` (NAT: no promise).

    ``calendar``: position among the configured calendars, 0 for around the clock.
    """

    policy: Codes
    target: Int64
    calendar: Codes

    def rows(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Promises":
        """Those rows."""
        return Promises(*(values[chosen] for values in vars(self).values()))

    def then(self, later: "Promises") -> "Promises":
        """These, and others after them."""
        pairs = zip(vars(self).values(), vars(later).values(), strict=True)
        return Promises(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True)
class TermChanges:
    """Later changes of what is promised, sorted by ticket and by becoming known."""

    ticket: Int64
    at: Int64
    sequence: Int64
    known_at: Int64
    promises: Promises


def promises_of(
    rule: MetricRule,
    tickets: Tickets,
    *,
    attributes: Attributes,
    events: Events,
    sla: SlaConfig,
) -> tuple[Promises, TermChanges]:
    """The promise at creation, one row per ticket, and its changes."""
    state = at_creation(attributes, tickets.known_at)
    first = _promises(state, rule, sla, at=tickets.created_at)
    _import(first, tickets)
    seen = moments(
        attributes, events, created_at=tickets.created_at, created_known_at=tickets.known_at
    )
    later = _promises(seen.columns, rule, sla, at=seen.at)
    keep = _differs(seen.ticket, later, first) & ~tickets.is_imported[seen.ticket]
    ticket, at = seen.ticket[keep], seen.at[keep]
    created_at = tickets.created_at[ticket]
    changes = TermChanges(
        ticket=ticket,
        at=np.maximum(at, created_at),
        sequence=np.where(at < created_at, NAT + 1, seen.sequence[keep]),
        known_at=np.maximum(seen.known_at[keep], created_at),
        promises=later.rows(keep),
    )
    return first, changes


def _promises(
    columns: dict[str, Column], rule: MetricRule, sla: SlaConfig, *, at: Int64
) -> Promises:
    policy = match_policies(columns, sla.policies, at=at)
    target = targets_of(policy, columns["priority"], metric=rule.metric, policies=sla.policies)
    policy = np.where(target == NAT, IMPORTED, policy).astype(np.int32)
    return Promises(policy, target, calendars_of(policy, columns, sla))


def _import(promises: Promises, tickets: Tickets) -> None:
    """Put imported deadlines in the place of any policy's."""
    rows = np.flatnonzero(tickets.is_imported)
    promises.policy[rows] = IMPORTED
    promises.calendar[rows] = 0
    promises.target[rows] = tickets.due_at[rows] - tickets.created_at[rows]


def _differs(ticket: Int64, promises: Promises, first: Promises) -> NDArray[np.bool_]:
    """Whether a promise differs from the one before it on the same ticket."""
    fresh = np.concatenate([[True], ticket[1:] != ticket[:-1]])[: ticket.size]
    differs = np.zeros(ticket.size, bool)
    for name, values in vars(promises).items():
        before = np.where(fresh, getattr(first, name)[ticket], np.roll(values, 1))
        differs |= before != values
    return differs


def read_tickets(tables: Tables, events: Events, rule: MetricRule) -> Tickets:
    """The tickets as the clocks of a metric see them."""
    created_at = microseconds(tables.tickets["created_at"])
    due_at = np.full(created_at.size, NAT)
    if rule.metric in IMPORTABLE:
        due_at = microseconds(tables.tickets[f"{rule.metric}_due_at"])
    owner = later_owner = np.empty(0, np.int32)
    if rule.metric == "ownership":
        to = tables.ticket_events["to_value"].iloc[events.row]
        first, later = encode(tables.tickets["group_id"], to)
        owner, later_owner = first.codes, later.codes
    return Tickets(
        created_at=created_at,
        known_at=np.maximum(created_at, microseconds(tables.tickets["known_at"])),
        is_imported=due_at != NAT,
        due_at=due_at,
        owner=owner,
        later_owner=later_owner,
    )
