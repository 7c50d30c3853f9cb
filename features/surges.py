"""Facts of a window against the same window of the same hour of the week before.

A desk's week has a shape: a mean over four weeks makes every Monday morning look like an
incident, and hides one at night.
"""

import numpy as np

from features.sight import Sight
from features.spec import DAY, Feature, span
from features.streams import Floats
from features.windows import keyed, n_facts, place, window_rows

WEEK = 7 * DAY


@keyed
def hour_of_week_ratio(sight: Sight, feature: Feature) -> Floats:
    """Facts in the window over the mean of that window in the weeks before, 1 added to both.

    As many weeks as the trailing window holds, or as many as the history has seen whole
    windows of; null where that is none. Weeks are 168 hours: in the weeks after a change of
    clocks the usual is that of the neighbouring hour.
    """
    window, weeks = span(feature.window) or 0, (span(feature.trailing) or 0) // WEEK
    passed = sight.as_of - int(sight.history.about["origin"])
    n_weeks = np.clip((passed - window) // WEEK, 0, weeks)
    is_long_ago = bool((n_weeks == weeks).all())
    usual = np.zeros(sight.as_of.size)
    for week in range(1, weeks + 1):
        end = sight.rows(*place(feature), week * WEEK)
        begin = sight.rows(*place(feature), week * WEEK + window)
        then = n_facts(sight, feature.stream, feature.column, end, begin)
        usual += then if is_long_ago else (week <= n_weeks) * then
    found = n_facts(sight, feature.stream, feature.column, *window_rows(sight, feature))
    with np.errstate(invalid="ignore", divide="ignore"):
        surge = (found + 1.0) / (usual / n_weeks + 1.0)
    return np.where(n_weeks > 0, surge, np.nan)
