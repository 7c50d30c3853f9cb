"""What work is learned from: touches of tickets old enough that nearly all of them are over."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalogue import declared_features, unseen_because
from features.history import History
from forewarn.config import Config
from forewarn.sla.labels import as_instants
from forewarn.tables import Tables
from models.touches import ended_known_at, read_touches, solved_known_at
from models.work_averages import WORK_FEATURES, targets_by_touch

Int64 = NDArray[np.int64]
LEFT_OPEN = 0.02
"""Tickets are learned from once they are so old that only this share of their age is open."""
_ENTITIES = ("ticket", "customer", "health")
_POLICY = ("rate", "lift")
_CONTRACT = ("customer_tier", "customer_region", "customer_criticality", "customer_contract_value")


@dataclass(frozen=True)
class WorkRows:
    """``touches``: of the learned tickets, see `models.touches`. ``rows``: the same, of tickets
    that have a clock: ticket, clock (its first), as_of (when the touch began), created_at
    (µs), group_id, done, and minutes of each target.

    ``patience``: µs; tickets that arrived later before the cutoff are left out.
    ``open_share``: of the older ones, those that are not solved and so left out too.
    """

    touches: pd.DataFrame
    rows: pd.DataFrame
    patience: int
    open_share: float


def read_work_rows(tables: Tables, history: History, *, cutoff: int) -> WorkRows:
    """Touches known before the cutoff, of tickets that were solved by then.

    A ticket solved quickly is solved before any cutoff, one that takes long is not: learning
    from whatever is solved would take the quick ones for all. So only tickets count that
    arrived at least the patience before the cutoff: the age by which all but LEFT_OPEN of
    the tickets are over, with those still open taken into account (Kaplan-Meier).
    """
    ended, solved = (f(tables)[: len(history)] for f in (ended_known_at, solved_known_at))
    created = history.ticket_created_at
    here = np.flatnonzero(history.ticket_known_at < cutoff)
    patience = patience_of(created[here], ended[here], cutoff=cutoff)
    old = here[created[here] < cutoff - patience]
    learned = old[solved[old] < cutoff]
    timed = read_touches(tables, history.timelines, as_of=cutoff)
    timed = timed[timed["ticket"].isin(learned)].reset_index(drop=True)
    rows = targets_by_touch(timed)
    ticket = timed["ticket"].to_numpy(np.int64)
    rows = rows.assign(
        ticket=ticket,
        clock=_first_clocks(history)[ticket],
        as_of=as_instants(timed["started_at"].to_numpy(np.int64)),
        created_at=created[ticket],
    )
    ongoing = float((ended[old] >= cutoff).mean()) if old.size else 0.0
    rows = rows[rows["clock"] >= 0].reset_index(drop=True)
    return WorkRows(timed, rows, patience, ongoing)


def patience_of(created: Int64, ended: Int64, *, cutoff: int) -> int:
    """The age in µs by which all but LEFT_OPEN of the tickets are over, by Kaplan-Meier.

    ``ended``: when the end was known; one at the cutoff or later is not known yet. At most
    half of the time from the first ticket to the cutoff.
    """
    if not created.size:
        return 0
    most = (cutoff - int(created.min())) // 2
    is_over = ended < cutoff
    age = np.where(is_over, ended, cutoff) - created
    order = np.lexsort((~is_over, age))
    at_risk = created.size - np.arange(created.size)
    left = np.cumprod(1.0 - is_over[order] / at_risk)
    reached = np.flatnonzero(left <= LEFT_OPEN)
    return min(int(age[order[reached[0]]]), most) if reached.size else most


def work_feature_names(history: History, config: Config) -> tuple[str, ...]:
    """What work may depend on: the ticket and its customer, not the desk's load or promises.

    Hands-on work survives a change of policy; what is measured of queues and breaches does not.
    """
    declared = declared_features(history)
    usual = [
        f.name
        for f in declared
        if f.entity in _ENTITIES
        and f.measure not in _POLICY
        and (unseen_because(history, config, f) is None or f.name in _CONTRACT)
        and f.name not in config.features.exclude
    ]
    return tuple(dict.fromkeys([*WORK_FEATURES, *usual]))


def _first_clocks(history: History) -> Int64:
    tickets: Any = history.timelines.clock_ticket
    found = np.full(len(history), -1, np.int64)
    found[tickets[::-1]] = np.arange(len(tickets))[::-1]
    return found
