"""How many agents of a group are on shift: those whose shift's calendar is open at as_of."""

from collections.abc import Callable

import numpy as np

from features.sight import Sight
from features.spec import Feature
from features.streams import Floats, Int64
from features.windows import divide
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import Openings, next_open

Level = Callable[[Sight, Feature], Floats]


def shift_share(sight: Sight, feature: Feature) -> Floats:
    """Agents on shift over those whose shift is known."""
    return divide(*_agents(sight, feature.stream, feature.key))


def level_per_shift(sight: Sight, feature: Feature) -> Floats:
    """A level over the agents on shift; null where there are none."""
    stream = sight.stream(feature.stream)
    level = stream.numbers(feature.column, sight.rows(feature.stream, feature.key))
    on_shift, _ = _agents(sight, feature.of.rpartition("/")[0], feature.key)
    return divide(level, on_shift)


def _agents(sight: Sight, stream: str, key: str) -> tuple[Floats, Floats]:
    """Agents of the holder on shift at as_of, and all of it whose shift is known."""
    shifts: list[int] = sight.history.about["shifts"]
    holder, members = sight.key(key), sight.stream(stream)
    on_shift, known = np.zeros(holder.size), np.zeros(holder.size)
    for place, calendar in enumerate(shifts):
        keys = np.where(holder < 0, -1, holder * len(shifts) + place)
        n = members.numbers("n", members.last_before(keys, sight.as_of))
        known += n
        on_shift += np.where(_is_open(sight, calendar), n, 0)
    return on_shift, known


def _is_open(sight: Sight, calendar: int) -> Int64:
    """1 where the configured calendar (its row in the versions) is open at as_of."""
    timelines = sight.history.timelines
    version = np.searchsorted(timelines.version_from[1:], sight.as_of, side="right")
    compiled_one = timelines.calendar_versions[calendar, version].astype(np.int64)
    out = np.empty(sight.as_of.size, np.int64)
    _mark_open(timelines.openings, compiled_one, sight.as_of, out)
    return out


@compiled
def _mark_open(hours: Openings, calendar: Int64, instants: Int64, out: Int64) -> None:
    for i in range(out.size):
        out[i] = next_open(hours, calendar[i], instants[i]) == instants[i]
