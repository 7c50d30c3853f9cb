"""What measures share: the rows where a window begins and ends, keys that are missing, division."""

from collections.abc import Callable
from functools import wraps

import numpy as np

from features.sight import Sight
from features.spec import HOUR, Feature, span
from features.streams import Floats, Int64

Measured = Callable[[Sight, Feature], Floats]


def place(feature: Feature) -> tuple[str, str]:
    """The stream and the key that a declaration asks."""
    return feature.stream, feature.key


def window_rows(sight: Sight, feature: Feature) -> tuple[Int64, Int64]:
    """Rows at as_of and at the beginning of the window; the facts of the window lie between."""
    now = sight.rows(*place(feature))
    back = span(feature.window)
    if back is None:
        return now, sight.root(*place(feature))
    return now, sight.rows(*place(feature), back)


def n_facts(sight: Sight, stream: str, column: str, now: Int64, then: Int64) -> Floats:
    """How many facts lie between two rows: by the column that counts them, or by rows."""
    of = sight.stream(stream)
    if column:
        return of.grown(column, now, then)
    return of.between(now, then).astype(np.float64)


def total(sight: Sight, feature: Feature, now: Int64, then: Int64) -> Floats:
    """How much the column grew between two rows, times in hours: its sum over the facts."""
    stream = sight.stream(feature.stream)
    grown = stream.grown(feature.column, now, then)
    return grown / HOUR if stream.columns[feature.column].dtype == np.int64 else grown


def keyed(measure: Measured) -> Measured:
    """The measure, null where the observation has no such key: there it need not be asked."""

    @wraps(measure)
    def of_keys(sight: Sight, feature: Feature) -> Floats:
        missing = sight.missing(feature.key)
        if missing.size and missing.size == sight.as_of.size:
            return np.full(missing.size, np.nan)
        values = measure(sight, feature)
        values[missing] = np.nan
        return values

    return of_keys


def divide(above: Floats, below: Floats) -> Floats:
    """A quotient, null where the lower number is 0 or less."""
    out = np.full(below.size, np.nan)
    np.divide(above, below, out=out, where=below > 0)
    return out
