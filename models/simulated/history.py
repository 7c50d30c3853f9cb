"""Fit a desk to a history: arrivals, promises, routes, waits, presence, skills and pace.

Hands-on work is not in a log: the business time from pick-up to the last act of the same agent
stands in for it (see `models.touches`), as far as it lies in the agent's shifts, divided by the
agent's pace. A reopening starts a new clock, goes on with the old one, or has none:
``sla.on_reopen``.

A simulated ticket comes with the priority that it came with, and is given others as it was: at the
end of the touch in which an agent did so, or so long after its creation. Targets of a new
priority count from the begin of the clock (also where ``sla.on_change`` is carry or restart).
"""

from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from forewarn.config import SlaConfig
from forewarn.config.settings import HealthConfig
from forewarn.errors import DataError
from forewarn.simulation.donors import CLOSED, DeskHistory
from forewarn.simulation.plan import GOES_ON, NEW_CLOCK, NO_CLOCK
from forewarn.sla.events import microseconds
from forewarn.sla.intervals import elapsed
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables
from models.simulated.presence import Presence, fit_pace, read_presence
from models.simulated.priorities import read_changes
from models.simulated.promises import priority_codes, promises_by_priority, tiers_at_creation
from models.simulated.routes import on_shift, read_routes
from models.touches import ticket_calendars

Int64 = np.ndarray
MARGIN_WEEKS = 4
"""Tickets of the last weeks are left out: their routes may not be over."""
LEAST_TICKETS = 500
MOST_VALUES = 50
"""A text column with more values than this says nothing to a model here."""
_COLUMNS = ("category", "product", "channel", "type", "language", "description")
_REOPENED = {"new_cycle": NEW_CLOCK, "restart": NEW_CLOCK, "resume": GOES_ON, "none": NO_CLOCK}


def fit_desk(
    tables: Tables,
    timelines: Timelines,
    sla: SlaConfig,
    health: HealthConfig,
    *,
    priorities: tuple[str, ...],
    zone: str,
) -> DeskHistory:
    """The desk of a history. ``priorities``: most urgent first; ``zone``: of its days.

    ``health``: thresholds of the segments, where a policy looks at them.

    Raises DataError where fewer than LEAST_TICKETS tickets show agents at work.
    """
    touches = read_routes(tables, timelines, standing=_standing(sla))
    created = microseconds(tables.tickets["created_at"])
    midnight, day = _days(created, zone)
    kept = np.isin(np.arange(created.size), touches["ticket"])
    kept &= day < midnight.size - 7 * MARGIN_WEEKS
    _refuse_too_few(int(kept.sum()))
    midnight = midnight[: midnight.size - 7 * MARGIN_WEEKS]
    groups, names = pd.factorize(touches["group_id"].fillna("none"), sort=True)
    agents, people = pd.factorize(touches["agent"], sort=True)
    touches = touches.assign(group=groups, agent=agents)
    presence = read_presence(touches, midnight=midnight, n_groups=len(names))
    touches = on_shift(touches, presence, midnight)
    pace = fit_pace(touches, n_agents=len(people))
    rows, order = touches[kept[touches["ticket"]]], np.flatnonzero(kept)
    priority_after, changes_after, changes_to = read_changes(tables, rows, priorities=priorities)
    target, penalty, calendar = promises_by_priority(
        tables, timelines, sla, health, priorities=priorities
    )
    return DeskHistory(
        arrived=created[order],
        day=day[order],
        priority=priority_codes(tables.tickets["priority"].to_numpy(object), priorities)[order],
        calendar=calendar[order],
        target=target[order],
        penalty=penalty[order],
        changes_after=changes_after[order],
        changes_to=changes_to[order],
        start=np.searchsorted(rows["ticket"], np.append(order, created.size)),
        priority_after=priority_after,
        **_routes(rows, pace, on_reopen=sla.on_reopen),
        attributes=read_attributes(tables, order),
        midnight=midnight,
        kind=_kinds(timelines, midnight, zone),
        **_presence(presence, pace),
        groups=tuple(map(str, names)),
        agents=tuple(map(str, people)),
        priorities=priorities,
    )


def _standing(sla: SlaConfig) -> tuple[str, ...]:
    """Categories of status in which the resolution clock stands."""
    return (*sla.pause_on.get("resolution", ()), "solved")


def _refuse_too_few(n_tickets: int) -> None:
    if n_tickets < LEAST_TICKETS:
        raise DataError(
            f"{n_tickets} tickets of the history show agents at work before its last "
            f"{MARGIN_WEEKS} weeks; a simulation needs {LEAST_TICKETS} (assignments to agents, or "
            "acts of agents with actor_id, in the events)"
        )


def _routes(rows: pd.DataFrame, pace: np.ndarray, *, on_reopen: str) -> dict[str, Any]:
    """Columns of the touches; work is that of a regular agent, a second at least."""
    work = (rows["minutes"] * 60e6 / pace[rows["agent"]]).to_numpy()
    return {
        "group": rows["group"].to_numpy(np.int64),
        "work": np.maximum(work, 1e6).astype(np.int64),
        "reply_share": rows["reply_share"].to_numpy(),
        "wait": rows["wait"].to_numpy(np.int64),
        "pauses": rows["pauses"].to_numpy(bool),
        "solves": np.where(rows["solves"], _REOPENED[on_reopen], GOES_ON).astype(np.int64),
    }


def _presence(presence: Presence, pace: np.ndarray) -> dict[str, Any]:
    """Who was there when, and at which pace in which group."""
    return {
        "present_day": presence.day,
        "present_agent": presence.agent,
        "shift_begin": presence.begin,
        "shift_end": presence.end,
        "skill": presence.skill,
        "pace": np.where(presence.serves, pace[presence.skill_agent][:, None], 0.0),
    }


def _days(instants: Int64, zone: str) -> tuple[Int64, Int64]:
    """Midnights from the first to the last local day, and the day of each instant."""
    local = pd.to_datetime(instants, unit="us", utc=True).tz_convert(ZoneInfo(zone))
    days = pd.date_range(local.min().normalize(), local.max().normalize(), freq="D")
    midnight = microseconds(pd.Series(days))
    return midnight, np.searchsorted(midnight, instants, side="right") - 1


def _kinds(timelines: Timelines, midnight: Int64, zone: str) -> Int64:
    """Weekday of each day; CLOSED where the calendar of most promises is not open at all."""
    calendars = ticket_calendars(timelines)
    hours = timelines.calendars[int(np.bincount(calendars[calendars >= 0]).argmax())]
    local = pd.to_datetime(midnight, unit="us", utc=True).tz_convert(ZoneInfo(zone))
    following = microseconds(pd.Series(local + pd.DateOffset(days=1)))
    is_open = elapsed(hours, midnight, following) > 0
    return np.where(is_open, local.day_of_week.to_numpy(), CLOSED).astype(np.int64)


def read_attributes(tables: Tables, rows: Int64) -> pd.DataFrame:
    """What a model may see of a ticket at creation: columns of few values, as categories."""
    tickets = tables.tickets
    names = [c for c in (*_COLUMNS, *tables.attributes) if c in tickets]
    found = {"tier": tiers_at_creation(tables), "priority": tickets["priority"]}
    for name in names:
        if 2 <= tickets[name].nunique() <= MOST_VALUES:
            found[name] = tickets[name]
    table = pd.DataFrame({k: np.asarray(v, dtype=object) for k, v in found.items()})
    return table.iloc[rows].reset_index(drop=True).astype("category")
