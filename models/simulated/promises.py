"""What the tickets of a history were promised, with each priority: targets, penalties."""

from dataclasses import replace

import numpy as np
import pandas as pd

from forewarn.config import METRICS, SlaConfig
from forewarn.config.settings import HealthConfig
from forewarn.simulation.plan import FIRST_RESPONSE, NO_PROMISE, RESOLUTION
from forewarn.sla.clock import read_clocks
from forewarn.sla.known_then import last_value, tiers
from forewarn.sla.metrics import Action
from forewarn.sla.openings import NAT
from forewarn.sla.policy import penalties
from forewarn.sla.timeline import build_timelines
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables
from models.touches import ticket_calendars

Int64 = np.ndarray
_PROMISES = {FIRST_RESPONSE: "first_response", RESOLUTION: "resolution"}


def promises_by_priority(
    tables: Tables,
    timelines: Timelines,
    sla: SlaConfig,
    health: HealthConfig,
    *,
    priorities: tuple[str, ...],
) -> tuple[Int64, np.ndarray, Int64]:
    """Target and penalty per ticket, priority and promise, and the calendar of each ticket.

    What a ticket was promised is in the timelines. For one whose priority changed the clock is
    asked once more for each priority, as if it had come with it and kept it; where a change
    leaves targets as they are (``sla.on_change``: frozen), they are those of the beginning.
    """
    as_of, is_frozen = timelines.watermark + 1, sla.on_change == "frozen"
    first = tables.tickets["priority"].to_numpy(object)
    priority = first if is_frozen else _last_priority(tables, timelines.watermark)
    own = read_promises(tables, timelines, sla, priority=priority, as_of=as_of)
    target, penalty = (np.repeat(column[:, None], len(priorities), axis=1) for column in own[:2])
    changed = _changed(tables)
    if changed.any() and not is_frozen:
        for code, name in enumerate(priorities):
            supposed = _supposing(tables, changed, name)
            made = build_timelines(supposed, sla, health=health)
            kept = np.full(len(supposed.tickets), name, dtype=object)
            found = read_promises(supposed, made, sla, priority=kept, as_of=as_of)
            target[changed, code], penalty[changed, code] = found[:2]
    return target, penalty, own[2]


def _changed(tables: Tables) -> np.ndarray:
    """Per ticket whether its priority ever changed."""
    events = tables.ticket_events
    changed = events.loc[events["kind"] == "priority_changed", "ticket_id"]
    return tables.tickets["ticket_id"].isin(changed).to_numpy(bool)


def _supposing(tables: Tables, rows: np.ndarray, priority: str) -> Tables:
    """These tickets, as if they had come with a priority and kept it."""
    tickets = tables.tickets[rows].reset_index(drop=True)
    events = tables.ticket_events
    told = events["ticket_id"].isin(tickets["ticket_id"]) & (events["kind"] != "priority_changed")
    return replace(
        tables,
        tickets=tickets.assign(
            priority=pd.Series(priority, index=tickets.index, dtype=tickets["priority"].dtype)
        ),
        ticket_events=events[told].reset_index(drop=True),
    )


def _last_priority(tables: Tables, watermark: int) -> np.ndarray:
    """Per ticket the priority that it had in the end, as text."""
    end = pd.Timestamp(watermark + 1, unit="us", tz="UTC")
    rows = tables.tickets[["ticket_id"]].reset_index(drop=True).assign(decided_at=end)
    return last_value(tables, rows, np.arange(len(rows)), "priority")


def priority_codes(priority: np.ndarray, priorities: tuple[str, ...]) -> Int64:
    """Code per ticket; what is not listed is the least urgent."""
    codes = pd.Index(priorities).get_indexer(pd.Index(priority))
    return np.where(codes < 0, len(priorities) - 1, codes).astype(np.int64)


def read_promises(
    tables: Tables, timelines: Timelines, sla: SlaConfig, *, priority: np.ndarray, as_of: int
) -> tuple[Int64, np.ndarray, Int64]:
    """Target and penalty per ticket and promise, and the calendar: of each first clock.

    Targets are those that were in force in the end, also where the clock was over by then; where
    ``sla.on_change`` is frozen, those of the beginning.
    """
    is_frozen = sla.on_change == "frozen"
    n = len(tables.tickets)
    target = np.full((n, 2), NO_PROMISE, np.int64)
    penalty = np.zeros((n, 2))
    own = ticket_calendars(timelines)
    calendar = np.zeros(n, np.int64)
    calendar[: own.size] = np.maximum(own, 0)
    tier = tiers_at_creation(tables)
    for column, metric in _PROMISES.items():
        is_first = (timelines.clock_metric == METRICS.index(metric)) & (timelines.clock_cycle == 1)
        clocks = np.flatnonzero(is_first)
        ticket = timelines.clock_ticket[clocks]
        terms = _terms(timelines, clocks, as_of=as_of, is_frozen=is_frozen)
        wanted = np.append(timelines.terms_target, NAT)[terms]
        imported = np.flatnonzero(np.append(timelines.terms_imported, [False])[terms])
        wanted[imported] = read_clocks(timelines, clocks[imported], as_of=as_of).target
        promised = wanted >= 0
        ticket, terms = ticket[promised], terms[promised]
        target[ticket, column] = wanted[promised]
        policy = np.array([*timelines.policies, None], object)[timelines.terms_policy[terms]]
        penalty[ticket, column] = penalties(
            sla,
            policy=pd.Series(policy, dtype=object),
            metric=pd.Series([metric] * ticket.size, dtype=object),
            tier=tier.iloc[ticket].reset_index(drop=True),
            priority=pd.Series(priority[ticket], dtype=object),
        )
    return target, penalty, calendar


def _terms(timelines: Timelines, clocks: Int64, *, as_of: int, is_frozen: bool) -> Int64:
    """Per clock the last terms of its life (the first where they are frozen), -1 for none."""
    terms = timelines.life_terms.astype(np.int64)
    is_change = (timelines.action_kind == Action.TARGET) & (not is_frozen)
    rows = np.flatnonzero(is_change & (timelines.action_known_at < as_of))
    life = np.searchsorted(timelines.life_start, rows, side="right") - 1
    terms[life] = timelines.action_value[rows]  # of several the last
    found: Int64 = terms[timelines.clock_life[clocks]]
    return found


def tiers_at_creation(tables: Tables) -> pd.Series:
    """Per ticket its customer's tier at creation, or the first that is known."""
    asked = tables.tickets[["customer_id", "created_at"]].rename(
        columns={"created_at": "decided_at"}
    )
    return pd.Series(tiers(tables.customers, asked.reset_index(drop=True)), dtype=object)
