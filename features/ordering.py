"""Sorting many instants that lie nearly in order: tickets do, their events only roughly."""

import numpy as np

from features.by_ticket import sort_nearly
from features.streams import Int64
from forewarn.sla.compiled import allocating

_PER_BUCKET = 4
_FEW = 32  # a longer bucket is sorted by merging


def order_by_instant(at: Int64) -> Int64:
    """The stable order of instants (µs), as ``numpy.argsort(at, kind="stable")`` gives it.

    By buckets of equal spans of time, so in time proportional to their number unless they
    crowd: several times as fast as merging.
    """
    order = np.empty(at.size, np.int64)
    if at.size:
        first = int(at.min())
        width = (int(at.max()) - first) // max(at.size // _PER_BUCKET, 1) + 1
        _sort(at, first, width, order)
    return order


@allocating
def _sort(at: Int64, first: int, width: int, order: Int64) -> None:
    ends = np.zeros((at.max() - first) // width + 2, np.int64)
    for i in range(at.size):
        ends[(at[i] - first) // width + 1] += 1
    ends = np.cumsum(ends)
    filled = ends[:-1].copy()
    for i in range(at.size):
        bucket = (at[i] - first) // width
        order[filled[bucket]] = i
        filled[bucket] += 1
    for bucket in range(ends.size - 1):
        _sort_bucket(at, order[ends[bucket] : ends[bucket + 1]])


@allocating
def _sort_bucket(at: Int64, order: Int64) -> None:
    if order.size > _FEW:
        order[:] = order[np.argsort(at[order], kind="mergesort")]
        return
    sort_nearly(at, order, order.size)
