"""Escalations: which levels are due, at which instant, each once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from forewarn.config import SlaConfig
from forewarn.sla.escalation_levels import Key, Reached, reached_levels
from forewarn.sla.intervals import OpenIntervals
from forewarn.sla.timelines import Timelines

__all__ = [
    "OLD",
    "SPENT",
    "Escalation",
    "Key",
    "Reached",
    "due_escalations",
    "reached_levels",
    "recipient_hours",
]

SPENT = "the budget was spent when the promise was made"
OLD = "reached before forewarn was installed"


@dataclass(frozen=True)
class Escalation:
    """A level that is due. ``due_at``: when its recipient could first be told, in microseconds.

    ``suppressed``: why nobody is told; null where somebody is. Both are to be recorded.
    """

    key: Key
    to: str
    reached_at: int
    due_at: int
    suppressed: str | None


def due_escalations(
    reached: Collection[Reached],
    *,
    hours: Mapping[str, OpenIntervals],
    as_of: int,
    already: Collection[Key] = frozenset(),
    installed_at: int | None = None,
) -> list[Escalation]:
    """The levels that are due by ``as_of`` and not raised ``already``, in the order of due_at.

    ``hours``: the recipients' calendars. A level that is reached outside of them is due at
    their next opening. ``installed_at``: of forewarn; what was reached by then is suppressed.
    """
    raised, due = frozenset(already), {}
    for level in reached:
        due_at = _next_opening(hours, level)
        if level.key in raised or due_at is None or due_at > as_of:
            continue
        is_old = installed_at is not None and level.reached_at <= installed_at
        why = SPENT if level.is_spent else OLD if is_old else None
        due[level.key] = Escalation(level.key, level.to, level.reached_at, due_at, why)
    return sorted(due.values(), key=lambda found: (found.due_at, found.key))


def recipient_hours(timelines: Timelines, sla: SlaConfig) -> dict[str, OpenIntervals]:
    """The configured calendars by name, as ``due_escalations`` asks for them."""
    newest = timelines.calendar_versions[1:, -1]
    return {name: timelines.calendars[i] for name, i in zip(sla.calendars, newest, strict=True)}


def _next_opening(hours: Mapping[str, OpenIntervals], level: Reached) -> int | None:
    """The least instant from when it was reached on at which the recipient is there."""
    if level.hours is None:
        return level.reached_at
    calendar = hours[level.hours]
    i = int(np.searchsorted(calendar.ends, level.reached_at, side="right"))
    return max(level.reached_at, int(calendar.starts[i])) if i < calendar.starts.size else None
