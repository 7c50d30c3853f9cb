"""The state of the desk while the event loop runs, and the open time on its clocks."""

from typing import NamedTuple

import numpy as np

from forewarn.simulation.plan import (
    FIRST_RESPONSE,
    MINUTE,
    RESOLUTION,
    Bools,
    Floats,
    Int64,
    Plan,
    Staff,
    World,
)
from forewarn.sla.compiled import allocating as compiled
from forewarn.sla.openings import NAT, advance, opened_before

EVENTS, PICKS, PIECES = range(3)
NEVER: int = int(np.iinfo(np.int64).max)


class Desk(NamedTuple):
    """What changes while the desk runs.

    Per ticket: ``touch`` (the next or present one), ``left`` of its work, ``done`` of it,
    ``since`` when it is queued, ``opened`` (of its calendar at arrival), ``paused`` (open time in
    pauses and on earlier clocks), ``closed`` (no resolution clock runs: it is solved), ``due`` per
    promise, and its last score: ``scored`` at, ``block``, ``guarded`` (the block with the guards),
    ``key``; ``place`` in its queue; ``replied``.

    Per group: ``queue`` of tickets (the first ``size``), ``turn`` (pickups since the last turn
    of the oldest), ``ranked`` (when Moore-Hodgson ran last). Per agent: ``pointer`` into the
    windows, ``idle`` (since when; -1: busy or away), ``busy``. ``counts``: events, picks, pieces.
    """

    touch: Int64
    left: Int64
    done: Int64
    since: Int64
    opened: Int64
    paused: Int64
    closed: Bools
    due: Int64
    scored: Int64
    block: Int64
    guarded: Int64
    key: Floats
    place: Int64
    replied: Bools
    queue: Int64
    size: Int64
    turn: Int64
    ranked: Int64
    pointer: Int64
    idle: Int64
    busy: Int64
    counts: Int64


def opened_desk(plan: Plan, staff: Staff) -> Desk:
    """The desk before the first ticket."""
    n, n_groups = plan.arrived.size, staff.pace.shape[1]
    n_agents = staff.offset.size - 1
    last = np.append(plan.work, 0)
    return Desk(
        touch=plan.start[:-1].copy(),
        left=last[plan.start[:-1]].copy(),
        done=np.zeros(n, np.int64),
        since=np.full(n, NEVER),
        opened=np.zeros(n, np.int64),
        paused=np.zeros(n, np.int64),
        closed=np.zeros(n, np.bool_),
        due=np.full((n, 2), NEVER),
        scored=np.full(n, NAT),
        block=np.zeros(n, np.int64),
        guarded=np.zeros(n, np.int64),
        key=np.zeros(n),
        place=np.zeros(n, np.int64),
        replied=np.zeros(n, np.bool_),
        queue=np.zeros((n_groups, max(n, 1)), np.int64),
        size=np.zeros(n_groups, np.int64),
        turn=np.zeros(n_groups, np.int64),
        ranked=np.full(n_groups, NAT),
        pointer=staff.offset[:-1].copy(),
        idle=np.full(n_agents, -1),
        busy=np.zeros(n_agents, np.int64),
        counts=np.zeros(3, np.int64),
    )


@compiled
def time_left(world: World, desk: Desk, ticket: int, promise: int, now: int) -> int:
    """Open microseconds left on a clock of a queued ticket; NEVER where none runs."""
    target: int = world.plan.target[ticket, promise]
    if target < 0 or (promise == FIRST_RESPONSE and desk.replied[ticket]):
        return NEVER
    if promise == RESOLUTION and desk.closed[ticket]:
        return NEVER
    elapsed: int = (
        opened_before(world.hours, world.plan.calendar[ticket], now) - desk.opened[ticket]
    )
    if promise == RESOLUTION:
        elapsed -= desk.paused[ticket]
    return target - elapsed


@compiled
def minutes_left(world: World, desk: Desk, ticket: int, promise: int, now: int) -> float:
    """The same in minutes; NaN where no clock runs."""
    left = time_left(world, desk, ticket, promise, now)
    return np.nan if left == NEVER else left / MINUTE


@compiled
def enqueue(world: World, desk: Desk, ticket: int, now: int) -> int:
    """Put a ticket into the queue of its touch's group, which is returned."""
    group: int = world.plan.group[desk.touch[ticket]]
    desk.since[ticket] = now
    desk.scored[ticket] = NAT
    for promise in range(2):
        left = time_left(world, desk, ticket, promise, now)
        due = NEVER
        if left != NEVER and left >= 0:
            due = advance(world.hours, world.plan.calendar[ticket], now, left)
            due = NEVER - 1 if due == NAT else due
        elif left != NEVER:
            due = min(desk.due[ticket, promise], now)
        desk.due[ticket, promise] = due
    desk.queue[group, desk.size[group]] = ticket
    desk.place[ticket] = desk.size[group]
    desk.size[group] += 1
    return group


@compiled
def dequeue(desk: Desk, group: int, ticket: int) -> None:
    """Take a ticket out of its queue; the last one fills its place."""
    last = desk.size[group] - 1
    moved = desk.queue[group, last]
    desk.queue[group, desk.place[ticket]] = moved
    desk.place[moved] = desk.place[ticket]
    desk.size[group] = last
    desk.since[ticket] = NEVER
