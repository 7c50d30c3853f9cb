"""How each measure is computed, for all observations at once."""

from collections.abc import Callable, Mapping

import numpy as np

from features.catalogue import declared_features
from features.python import compute, python_features
from features.rates import lift, rate
from features.readings import READINGS, opening
from features.shifts import level_per_shift, shift_share
from features.sight import Sight
from features.so_far import first_gap, waiting_share
from features.spec import HOUR, Feature, span
from features.streams import Floats, Int64, Stream, Values
from features.surges import hour_of_week_ratio
from features.trends import mean_change, slope
from features.wall_time import local
from features.windows import divide, keyed, n_facts, place, total, window_rows
from forewarn.errors import DataError
from forewarn.sla.openings import NAT

Measured = Callable[[Sight, Feature], Values]


def last(sight: Sight, feature: Feature) -> Values:
    """The column's latest value; codes below 0 are null."""
    values = sight.stream(feature.stream).take(feature.column, sight.rows(*place(feature)))
    numbers = values.astype(np.float64)
    return numbers if values.dtype.kind == "f" else np.where(numbers < 0, np.nan, numbers)


def word(sight: Sight, feature: Feature) -> Values:
    """Codes of the latest text."""
    if feature.stream == "ticket":
        return sight.key(feature.column).astype(np.int32)
    codes = sight.stream(feature.stream).take(feature.column, sight.rows(*place(feature)))
    return codes.astype(np.int32)


def number(sight: Sight, feature: Feature) -> Floats:
    """What the ticket came with."""
    values: Floats = sight.history.arrays[f"number/{feature.column}"].take(sight.ticket)
    return values


def age(sight: Sight, feature: Feature) -> Floats:
    """Hours since the latest fact; null where there is none."""
    at = sight.stream(feature.stream).instants(sight.rows(*place(feature)))
    return _hours_since(sight.as_of, at)


def since(sight: Sight, feature: Feature) -> Floats:
    """Hours since the instant in the column (until it, negative); null where it is not set."""
    instants = sight.stream(feature.stream).take(feature.column, sight.rows(*place(feature)))
    return _hours_since(sight.as_of, instants.astype(np.int64))


def held(sight: Sight, feature: Feature) -> Floats:
    """Hours since the row that the column names, counted from the root; null for the root."""
    stream, rows = sight.stream(feature.stream), sight.root(*place(feature))
    rows = rows + stream.whole(feature.column, sight.rows(*place(feature)))
    return _hours_since(sight.as_of, stream.at.take(rows))


@keyed
def count(sight: Sight, feature: Feature) -> Floats:
    """Facts in the window."""
    now, then = window_rows(sight, feature)
    return n_facts(sight, feature.stream, feature.column, now, then)


@keyed
def sum_of(sight: Sight, feature: Feature) -> Floats:
    """Sum of a summed column over the facts of the window."""
    return total(sight, feature, *window_rows(sight, feature))


def mean(sight: Sight, feature: Feature) -> Floats:
    """Mean of a summed column over the facts of the window; null where there are none."""
    now, then = window_rows(sight, feature)
    n = n_facts(sight, feature.stream, feature.of, now, then)
    return divide(total(sight, feature, now, then), n)


def median(sight: Sight, feature: Feature) -> Floats:
    """Median of what a column sums over the facts of the window; null where there are none."""
    now, then = window_rows(sight, feature)
    stream, medians = sight.stream(feature.stream), sight.history.medians[feature.stream]
    begin, end = (stream.whole(feature.of, rows) for rows in (then, now))
    return medians.between(sight.key(feature.key), begin, end)


def change(sight: Sight, feature: Feature) -> Floats:
    """The latest value less the latest one of a window ago; null where either is missing."""
    now, then = window_rows(sight, feature)
    return total(sight, feature, now, then)


@keyed
def level(sight: Sight, feature: Feature) -> Floats:
    """A running sum at as_of."""
    rows = sight.rows(*place(feature))
    return sight.stream(feature.stream).numbers(feature.column, rows)


def level_share(sight: Sight, feature: Feature) -> Floats:
    """One level over another, both at as_of; null where that is 0 or less."""
    stream, _, column = feature.of.rpartition("/")
    rows = sight.rows(stream, feature.key)
    below = sight.stream(stream).numbers(column, rows)
    return divide(level(sight, feature), below)


@keyed
def level_ratio(sight: Sight, feature: Feature) -> Floats:
    """A level over its mean over the window (1 is added to both): 1 is as usual."""
    back, stream = sight.back(feature.window), sight.stream(feature.stream)
    now, then = sight.rows(*place(feature)), sight.rows_back(*place(feature), feature.window)
    area = _area(stream, feature.column, now, sight.as_of)
    area -= _area(stream, feature.column, then, sight.as_of - back)
    usual = area / back
    return (stream.numbers(feature.column, now) + 1.0) / (usual + 1.0)


def _area(stream: Stream, level: str, rows: Int64, instants: Int64) -> Int64:
    """The level summed over time up to the instants, µs; it may have wrapped around."""
    passed = stream.whole(level, rows) * stream.age(rows, instants)
    return stream.whole("open_time", rows) + passed


@keyed
def ratio(sight: Sight, feature: Feature) -> Floats:
    """Facts in the window over those to expect (1 is added to both): 1 is as usual.

    Expected: the mean rate of the trailing window, or of the history where it is shorter.
    """
    window = span(feature.window) or 0
    now, then = window_rows(sight, feature)
    least = max(window, HOUR)
    before = sight.rows_back(*place(feature), feature.trailing, least=least)
    found = n_facts(sight, feature.stream, feature.column, now, then)
    usual = n_facts(sight, feature.stream, feature.column, now, before)
    expected = usual * (window / sight.back(feature.trailing, least=least))
    return (found + 1.0) / (expected + 1.0)


def reading(sight: Sight, feature: Feature) -> Floats:
    """What the clock says; see ``features.readings``."""
    return READINGS[feature.column](sight)


def python(sight: Sight, feature: Feature) -> Floats:
    """What the user's function says, given other features as of the same observations."""
    declared = {f.name: f for f in declared_features(sight.history)}

    def of(name: str) -> Floats:
        asked = declared.get(name)
        if asked is None or asked.is_category or asked.measure == "python":
            raise DataError(f"feature {feature.name!r} asks for {name!r}: no number is so named")
        return MEASURED[asked.measure](sight, asked).astype(np.float64)

    coded = python_features(sight.history.about["python"])[feature.name]
    return compute(coded, of, size=sight.clock.size)


MEASURED: Mapping[str, Measured] = {
    "last": last,
    "word": word,
    "number": number,
    "age": age,
    "since": since,
    "held": held,
    "count": count,
    "sum": sum_of,
    "mean": mean,
    "median": median,
    "mean_change": mean_change,
    "change": change,
    "slope": slope,
    "first_gap": first_gap,
    "waiting_share": waiting_share,
    "level": level,
    "level_share": level_share,
    "level_per_shift": level_per_shift,
    "shift_share": shift_share,
    "level_ratio": level_ratio,
    "ratio": ratio,
    "hour_of_week_ratio": hour_of_week_ratio,
    "rate": rate,
    "lift": lift,
    "local": local,
    "reading": reading,
    "opening": opening,
    "python": python,
}


def _hours_since(as_of: Int64, instants: Int64) -> Floats:
    return np.where(instants == NAT, np.nan, (as_of - instants) / HOUR)
