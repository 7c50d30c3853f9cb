"""Streams keyed by ticket in one pass over its events, which lie together already."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.facts import Facts
from features.streams import Int64, Stream
from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.openings import NAT
from forewarn.sla.parts import in_parts

Slots = NDArray[np.int8]


def split_events(facts: Facts, slot: Slots, names: Sequence[str]) -> dict[str, Stream]:
    """One stream per name, of instants alone; ``slot``: per event its name's place, -1: none.

    The first name gets all events.
    """
    first, known_at, n = facts.events.first, facts.events.known_at, facts.known_at.size
    starts = np.zeros((len(names), n + 2), np.int64)
    in_parts(lambda part: _count(first, slot, part.start, part.stop, starts), n)
    np.cumsum(starts, axis=1, out=starts)
    starts[:, -1] = starts[:, -2] + 1
    offset = np.concatenate([[0], np.cumsum(starts[:, -1])])
    at = np.empty(offset[-1], np.int64)
    at[offset[1:] - 1] = NAT

    def fill(part: slice) -> None:
        filled = np.empty(len(names), np.int64)
        _fill(first, known_at, slot, part.start, part.stop, starts, offset, filled, at)

    in_parts(fill, n)
    return {name: Stream(starts[i], at[offset[i] : offset[i + 1]]) for i, name in enumerate(names)}


@compiled
def _count(first: Int64, slot: Slots, begin: int, end: int, starts: Int64) -> None:  # a kernel
    """Count each ticket's rows, roots with them, where the next one's segment begins."""
    starts[:, begin + 1 : end + 1] = 1
    for ticket in range(begin, end):
        starts[0, ticket + 1] += first[ticket + 1] - first[ticket]
        for i in range(first[ticket], first[ticket + 1]):
            if slot[i] > 0:
                starts[slot[i], ticket + 1] += 1


@compiled
def _fill(  # noqa: PLR0917  # a kernel
    first: Int64,
    known_at: Int64,
    slot: Slots,
    begin: int,
    end: int,
    starts: Int64,
    offset: Int64,
    filled: Int64,
    at: Int64,
) -> None:
    for ticket in range(begin, end):
        for place in range(filled.size):
            filled[place] = offset[place] + starts[place, ticket]
            at[filled[place]] = NAT
        is_sorted, last = True, NAT
        for i in range(first[ticket], first[ticket + 1]):
            is_sorted = is_sorted and known_at[i] >= last
            last = known_at[i]
            filled[0] += 1
            at[filled[0]] = last
            if slot[i] > 0:
                filled[slot[i]] += 1
                at[filled[slot[i]]] = last
        if not is_sorted:
            for place in range(filled.size):
                _sort(at, offset[place] + starts[place, ticket] + 1, filled[place] + 1)


@compiled
def _sort(at: Int64, begin: int, end: int) -> None:
    """Sort some instants in their place; quick where few are out of order."""
    for i in range(begin + 1, end):
        moved, j = at[i], i
        while j > begin and at[j - 1] > moved:
            at[j] = at[j - 1]
            j -= 1
        at[j] = moved


@inlined
def pick_visible(  # a kernel
    first: Int64, known_at: Int64, is_picked: Slots, ticket: int, order: Int64
) -> int:
    """Write a ticket's picked events in the order of becoming visible; return how many.

    Those of one instant stay in the order of happening.
    """
    n, is_sorted, last = 0, True, NAT
    for i in range(first[ticket], first[ticket + 1]):
        if is_picked[i]:
            is_sorted = is_sorted and known_at[i] >= last
            last = known_at[i]
            order[n] = i
            n += 1
    if not is_sorted:
        sort_nearly(known_at, order, n)
    return n


@compiled
def sort_nearly(at: Int64, order: Int64, n: int) -> None:
    """Sort the first n places by their instants, stable; quick where few are out of order."""
    for i in range(1, n):
        moved, j = order[i], i
        while j > 0 and at[order[j - 1]] > at[moved]:
            order[j] = order[j - 1]
            j -= 1
        order[j] = moved
