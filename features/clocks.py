"""Facts on clocks that are worth keeping: when each could be known, and when it was over."""

import numpy as np

from features.streams import Int64
from forewarn.sla.cycles import seen_each
from forewarn.sla.parts import in_parts
from forewarn.sla.record import new_record
from forewarn.sla.timelines import Timelines


def clock_spans(timelines: Timelines) -> tuple[Int64, Int64]:
    """Per clock from when it could be known, and the instant after which every reading ended it.

    The largest number where it has not ended.
    """
    known_at, over_at = (np.empty(len(timelines), np.int64) for _ in range(2))
    lives, terms, openings = timelines.lives, timelines.terms, timelines.openings

    def see(part: slice) -> None:
        of_part = lives._replace(
            clock_life=lives.clock_life[part], clock_cycle=lives.clock_cycle[part]
        )
        places = known_at[part], over_at[part]
        seen_each(of_part, terms, openings, timelines.watermark, new_record(), *places)

    in_parts(see, len(timelines))
    return known_at, over_at
