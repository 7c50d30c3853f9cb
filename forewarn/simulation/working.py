"""Compiled parts: who is there, and when a piece of work ends."""

import numpy as np

from forewarn.simulation.state import Desk
from forewarn.sla.compiled import fused


@fused
def window_at(desk: Desk, agent: int, now: int) -> int:
    """The window of an agent that holds ``now``, or -1."""
    person = desk.agents[agent]
    w = person.window
    while w < person.last and desk.windows[w].ends <= now:
        w += 1
    person.window = w
    return w if w < person.last and desk.windows[w].starts <= now else -1


@fused
def pace_in(desk: Desk, window: int, group: int) -> float:
    """How much longer work of the group takes in this window; 0: it is not served."""
    return float(desk.pace[desk.windows[window].skill, group])


@fused
def work_until(desk: Desk, window: int, begin: int, wanted: int) -> tuple[int, int]:
    """When ``wanted`` time of work begun in a window ends, and how much of it is done then."""
    until = desk.windows[window].until
    now, done = begin, 0
    while True:
        ends = desk.windows[window].ends
        if done + ends - now >= wanted:
            return now + wanted - done, wanted
        done += ends - now
        if ends >= until:
            return ends, done
        window += 1
        now = desk.windows[window].starts


@fused
def find_idle(desk: Desk, group: int, now: int) -> int:
    """The agent on shift who serves the group and has been idle for longest; -1: none."""
    found, longest = -1, now + 1
    for agent in range(desk.agents.size):
        since = desk.agents[agent].idle
        if since < 0 or since >= longest:
            continue
        w = window_at(desk, agent, now)
        if w >= 0 and pace_in(desk, w, group) > 0:
            found, longest = agent, since
    return found


@fused
def agents_there(desk: Desk, group: int, now: int) -> int:
    """How many agents who serve the group are on shift."""
    n = 0
    for agent in range(desk.agents.size):
        w = window_at(desk, agent, now)
        if w >= 0 and pace_in(desk, w, group) > 0:
            n += 1
    return n


@fused
def regular_work(worked: int, pace: float) -> int:
    """Work of a regular agent that was done in ``worked`` time at this pace."""
    return int(np.rint(worked / pace))
