"""Compiled: rolling Moore-Hodgson on the queue of one group."""

from math import isnan

import numpy as np

from forewarn.simulation.plan import FIRST_RESPONSE, RESOLUTION, World
from forewarn.simulation.scores import LOST, RANKED
from forewarn.simulation.state import Desk, minutes_left
from forewarn.simulation.value_index import FIRST_RESPONSE_SHARE
from forewarn.sla.compiled import allocating as compiled

NO_CLOCK = 1e12


@compiled
def rank_on_time(world: World, desk: Desk, group: int, now: int, n_agents: int) -> None:
    """Set block and key of the tickets of a queue: the largest set that ends on time first.

    A job is the next touch; it has to end in time for the reply that it holds, and for the work
    that follows it. By due date; whenever one would end late, the longest so far is dropped.
    """
    believed = world.believed
    n = desk.size[group]
    due = np.empty(n)
    length = np.empty(n)
    for i in range(n):
        ticket = desk.queue[group, i]
        touch = desk.touch[ticket]
        length[i] = believed.minutes[touch, FIRST_RESPONSE]
        due[i] = NO_CLOCK
        first = minutes_left(world, desk, ticket, FIRST_RESPONSE, now)
        whole = minutes_left(world, desk, ticket, RESOLUTION, now)
        if not isnan(first) and first >= 0:
            due[i] = first + (1 - FIRST_RESPONSE_SHARE) * length[i]
        if not isnan(whole) and whole >= 0:
            due[i] = min(due[i], whole - max(believed.minutes[touch, RESOLUTION] - length[i], 0.0))
        elif isnan(first) or first < 0:
            due[i] = NO_CLOCK if isnan(whole) and isnan(first) else -1.0
    order = np.argsort(due)
    _drop_longest(desk, group, order, due, length / max(n_agents, 1))
    for place in range(n):
        desk.key[desk.queue[group, order[place]]] = place


@compiled
def _drop_longest(
    desk: Desk, group: int, order: np.ndarray, due: np.ndarray, length: np.ndarray
) -> None:
    kept = [(0.0, -1)]
    total = 0.0
    for place in range(order.size):
        i = order[place]
        desk.block[desk.queue[group, i]] = RANKED
        total += length[i]
        _push(kept, (length[i], i))
        if total > due[i]:
            longest, dropped = _pop(kept)
            total -= longest
            desk.block[desk.queue[group, dropped]] = LOST


@compiled
def _push(heap: list[tuple[float, int]], entry: tuple[float, int]) -> None:
    """A heap with the longest on top; place 0 stays unused."""
    heap.append(entry)
    i = len(heap) - 1
    while i > 1 and heap[i // 2] < heap[i]:
        heap[i // 2], heap[i] = heap[i], heap[i // 2]
        i //= 2


@compiled
def _pop(heap: list[tuple[float, int]]) -> tuple[float, int]:
    top, last = heap[1], heap.pop()
    n = len(heap)
    if n > 1:
        heap[1] = last
        i = 1
        while 2 * i < n:
            child = 2 * i + 1 if 2 * i + 1 < n and heap[2 * i + 1] > heap[2 * i] else 2 * i
            if heap[child] <= heap[i]:
                break
            heap[child], heap[i] = heap[i], heap[child]
            i = child
    return top
