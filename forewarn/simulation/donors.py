"""A fitted desk: what a history tells of arrivals, work, waits and presence, day by day.

Nothing is smoothed into a law: simulated weeks are weeks of the history. A day lends its
arrivals (with incidents and quiet hours as they were), each ticket lends its route, and the
agents who were there lend their presence. What a model could learn from a ticket, it can learn
from a simulated one.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forewarn.simulation.plan import Bools, Floats, Int64

CLOSED = 7
"""Kind of a day on which the desk is closed; else the weekday, Monday is 0."""


@dataclass(frozen=True)
class DeskHistory:
    """Arrays as in `Plan` for the tickets of a history, and its days.

    ``day``: per ticket the position of its local day. ``attributes``: one row per ticket, what
    is known of it at creation. ``midnight`` (microseconds) and ``kind`` per day.

    One row per agent and day with work: ``present_day``, ``present_agent``, ``shift_begin`` and
    ``shift_end`` (microseconds after midnight), ``skill`` (row of ``pace``).
    """

    arrived: Int64
    day: Int64
    priority: Int64
    calendar: Int64
    target: Int64
    penalty: Floats
    changes_after: Int64
    changes_to: Int64
    start: Int64
    group: Int64
    priority_after: Int64
    work: Int64
    reply_share: Floats
    wait: Int64
    pauses: Bools
    solves: Int64
    attributes: pd.DataFrame
    midnight: Int64
    kind: Int64
    present_day: Int64
    present_agent: Int64
    shift_begin: Int64
    shift_end: Int64
    skill: Int64
    pace: Floats
    groups: tuple[str, ...]
    agents: tuple[str, ...]
    priorities: tuple[str, ...]

    @property
    def n_groups(self) -> int:
        """Groups that anybody works in."""
        return len(self.groups)


def summary(history: DeskHistory) -> dict[str, object]:
    """The fitted parameters in numbers that a person can check."""
    minutes = history.work / 60e6
    open_days = int((history.kind != CLOSED).sum())
    n_touches = np.diff(history.start)
    per_group = {
        name: {
            "touches": int((history.group == g).sum()),
            "mean_minutes": round(float(minutes[history.group == g].mean()), 2),
            "log_spread": round(float(np.log(minutes[history.group == g]).std()), 3),
        }
        for g, name in enumerate(history.groups)
        if (history.group == g).any()
    }
    hours = (history.arrived - history.midnight[history.day]) // 3_600_000_000
    return {
        "tickets": int(history.arrived.size),
        "open_days": open_days,
        "tickets_per_open_day": round(history.arrived.size / max(open_days, 1), 2),
        "arrivals_by_hour": np.bincount(np.clip(hours, 0, 23), minlength=24).tolist(),
        "touches_per_ticket": round(float(n_touches.mean()), 3),
        "agents": len(history.agents),
        "agents_present": round(len(history.present_day) / max(open_days, 1), 2),
        "groups": per_group,
        "share_of_waits": round(float((history.wait > 0).mean()), 3),
    }
