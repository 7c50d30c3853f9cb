"""Compiled parts: who is there, and when a piece of work ends."""

import numpy as np

from forewarn.simulation.plan import Int64, Staff
from forewarn.sla.compiled import allocating as compiled


@compiled
def window_at(staff: Staff, pointer: Int64, agent: int, now: int) -> int:
    """The window that holds ``now``, or -1. ``pointer`` per agent moves with the time."""
    last = staff.offset[agent + 1]
    w = pointer[agent]
    while w < last and staff.ends[w] <= now:
        w += 1
    pointer[agent] = w
    return w if w < last and staff.starts[w] <= now else -1


@compiled
def work_until(staff: Staff, window: int, begin: int, wanted: int) -> tuple[int, int]:
    """When ``wanted`` time of work begun in a window ends, and how much of it is done then."""
    until = staff.until[window]
    now, done = begin, 0
    while True:
        free = staff.ends[window] - now
        if done + free >= wanted:
            return now + wanted - done, wanted
        done += free
        if staff.ends[window] >= until:
            return staff.ends[window], done
        window += 1
        now = staff.starts[window]


@compiled
def find_idle(staff: Staff, pointer: Int64, idle_since: Int64, group: int, now: int) -> int:
    """The agent on shift who serves the group and has been idle for longest; -1: none."""
    found = -1
    for agent in range(idle_since.size):
        if idle_since[agent] < 0 or (found >= 0 and idle_since[agent] >= idle_since[found]):
            continue
        w = window_at(staff, pointer, agent, now)
        if w >= 0 and staff.pace[staff.skill[w], group] > 0:
            found = agent
    return found


@compiled
def agents_there(staff: Staff, pointer: Int64, group: int, now: int) -> int:
    """How many agents who serve the group are on shift."""
    n = 0
    for agent in range(pointer.size):
        w = window_at(staff, pointer, agent, now)
        n += w >= 0 and staff.pace[staff.skill[max(w, 0)], group] > 0
    return n


@compiled
def regular_work(worked: int, pace: float) -> int:
    """Work of a regular agent that was done in ``worked`` time at this pace."""
    return int(np.rint(worked / pace))
