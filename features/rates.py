"""Breach rates as of then, mixed with the overall rate."""

from features.sight import Sight
from features.spec import Feature, span
from features.streams import Floats, Int64, Stream
from features.windows import divide, keyed, place, window_rows

SMOOTHING = 10.0
"""Clocks of the overall rate that every rate is mixed with."""


def rate(sight: Sight, feature: Feature) -> Floats:
    """Breached clocks per clock that counts, smoothed; null where there is no such key."""
    name = ("rate", *place(feature), feature.window)
    return sight.once(name, lambda: _find_rate(sight, feature))


@keyed
def _find_rate(sight: Sight, feature: Feature) -> Floats:
    now, then = window_rows(sight, feature)
    return _smoothed(sight.stream(feature.stream), now, then, _overall(sight, feature))


def lift(sight: Sight, feature: Feature) -> Floats:
    """The rate less the overall rate: what is special, whatever the desk's level is."""
    return rate(sight, feature) - _overall(sight, feature)


def _overall(sight: Sight, feature: Feature) -> Floats:
    """The overall rate that a rate is mixed with; null while no clock counts.

    A windowed one is itself mixed with that of the whole history.
    """
    kind = feature.stream.partition("/")[0]
    return sight.once(("overall", kind, feature.window), lambda: _find_overall(sight, feature))


def _find_overall(sight: Sight, feature: Feature) -> Floats:
    name = f"{feature.stream.partition('/')[0]}/all"
    stream, now = sight.stream(name), sight.rows(name, "all+metric")
    base = divide(stream.numbers("breached", now), stream.numbers("n", now))
    back = span(feature.window)
    if back is None:
        return base
    return _smoothed(stream, now, sight.rows(name, "all+metric", back), base)


def _smoothed(stream: Stream, now: Int64, then: Int64, base: Floats) -> Floats:
    breached, n = (stream.grown(column, now, then) for column in ("breached", "n"))
    return (breached + SMOOTHING * base) / (n + SMOOTHING)
