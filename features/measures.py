"""How each measure is computed, for all observations at once."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from features.sight import Sight
from features.spec import HOUR, Feature, span
from features.streams import Floats, Int64, Values
from forewarn.sla.openings import NAT

Measured = Callable[[Sight, Feature], Values]
SMOOTHING = 10.0
"""Clocks of the overall rate that every matured rate is mixed with."""


def last(sight: Sight, feature: Feature) -> Values:
    """The column's latest value; codes below 0 are null."""
    values = sight.stream(feature.stream).take(feature.column, sight.rows(*_place(feature)))
    numbers = values.astype(np.float64)
    return numbers if values.dtype.kind == "f" else np.where(numbers < 0, np.nan, numbers)


def word(sight: Sight, feature: Feature) -> Values:
    """Codes of the latest text."""
    if feature.stream == "ticket":
        return sight.key(feature.column).astype(np.int32)
    codes = sight.stream(feature.stream).take(feature.column, sight.rows(*_place(feature)))
    return codes.astype(np.int32)


def age(sight: Sight, feature: Feature) -> Floats:
    """Hours since the latest fact; null where there is none."""
    at = sight.stream(feature.stream).at.take(sight.rows(*_place(feature)))
    return _hours_since(sight.as_of, at)


def since(sight: Sight, feature: Feature) -> Floats:
    """Hours since the instant in the column; null where it is not set."""
    instants = sight.stream(feature.stream).take(feature.column, sight.rows(*_place(feature)))
    return _hours_since(sight.as_of, instants.astype(np.int64))


def count(sight: Sight, feature: Feature) -> Floats:
    """Facts in the window."""
    now, then = _window(sight, feature)
    return _keyed(sight, feature, (now - then).astype(np.float64))


def local(sight: Sight, feature: Feature) -> Floats:
    """Hour of the day or day of the week (Monday is 0) of as_of or of the ticket's creation."""
    instants, _, part = feature.column.partition("/")
    at = sight.as_of
    if instants == "created":
        at = sight.history.ticket_created_at[sight.ticket]
    times = pd.DatetimeIndex(at.view("datetime64[us]")).tz_localize("UTC")
    wall = times.tz_convert(sight.history.about["time_zone"])
    if part == "weekday":
        return wall.dayofweek.to_numpy(np.float64)
    return (wall.hour + wall.minute / 60).to_numpy(np.float64)


def reading(sight: Sight, feature: Feature) -> Floats:
    """What the clock says; see _READINGS."""
    return _READINGS[feature.column](sight)


def _elapsed_share(sight: Sight) -> Floats:
    return sight.readings.share


def _remaining(sight: Sight) -> Floats:
    return sight.readings.remaining / HOUR


def _target(sight: Sight) -> Floats:
    return sight.readings.target / HOUR


def _until_due(sight: Sight) -> Floats:
    due_at = sight.readings.due_if_resumed_at
    return np.where(due_at == NAT, np.nan, (due_at - sight.as_of) / HOUR)


def _paused(sight: Sight) -> Floats:
    return sight.readings.paused / HOUR


def _age(sight: Sight) -> Floats:
    return (sight.as_of - sight.readings.started_at) / HOUR


_READINGS: Mapping[str, Callable[[Sight], Floats]] = {
    "elapsed_share": _elapsed_share,
    "remaining": _remaining,
    "target": _target,
    "until_due": _until_due,
    "paused": _paused,
    "age": _age,
}
MEASURED: Mapping[str, Measured] = {
    "last": last,
    "word": word,
    "age": age,
    "since": since,
    "count": count,
    "local": local,
    "reading": reading,
}


def _place(feature: Feature) -> tuple[str, str]:
    return feature.stream, feature.key


def _window(sight: Sight, feature: Feature) -> tuple[Int64, Int64]:
    """Rows at as_of and at the beginning of the window."""
    now = sight.rows(*_place(feature))
    back = span(feature.window)
    if back is None:
        return now, sight.root(*_place(feature))
    return now, sight.rows(*_place(feature), back)


def _keyed(sight: Sight, feature: Feature, values: Floats) -> Floats:
    """Null where the observation has no such key."""
    return np.where(sight.key(feature.key) < 0, np.nan, values)


def _hours_since(as_of: Int64, instants: Int64) -> Floats:
    return np.where(instants == NAT, np.nan, (as_of - instants) / HOUR)
