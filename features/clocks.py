"""Facts on clocks that are worth keeping: when each could be known, and when it was over."""

import numpy as np

from features.streams import Int64
from forewarn.sla import walk
from forewarn.sla.clock import walk_clocks
from forewarn.sla.metrics import Action
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines

_CHUNK = 1 << 20  # clocks per walk, so that memory does not grow with the history
_NEVER = np.iinfo(np.int64).max


def clock_known_at(timelines: Timelines) -> Int64:
    """Per clock when the action that attaches it could be known."""
    known_at = np.full(len(timelines), NAT, np.int64)
    attach = np.flatnonzero(timelines.action_kind == Action.ATTACH)
    clock = np.searchsorted(timelines.action_start, attach, side="right") - 1
    known_at[clock] = timelines.action_known_at[attach]
    return known_at


def clock_over_at(timelines: Timelines) -> Int64:
    """Per clock the instant after which every reading finds it ended; the largest if never."""
    over_at = np.empty(len(timelines), np.int64)
    for begin in range(0, len(timelines), _CHUNK):
        clocks = np.arange(begin, min(begin + _CHUNK, len(timelines)))
        every = np.full(clocks.size, _NEVER, np.int64)
        until = np.full(clocks.size, timelines.watermark, np.int64)
        records = walk_clocks(timelines, clocks, as_of=every, until=until, share=-1.0)
        ended, known_at = records[walk.ENDED], records[walk.ENDED_KNOWN]
        over_at[clocks] = np.where(ended == NAT, _NEVER, known_at)
    return over_at
