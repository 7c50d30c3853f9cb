"""What the clock itself says at as_of, and where as_of lies in its opening hours."""

from collections.abc import Callable, Mapping

import numpy as np

from features.sight import Sight
from features.spec import DAY, HOUR, Feature
from features.streams import Floats, Int64
from forewarn.sla.clock import PAUSED
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT, Openings, last_start, next_open, opened_before


def elapsed_share(sight: Sight) -> Floats:
    """Open time that has run, over the budget."""
    share = sight.readings.share
    return np.where(np.isfinite(share), share, np.nan)


def remaining(sight: Sight) -> Floats:
    """Open hours left; negative once broken."""
    return sight.readings.remaining / HOUR


def target(sight: Sight) -> Floats:
    """The budget in open hours."""
    return sight.readings.target / HOUR


def until_due(sight: Sight) -> Floats:
    """Wall hours until the deadline, as if a paused clock resumed now."""
    due_at = sight.readings.due_if_resumed_at
    return np.where(due_at == NAT, np.nan, (due_at - sight.as_of) / HOUR)


def closed_before_due(sight: Sight) -> Floats:
    """Share of the time until the deadline in which the desk is closed."""
    wall = until_due(sight)
    opened = np.full(wall.size, np.nan)
    np.divide(remaining(sight), wall, out=opened, where=wall > 0)
    closed: Floats = np.clip(1.0 - opened, 0.0, 1.0)
    return closed


def paused(sight: Sight) -> Floats:
    """Open hours on hold so far."""
    return sight.readings.paused / HOUR


def is_paused(sight: Sight) -> Floats:
    """1 while the clock is on hold."""
    return np.where(sight.readings.state == PAUSED, 1.0, 0.0)


def age(sight: Sight) -> Floats:
    """Wall hours since the clock started."""
    return (sight.as_of - sight.readings.started_at) / HOUR


def cycle(sight: Sight) -> Floats:
    """1 for a ticket's first clock of the metric, 2 after its first reopening, as then known."""
    return sight.history.timelines.clock_cycle[sight.clock].astype(np.float64)


READINGS: Mapping[str, Callable[[Sight], Floats]] = {
    "elapsed_share": elapsed_share,
    "remaining": remaining,
    "target": target,
    "until_due": until_due,
    "closed_before_due": closed_before_due,
    "paused": paused,
    "is_paused": is_paused,
    "age": age,
    "cycle": cycle,
}


def opening(sight: Sight, feature: Feature) -> Floats:
    """``until_closing``, ``until_opening`` or ``next_day`` in hours, by the clock's calendar."""
    timelines = sight.history.timelines
    calendar = timelines.calendar_of(sight.readings.terms.astype(np.int64), sight.as_of)
    out = np.empty((3, sight.as_of.size), np.int64)
    _look_ahead(timelines.openings, calendar, sight.as_of, out)
    chosen = out[("until_closing", "until_opening", "next_day").index(feature.column)]
    return np.where(chosen == NAT, np.nan, chosen / HOUR)


@compiled
def _look_ahead(hours: Openings, calendar: Int64, as_of: Int64, out: Int64) -> None:
    for i in range(as_of.size):
        now = as_of[i]
        starts = next_open(hours, calendar[i], now)
        out[0, i] = out[1, i] = NAT
        if starts == now:
            ends = hours.ends[last_start(hours, calendar[i], now)]
            out[0, i] = ends - now if ends - now < 7 * DAY else NAT
            out[1, i] = 0
        elif starts != NAT:
            out[0, i] = 0
            out[1, i] = starts - now
        later = opened_before(hours, calendar[i], now + DAY)
        out[2, i] = later - opened_before(hours, calendar[i], now)
