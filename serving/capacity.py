"""Who is at work, and how much of the queue each group can be expected to finish today.

A group's capacity is the time that its agents have left in today's shifts: those that are on
now or begin before the day ends in the report's zone, a night shift to its end; of one that
lasts longer than a day, as around the clock, what is left until midnight. Absent agents have
none; whoever serves several groups shares out equally. Down the ranked list of the group,
tickets count as today's while their expected work fits into that time.
"""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from features.history import History
from features.observations import micros
from forewarn.config import Config
from forewarn.served import groups_served
from forewarn.sla.intervals import OpenIntervals
from forewarn.sla.known_then import facts_then
from forewarn.tables import Tables

ABSENT = "absent"
"""The shift of an agent who is away until a later fact names another."""
_MINUTE, _DAY = 60_000_000, 86_400_000_000
_ROSTER = (
    "agent_id", "group_id", "also_serves", "shift", "is_absent", "is_on_shift", "minutes_left"
)  # fmt: skip


def read_roster(
    history: History, config: Config, tables: Tables | None, *, as_of: pd.Timestamp
) -> pd.DataFrame:
    """One row per agent who is in a group, by id, as known before ``as_of``.

    agent_id, group_id, also_serves (further groups, null where there are none), shift, is_absent,
    and is_on_shift and minutes_left of today, in all groups together; both null where neither the
    shift nor ``queue.working_hours`` names a calendar.
    """
    if tables is None:
        return pd.DataFrame(columns=list(_ROSTER))
    known = facts_then(tables.agents, "agent_id", as_of=as_of)
    agents = known[known["group_id"].notna()].reset_index(drop=True)
    is_absent = agents["shift"] == ABSENT
    names = agents["shift"].where(agents["shift"].isin(config.sla.calendars), None)
    names = names.fillna(config.queue.working_hours)
    left, on = {}, {}
    for name in sorted(set(names.dropna())):
        hours = _hours(history, config, name, as_of=as_of)
        left[name], on[name] = _left_today(hours, as_of, config.report.time_zone)
    minutes = pd.Series([left.get(name, np.nan) for name in names], agents.index, dtype="float64")
    on_shift = pd.Series([on.get(name) for name in names], agents.index, dtype=object)
    return agents.assign(
        is_absent=is_absent,
        is_on_shift=on_shift.mask(is_absent, other=False),
        minutes_left=minutes.mask(is_absent, 0.0),
    )[list(_ROSTER)]


def _hours(history: History, config: Config, name: str, *, as_of: pd.Timestamp) -> OpenIntervals:
    """The calendar's intervals, by the version that holds at ``as_of``."""
    timelines = history.timelines
    row = 1 + list(config.sla.calendars).index(name)
    version = np.searchsorted(timelines.version_from[1:], micros(as_of), side="right")
    return timelines.calendars[int(timelines.calendar_versions[row, version])]


def _left_today(hours: OpenIntervals, as_of: pd.Timestamp, time_zone: str) -> tuple[float, bool]:
    """Minutes left of the intervals that begin before the day ends, and whether one is on.

    Of one that is longer than a day only those up to midnight.
    """
    zone = ZoneInfo(time_zone)
    tomorrow = as_of.tz_convert(zone).date() + dt.timedelta(days=1)
    midnight = micros(pd.Timestamp(dt.datetime.combine(tomorrow, dt.time(), zone)))
    now = micros(as_of)
    today = (hours.ends > now) & (hours.starts < midnight)
    starts, ends = hours.starts[today], hours.ends[today]
    ends = np.where(ends - starts > _DAY, np.minimum(ends, midnight), ends)
    left = (ends - np.maximum(starts, now)).sum() / _MINUTE
    return float(left), bool((starts <= now).any())


def plan_today(queue: pd.DataFrame, roster: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Per group its capacity, and the queue with ``is_today``.

    Capacity: group_id, n_agents, n_present (with minutes left), minutes_left (null where no
    agent's are known), n_ranked and n_today (null where time or work is not known). An agent
    counts in every group served, with an equal share of the minutes. ``is_today`` is null with
    n_today, and for tickets that are not ranked.
    """
    serving = _by_group(roster)
    ranked = queue[(queue["list"] == "ranked") & queue["group_id"].notna()]
    groups = sorted({*ranked["group_id"], *serving["group_id"]})
    rows, fits = [], pd.Series(None, queue.index, dtype=object)
    for group in groups:
        agents = serving[serving["group_id"] == group]
        tickets = ranked[ranked["group_id"] == group]
        minutes = agents["minutes_left"].astype("float64").sum(min_count=1)
        spent = tickets["expected_minutes"].astype("float64").cumsum()
        is_known = pd.notna(minutes) and tickets["expected_minutes"].notna().all()
        if is_known:
            fits[tickets.index] = (spent <= minutes).tolist()
        rows.append(
            {
                "group_id": group,
                "n_agents": len(agents),
                "n_present": int((agents["minutes_left"].astype("float64") > 0).sum()),
                "minutes_left": minutes,
                "n_ranked": len(tickets),
                "n_today": int((spent <= minutes).sum()) if is_known else None,
            }
        )
    columns = ["group_id", "n_agents", "n_present", "minutes_left", "n_ranked", "n_today"]
    return pd.DataFrame(rows, columns=columns), queue.assign(is_today=fits)


def _by_group(roster: pd.DataFrame) -> pd.DataFrame:
    """One row per agent and group served: group_id, and the share of minutes_left for it."""
    told = zip(roster["group_id"], roster["also_serves"], strict=True)
    served = pd.Series([groups_served(*of_agent) for of_agent in told], roster.index, dtype=object)
    share = roster["minutes_left"].astype("float64") / served.map(len).astype("float64")
    shared = roster.assign(group_id=served, minutes_left=share)
    return shared.explode("group_id", ignore_index=True)
