"""Where a value is going: the slope of a line through its facts, and means of two windows."""

import numpy as np

from features.sight import Sight
from features.spec import DAY, Feature, span
from features.streams import Floats, Int64
from features.windows import divide, n_facts, place, total, window_rows
from forewarn.sla.compiled import compiled


def slope(sight: Sight, feature: Feature) -> Floats:
    """The least squares line through the facts of the window: its rise per day.

    Null where the window has no two facts at different instants. Facts count at the instant
    from which they are visible. Made for streams of few facts: it reads each in the window.
    """
    now, then = window_rows(sight, feature)
    stream = sight.stream(feature.stream)
    values = stream.columns[feature.column].astype(np.float64, copy=False)
    out = np.full(now.size, np.nan)
    _slopes(stream.at, values, then, now, out)
    return out


def mean_change(sight: Sight, feature: Feature) -> Floats:
    """Mean over the window less the mean over the rest of the trailing window before it."""
    now, then = window_rows(sight, feature)
    before = sight.rows(*place(feature), span(feature.trailing) or 0)
    means = [
        divide(total(sight, feature, end, begin), n_facts(sight, feature.stream, "", end, begin))
        for end, begin in ((now, then), (then, before))
    ]
    change: Floats = means[0] - means[1]
    return change


@compiled
def _slopes(at: Int64, values: Floats, then: Int64, now: Int64, out: Floats) -> None:
    for i in range(out.size):
        first, last = then[i] + 1, now[i]
        if last <= first:
            continue
        n = last - first + 1
        mean_at = mean_value = 0.0
        for row in range(first, last + 1):
            mean_at += (at[row] - at[first]) / DAY / n
            mean_value += values[row] / n
        above = below = 0.0
        for row in range(first, last + 1):
            off = (at[row] - at[first]) / DAY - mean_at
            above += off * (values[row] - mean_value)
            below += off * off
        if at[last] > at[first]:
            out[i] = above / below
