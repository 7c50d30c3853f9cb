"""No thrash: tickets to which nothing happened move a bounded number of places per run.

Places are filled from the first to the last, in one pass:

1. A ticket that stood ``moves`` places further up takes the place: it may not fall further.
2. Else whoever comes next by the former order takes it, unless a ticket that stood at most
   ``moves`` places further down is worth more by the margin: then the most valuable of these.

At each place at most one ticket is due by the first rule, since their former places differ, so
nobody ever moves further than ``moves``. A pair changes its order only towards the one by value,
never away from it: with equal values the order comes to rest, after at most as many runs as
there are pairs. Tickets to which something happened are no part of this: they go straight to
where their value puts them.
"""

import heapq
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Numbers = NDArray[np.floating]


@dataclass(frozen=True)
class Steady:
    """``place``: per ticket its position in the former order; null where it may go anywhere.

    ``moves``: places up or down, at most; None for any number. ``margin``: a ticket overtakes
    another where its urgency is larger by more than this.
    """

    place: "pd.Series[float]"
    moves: int | None
    margin: float


def steady_order(urgency: Numbers, place: Numbers, *, moves: int | None, margin: float) -> Int64:
    """The final order of tickets that come in the order of their value, as their positions.

    ``urgency``: falling, one entry per ticket; ``place``: see ``Steady``, NaN for anywhere.
    """
    settled = np.flatnonzero(~np.isnan(place))
    free = np.flatnonzero(np.isnan(place))
    rank = np.argsort(np.argsort(place[settled], kind="stable"), kind="stable")
    bound = settled.size if moves is None else moves
    kept = settled[_one_pass(urgency[settled], rank, moves=bound, margin=margin)]
    return _joined(kept, free, urgency)


def _one_pass(urgency: Numbers, rank: Int64, *, moves: int, margin: float) -> Int64:
    """The rule above; ``rank``: former places 0 to n - 1 of tickets in the order of value."""
    n = rank.size
    by_rank, is_placed = np.argsort(rank, kind="stable").tolist(), [False] * n
    nearby: list[int] = by_rank[:moves]
    heapq.heapify(nearby)
    order, first = [], 0
    for k in range(n):
        if k + moves < n:
            heapq.heappush(nearby, by_rank[k + moves])
        while is_placed[by_rank[first]]:
            first += 1
        chosen = by_rank[first]
        while is_placed[nearby[0]]:
            heapq.heappop(nearby)
        is_due = first == k - moves
        if not is_due and urgency[nearby[0]] > urgency[chosen] + margin:
            chosen = nearby[0]
        is_placed[chosen] = True
        order.append(chosen)
    return np.array(order, np.int64)


def _joined(kept: Int64, free: Int64, urgency: Numbers) -> Int64:
    """Each free ticket goes in front of the first kept one that is worth less."""
    least = np.minimum.accumulate(urgency[kept])
    before = np.searchsorted(-least, -urgency[free], side="right")
    return np.insert(kept, before, free)
