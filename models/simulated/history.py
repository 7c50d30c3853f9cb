"""Fit a desk to a history: arrivals, promises, routes, waits, presence, skills and pace.

Hands-on work is not in a log: the business time from pick-up to the last act of the same agent
stands in for it (see `models.touches`), as far as it lies in the agent's shifts, divided by the
agent's pace. A reopening starts a new clock, goes on with the old one, or has none:
``sla.on_reopen``.

A simulated ticket comes with the priority that it came with, and is given others as it was: at the
end of the touch in which an agent did so, or so long after its creation. Targets of a new
priority count from the begin of the clock (also where ``sla.on_change`` is carry or restart).
"""

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from forewarn.config import SlaConfig
from forewarn.config.settings import HealthConfig
from forewarn.errors import DataError
from forewarn.schema import EVENT_KINDS, STATUS_CATEGORIES
from forewarn.simulation.donors import CLOSED, DeskHistory
from forewarn.simulation.plan import (
    GOES_ON,
    NEW_CLOCK,
    NO_CLOCK,
)
from forewarn.sla.events import Events, microseconds, read_events, text_codes
from forewarn.sla.intervals import elapsed
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables
from models.simulated.presence import Presence, fit_pace, read_presence, time_on_shift
from models.simulated.priorities import read_changes
from models.simulated.promises import priority_codes, promises_by_priority, tiers_at_creation
from models.touches import ticket_calendars, touch_instants

Int64 = np.ndarray
MARGIN_WEEKS = 4
"""Tickets of the last weeks are left out: their routes may not be over."""
LEAST_TICKETS = 500
LEAST_MINUTES, MOST_MINUTES = 0.5, 480.0
MOST_VALUES = 50
"""A text column with more values than this says nothing to a model here."""
_COLUMNS = ("category", "product", "channel", "type", "language", "description")
_BACK = ("new", "open")
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
    as_of = timelines.watermark + 1
    events = read_events(tables)
    standing = (*sla.pause_on.get("resolution", ()), "solved")
    touches = _touches(tables, timelines, events, as_of=as_of, standing=standing)
    created = microseconds(tables.tickets["created_at"])
    midnight, day = _days(created, zone)
    kept = np.isin(np.arange(created.size), touches["ticket"])
    kept &= day < midnight.size - 7 * MARGIN_WEEKS
    if kept.sum() < LEAST_TICKETS:
        raise DataError(
            f"{int(kept.sum())} tickets of the history show agents at work before its last "
            f"{MARGIN_WEEKS} weeks; a simulation needs {LEAST_TICKETS} (assignments to agents, or "
            "acts of agents with actor_id, in the events)"
        )
    midnight = midnight[: midnight.size - 7 * MARGIN_WEEKS]
    groups, names = pd.factorize(touches["group_id"].fillna("none"), sort=True)
    agents, people = pd.factorize(touches["agent"], sort=True)
    touches = touches.assign(group=groups, agent=agents)
    presence = read_presence(touches, midnight=midnight, n_groups=len(names))
    touches = _on_shift(touches, presence, midnight)
    pace = fit_pace(touches, n_agents=len(people))
    rows = touches[kept[touches["ticket"]]]
    order = np.flatnonzero(kept)
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
        group=rows["group"].to_numpy(np.int64),
        priority_after=priority_after,
        work=np.maximum((rows["minutes"] * 60e6 / pace[rows["agent"]]).to_numpy(), 1e6).astype(
            np.int64
        ),
        reply_share=rows["reply_share"].to_numpy(),
        wait=rows["wait"].to_numpy(np.int64),
        pauses=rows["pauses"].to_numpy(bool),
        solves=np.where(rows["solves"], _REOPENED[sla.on_reopen], GOES_ON).astype(np.int64),
        attributes=read_attributes(tables, order),
        midnight=midnight,
        kind=_kinds(timelines, midnight, zone),
        present_day=presence.day,
        present_agent=presence.agent,
        shift_begin=presence.begin,
        shift_end=presence.end,
        skill=presence.skill,
        pace=np.where(presence.serves, pace[presence.skill_agent][:, None], 0.0),
        groups=tuple(map(str, names)),
        agents=tuple(map(str, people)),
        priorities=priorities,
    )


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


def _touches(
    tables: Tables,
    timelines: Timelines,
    events: Events,
    *,
    as_of: int,
    standing: tuple[str, ...],
) -> pd.DataFrame:
    """One row per touch, with agent, business minutes, replied, wait, pauses and solves."""
    touches = touch_instants(tables, as_of=as_of)
    calendar = np.append(ticket_calendars(timelines), -1)
    own = calendar[np.minimum(touches["ticket"], calendar.size - 1)]
    begin, end = touches["begin"].to_numpy(), touches["end"].to_numpy()
    minutes = (end - begin) / 60e6
    for code, hours in enumerate(timelines.calendars):
        mine = np.flatnonzero(own == code)
        minutes[mine] = elapsed(hours, begin[mine], end[mine]) / 60e6
    wait, pauses, solves = _waits(tables, events, touches, standing)
    found = touches.assign(
        agent=_agents(tables, events, touches),
        minutes=minutes,
        replied=_replies(tables, events)[touches["ticket"]],
        wait=wait,
        pauses=pauses,
        solves=solves,
    )
    return found.dropna(subset="agent").reset_index(drop=True)


def _on_shift(touches: pd.DataFrame, presence: Presence, midnight: Int64) -> pd.DataFrame:
    """Minutes in the agent's shifts (business time where work lies outside), and reply_share."""
    agent = touches["agent"].to_numpy()
    begin, end, replied = (touches[c].to_numpy() for c in ("begin", "end", "replied"))
    inside = (replied >= begin) & (replied <= end)
    until = np.where(inside, replied, end)
    worked, heard = (
        time_on_shift(presence, agent, begin, at, midnight=midnight) / 60e6 for at in (end, until)
    )
    minutes = np.where(worked >= LEAST_MINUTES, worked, touches["minutes"])
    minutes = np.clip(minutes, LEAST_MINUTES, MOST_MINUTES)
    share = np.where(inside, np.clip(heard / minutes, 0.0, 1.0), np.nan)
    return touches.assign(minutes=minutes, reply_share=share)


def _replies(tables: Tables, events: Events) -> Int64:
    """Per ticket its first public reply by a person; NAT where there is none."""
    public = tables.ticket_events["is_public"].fillna(value=False).to_numpy(bool)[events.row]
    is_reply = (events.kind == EVENT_KINDS.index("agent_reply")) & ~events.is_automatic & public
    first = np.full(len(tables.tickets), NAT, np.int64)
    rows = np.flatnonzero(is_reply)[::-1]
    first[events.ticket[rows]] = events.occurred_at[rows]
    return first


def _agents(tables: Tables, events: Events, touches: pd.DataFrame) -> np.ndarray:
    """Who worked: the assignee of the event that begins the touch, else who acted."""
    frame = tables.ticket_events.iloc[events.row]
    is_assigned = (frame["kind"] == "assigned").to_numpy()
    who = np.where(is_assigned, frame["to_value"], frame["actor_id"])
    begins = pd.DataFrame({"ticket": events.ticket, "begin": events.occurred_at, "who": who,
                           "rank": ~is_assigned})  # fmt: skip
    begins = begins[pd.notna(begins["who"])].sort_values("rank", kind="stable")
    first = begins.drop_duplicates(["ticket", "begin"])
    found = touches.merge(first, how="left", on=["ticket", "begin"])["who"]
    return found.to_numpy(object)


def _waits(
    tables: Tables, events: Events, touches: pd.DataFrame, standing: tuple[str, ...]
) -> tuple[Int64, np.ndarray, np.ndarray]:
    """After each touch: microseconds until the ticket was back; whether its clock stood; solved."""
    status = text_codes(tables.ticket_events["to_value"], STATUS_CATEGORIES)[events.row]
    kinds = [EVENT_KINDS.index(k) for k in ("created", "status_changed", "solved", "reopened",
                                            "closed")]  # fmt: skip
    turns = np.flatnonzero(np.isin(events.kind, kinds) & (status >= 0))
    ticket, at = events.ticket[turns], events.occurred_at[turns]
    end, next_begin = touches["end"].to_numpy(), touches["begin"].shift(-1).to_numpy()
    own = touches["ticket"].to_numpy()
    has_next = np.append(own[1:] == own[:-1], [False])
    frame = pd.DataFrame({"ticket": ticket, "at": at, "status": status[turns]})
    after = _last_by(frame, "status", ticket=own, at=end)
    is_back = np.isin(frame["status"], [STATUS_CATEGORIES.index(s) for s in _BACK])
    back = frame[is_back].assign(back=at[is_back])
    until = np.where(has_next, next_begin, end).astype(np.int64)
    found = _last_by(back, "back", ticket=own, at=until)
    wait = np.where(has_next & (found > end), found - end, 0)
    codes = [STATUS_CATEGORIES.index(s) for s in standing]
    solves = after == STATUS_CATEGORIES.index("solved")
    return np.nan_to_num(wait).astype(np.int64), np.isin(after, codes), solves


def _last_by(facts: pd.DataFrame, name: str, *, ticket: Int64, at: Int64) -> np.ndarray:
    """Per row the ticket's last fact up to the instant; NaN where there is none."""
    asked = pd.DataFrame({"ticket": ticket, "at": at}).sort_values("at", kind="stable")
    joined = pd.merge_asof(
        asked.reset_index(), facts.sort_values("at", kind="stable"), on="at", by="ticket"
    )
    return joined.set_index("index").sort_index()[name].to_numpy(np.float64)
