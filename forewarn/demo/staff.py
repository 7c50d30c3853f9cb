"""Agents, their shifts and absences, and the two tables that tell of them."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forewarn.demo.catalogue import GROUPS, HOLIDAYS, SENIORITY, SHIFTS, ZONE

VACATION_WEEKS = 4
SICK_SHARE = 0.015


@dataclass(frozen=True)
class Staff:
    """Who works when. Arrays per agent hold epoch seconds, in order of time.

    ``starts``, ``ends``: working windows; ``groups``: the group served in each;
    ``released``: until when a touch begun in a window can go on without a day's absence.
    """

    agent_ids: tuple[str, ...]
    speeds: tuple[float, ...]
    starts: tuple[list[int], ...]
    ends: tuple[list[int], ...]
    groups: tuple[list[int], ...]
    released: tuple[list[int], ...]
    agents: pd.DataFrame
    group_table: pd.DataFrame

    def capacity_minutes(self, until: int) -> np.ndarray:
        """Working minutes of each group up to an instant."""
        minutes = np.zeros(len(GROUPS))
        for starts, ends, groups in zip(self.starts, self.ends, self.groups, strict=True):
            for start, end, group in zip(starts, ends, groups, strict=True):
                minutes[group] += max(0, min(end, until) - start) / 60
        return minutes


def is_workday(day: dt.date) -> bool:
    """True on the days on which the desk is staffed."""
    return day.weekday() < 5 and day not in HOLIDAYS


def local_seconds(day: dt.date, minute: int) -> int:
    """Epoch seconds of a local wall time, given in minutes after midnight."""
    wall = dt.datetime.combine(day, dt.time(minute // 60, minute % 60), tzinfo=ZONE)
    return int(wall.timestamp())


def hire_staff(rng: np.random.Generator, *, first: dt.date, last: dt.date) -> Staff:
    """Agents of all groups with their working windows from ``first`` to ``last``."""
    days = [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]
    home = [g for g, (_, _, size) in enumerate(GROUPS) for _ in range(size)]
    ids = tuple(f"A{i + 1:02d}" for i in range(len(home)))
    shifts = [tuple(SHIFTS)[i % len(SHIFTS)] for i in range(len(home))]
    levels = [str(level) for level in rng.choice(list(SENIORITY), len(home), p=(0.25, 0.5, 0.25))]
    away = _absences(rng, home, days)
    moved_on = days[len(days) * 3 // 5]
    windows = []
    for i, group in enumerate(home):
        later = _later_group(home, i)
        worked = [d for d in days if is_workday(d) and d not in away[i]]
        windows.append(_windows(worked, shifts[i], home=group, later=later, moved_on=moved_on))
    agents = _agents_table(ids, home, levels, shifts, first=first, moved_on=moved_on)
    return Staff(
        ids,
        tuple(SENIORITY[level] for level in levels),
        tuple(w[0] for w in windows),
        tuple(w[1] for w in windows),
        tuple(w[2] for w in windows),
        tuple(_released(w[0], w[1], days, away[i]) for i, w in enumerate(windows)),
        agents,
        _groups_table(first),
    )


def _later_group(home: list[int], agent: int) -> int:
    """Two agents of the service desk and of integrations change places for the last months."""
    moves = {home.index(1) - 1: 2, home.index(3) - 1: 0}
    return moves.get(agent, home[agent])


def _absences(
    rng: np.random.Generator, home: list[int], days: list[dt.date]
) -> list[frozenset[dt.date]]:
    """Days away per agent: in one group only one is on vacation in any week."""
    n_weeks = len(days) // 7 + 1
    orders = [rng.permutation(max(n_weeks, 52)) for _ in GROUPS]
    seen = [0] * len(GROUPS)
    away = []
    for group in home:
        place = seen[group] * VACATION_WEEKS
        weeks = {int(w) for w in orders[group][place : place + VACATION_WEEKS]}
        seen[group] += 1
        sick = rng.random(len(days)) < SICK_SHARE
        away.append(frozenset(d for i, d in enumerate(days) if i // 7 in weeks or sick[i]))
    return away


def _windows(
    worked: list[dt.date], shift: str, *, home: int, later: int, moved_on: dt.date
) -> tuple[list[int], list[int], list[int]]:
    pairs = [(day, window) for day in worked for window in SHIFTS[shift]]
    starts = [local_seconds(day, window[0]) for day, window in pairs]
    ends = [local_seconds(day, window[1]) for day, window in pairs]
    return starts, ends, [later if day >= moved_on else home for day, _ in pairs]


def _released(
    starts: list[int], ends: list[int], days: list[dt.date], away: frozenset[dt.date]
) -> list[int]:
    """End of the last window before the next workday that the agent misses, per window."""
    missed = [local_seconds(d, 0) for d in days if is_workday(d) and d in away]
    breaks = np.searchsorted(missed, starts) if missed else np.zeros(len(starts), int)
    last: dict[int, int] = {}
    for end, block in zip(ends, breaks, strict=True):
        last[int(block)] = end
    return [last[int(block)] for block in breaks]


def _agents_table(
    ids: tuple[str, ...],
    home: list[int],
    levels: list[str],
    shifts: list[str],
    *,
    first: dt.date,
    moved_on: dt.date,
) -> pd.DataFrame:
    start, moved = (
        pd.Timestamp(local_seconds(d, 0), unit="s", tz="UTC") for d in (first, moved_on)
    )
    rows = [
        (agent, start, start, GROUPS[group][0], level, shift)
        for agent, group, level, shift in zip(ids, home, levels, shifts, strict=True)
    ]
    rows += [
        (agent, moved, moved, GROUPS[_later_group(home, i)][0], levels[i], shifts[i])
        for i, agent in enumerate(ids)
        if _later_group(home, i) != home[i]
    ]
    columns = ["agent_id", "occurred_at", "known_at", "group_id", "seniority", "shift"]
    return pd.DataFrame(rows, columns=columns)


def _groups_table(first: dt.date) -> pd.DataFrame:
    start = pd.Timestamp(local_seconds(first, 0), unit="s", tz="UTC")
    rows = [(group, start, start, name, "business") for group, name, _ in GROUPS]
    columns = ["group_id", "occurred_at", "known_at", "name", "calendar"]
    return pd.DataFrame(rows, columns=columns)
