"""What a ticket has been through so far, beside its present state."""

import numpy as np

from features.sight import Sight
from features.spec import HOUR, Feature
from features.states import are_waiting
from features.streams import Floats
from features.windows import divide, place


def waiting_share(sight: Sight, feature: Feature) -> Floats:
    """Share of the time since the first fact that was spent in a waiting status."""
    stream, rows = sight.stream(feature.stream), sight.rows(*place(feature))
    since_row = stream.age(rows, sight.as_of)
    waits = are_waiting(stream.codes("status", rows))
    waited = stream.numbers(feature.column, rows) + np.where(waits, since_row, 0)
    root = sight.root(*place(feature))
    first = np.where(rows > root, root + 1, root)
    return divide(waited, stream.age(first, sight.as_of).astype(np.float64))


def first_gap(sight: Sight, feature: Feature) -> Floats:
    """Hours between the first two facts; null while there are fewer."""
    at = sight.stream(feature.stream).at
    rows, root = sight.rows(*place(feature)), sight.root(*place(feature))
    second = np.where(rows >= root + 2, root + 2, 1)
    return np.where(rows >= root + 2, (at.take(second) - at.take(second - 1)) / HOUR, np.nan)
