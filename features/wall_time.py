"""The clock on the wall in the desk's own zone."""

import numpy as np
import pandas as pd

from features.sight import Sight
from features.spec import DAY, HOUR, Feature
from features.streams import Floats, Int64

_MINUTE = HOUR // 60
_WEEKDAYS, _FIRST_WEEKDAY = 7, 3  # 1970 began on a Thursday


def local(sight: Sight, feature: Feature) -> Floats:
    """Hour of the day or day of the week (Monday is 0) of as_of or of the ticket's creation."""
    instants, _, part = feature.column.partition("/")
    wall = sight.once(("wall", instants), lambda: _wall(sight, instants))
    if part == "weekday":
        return ((wall // DAY + _FIRST_WEEKDAY) % _WEEKDAYS).astype(np.float64)
    return wall % DAY // HOUR + wall % HOUR // _MINUTE / 60


def _wall(sight: Sight, instants: str) -> Int64:
    """Microseconds on the clock on the wall, counted from 1970."""
    at = sight.as_of
    if instants == "created":
        at = sight.history.ticket_created_at[sight.ticket]
    times = pd.DatetimeIndex(at.view("datetime64[us]")).tz_localize("UTC")
    zone = sight.history.about["time_zone"]
    wall: Int64 = times.tz_convert(zone).tz_localize(None).to_numpy("datetime64[us]").view(np.int64)
    return wall
