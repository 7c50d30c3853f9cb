"""Facts on clocks that are worth keeping: when each could be known, and when it was over."""

import numpy as np

from features.streams import Int64
from forewarn.sla.cycles import seen_each
from forewarn.sla.timelines import Timelines


def clock_spans(timelines: Timelines) -> tuple[Int64, Int64]:
    """Per clock from when it could be known, and the instant after which every reading ended it.

    The largest number where it has not ended.
    """
    known_at, over_at = (np.empty(len(timelines), np.int64) for _ in range(2))
    seen_each(
        timelines.lives, timelines.terms, timelines.openings, timelines.watermark, known_at, over_at
    )
    return known_at, over_at
