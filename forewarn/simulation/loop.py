"""The event loop: tickets arrive and return, agents come, pick, work and finish."""

import heapq
from math import isnan

import numpy as np

from forewarn.simulation.picks import pick
from forewarn.simulation.plan import (
    FIRST_RESPONSE,
    GOES_ON,
    NEW_CLOCK,
    RESOLUTION,
    Course,
    Estimates,
    Floats,
    Int64,
    Plan,
    Rules,
    Staff,
    World,
)
from forewarn.simulation.policies import PRIORITY_AGE
from forewarn.simulation.state import EVENTS, PICKS, PIECES, Desk, dequeue, enqueue, opened_desk
from forewarn.simulation.working import find_idle, regular_work, window_at, work_until
from forewarn.sla.compiled import allocating as compiled
from forewarn.sla.openings import NAT, Openings, opened_before

_FINISH, _RETURN = 0, 1
Ahead = tuple[int, int, int, int]
_NEVER: int = int(np.iinfo(np.int64).max)


def run_desk(
    plan: Plan,
    staff: Staff,
    hours: Openings,
    *,
    believed: Estimates,
    rules: Rules,
    end: int,
    whims: Floats,
) -> Course:
    """Run the desk until ``end``. ``whims``: uniform, one per pick in turn (repeated if short)."""
    world = World(plan, staff, hours, believed, rules, whims)
    desk = opened_desk(plan, staff)
    course = _empty_course(plan, staff)
    agents = np.repeat(np.arange(staff.offset.size - 1), np.diff(staff.offset))
    order = np.argsort(staff.starts, kind="stable")
    coming = np.column_stack([staff.starts[order], agents[order]])
    _run(world, desk, course, coming, end)
    return course._replace(pieces=course.pieces[: desk.counts[PIECES]])


def _empty_course(plan: Plan, staff: Staff) -> Course:
    n, m = plan.arrived.size, plan.work.size
    # A piece ends with its touch, or with a window.
    pieces = np.zeros((m + staff.starts.size + 1, 6), np.int64)
    touches, tickets = np.full((3, m), NAT), np.full((2, n), NAT)
    busy = np.zeros(staff.offset.size - 1, np.int64)
    return Course(
        queued=touches[0],
        begun=touches[1],
        ended=touches[2],
        replied=tickets[0],
        solved=tickets[1],
        elapsed=np.zeros((n, 2), np.int64),
        busy=busy,
        pieces=pieces,
    )


@compiled
def _run(world: World, desk: Desk, course: Course, coming: Int64, end: int) -> None:
    """Whatever comes first happens: something planned, an arrival, or the start of a window."""
    plan = world.plan
    ahead: list[Ahead] = [(_NEVER, 0, 0, 0)]
    next_ticket, next_window = 0, 0
    while True:
        arrival = int(plan.arrived[next_ticket]) if next_ticket < plan.arrived.size else _NEVER
        start = int(coming[next_window, 0]) if next_window < len(coming) else _NEVER
        now = min(ahead[0][0], arrival, start)
        if now >= end:
            break
        agent, group = -1, -1
        if ahead[0][0] == now:
            agent, group = _happen(world, desk, course, ahead)
        elif arrival == now:
            desk.opened[next_ticket] = opened_before(world.hours, plan.calendar[next_ticket], now)
            group = _queue(world, desk, course, next_ticket, now)
            next_ticket += 1
        else:
            agent = int(coming[next_window, 1])
            next_window += 1
        if agent >= 0 and desk.busy[agent] == 0:
            _employ(world, desk, course, ahead, agent, now)
        if group >= 0 and desk.size[group] > 0:
            agent = find_idle(world.staff, desk.pointer, desk.idle, group, now)
            if agent >= 0:
                _employ(world, desk, course, ahead, agent, now)
    _stop_clocks(world, desk, course, end)


@compiled
def _happen(world: World, desk: Desk, course: Course, ahead: list[Ahead]) -> tuple[int, int]:
    """The next planned event: the agent who is free by it and the queue that grew; -1: none."""
    now, _, kind, which = heapq.heappop(ahead)
    if kind == _RETURN:
        _return(world, desk, which, now)
        return -1, _queue(world, desk, course, which, now)
    agent = int(course.pieces[which, 1])
    desk.busy[agent] = 0
    ticket = _ticket_of(world.plan, course.pieces[which, 0])
    wait = _finish(world, desk, course, which, now)
    if wait > 0:
        desk.counts[EVENTS] += 1
        heapq.heappush(ahead, (now + wait, int(desk.counts[EVENTS]), _RETURN, ticket))
    return agent, _queue(world, desk, course, ticket, now) if wait == 0 else -1


@compiled
def _queue(world: World, desk: Desk, course: Course, ticket: int, now: int) -> int:
    """Put the ticket into its queue, which is returned."""
    touch = desk.touch[ticket]
    if course.queued[touch] == NAT:
        course.queued[touch] = now
    return enqueue(world, desk, ticket, now)


@compiled
def _employ(  # noqa: PLR0917 - a kernel takes no keywords
    world: World, desk: Desk, course: Course, ahead: list[Ahead], agent: int, now: int
) -> None:
    """Let a free agent take up a ticket, or stay idle; who is not on shift does neither."""
    window = window_at(world.staff, desk.pointer, agent, now)
    if window < 0:
        return
    rules = world.rules
    follows = rules.policy != PRIORITY_AGE and now >= rules.begins
    if follows and rules.compliance < 1.0:
        whim = world.whims[desk.counts[PICKS] % world.whims.size]
        follows = bool(whim < rules.compliance)
    ticket = pick(world, desk, window, now, follows)
    if ticket < 0:
        desk.idle[agent] = now
        return
    piece = int(desk.counts[PIECES])
    course.pieces[piece, 1], course.pieces[piece, 2] = agent, now
    until = _work(world, desk, course, ticket, window)
    desk.counts[:] += 1
    heapq.heappush(ahead, (until, int(desk.counts[EVENTS]), _FINISH, piece))


@compiled
def _ticket_of(plan: Plan, touch: int) -> int:
    return int(np.searchsorted(plan.start, touch, side="right")) - 1


@compiled
def _work(world: World, desk: Desk, course: Course, ticket: int, window: int) -> int:
    """Take the ticket up; when this piece of work ends is known from here on."""
    plan, staff = world.plan, world.staff
    piece = desk.counts[PIECES]
    agent, now = int(course.pieces[piece, 1]), int(course.pieces[piece, 2])
    touch = desk.touch[ticket]
    group = plan.group[touch]
    dequeue(desk, group, ticket)
    desk.idle[agent], desk.busy[agent] = -1, 1
    if course.begun[touch] == NAT:
        course.begun[touch] = now
    pace = staff.pace[staff.skill[window], group]
    wanted = max(int(np.rint(desk.left[ticket] * pace)), 1)
    until, worked = work_until(staff, window, now, wanted)
    done = desk.left[ticket] if worked == wanted else regular_work(worked, pace)
    done = min(done, desk.left[ticket])
    share = plan.reply_share[touch]
    if not desk.replied[ticket] and not isnan(share):
        missing = int(share * plan.work[touch]) - desk.done[ticket]
        if missing <= done:
            heard, _ = work_until(staff, window, now, max(int(missing * pace), 0))
            desk.replied[ticket] = True
            course.replied[ticket] = min(heard, until)
    course.pieces[piece] = (touch, agent, now, until, worked, done)
    course.busy[agent] += worked
    return until


@compiled
def _finish(world: World, desk: Desk, course: Course, piece: int, now: int) -> int:
    """End a piece of work; time until the ticket can be picked again, 0: now, -1: never."""
    plan = world.plan
    touch, done = course.pieces[piece, 0], course.pieces[piece, 5]
    ticket = _ticket_of(plan, touch)
    desk.left[ticket] -= done
    desk.done[ticket] += done
    if desk.left[ticket] > 0:
        desk.left[ticket] += world.rules.handover
        return 0
    course.ended[touch] = now
    is_last = touch + 1 == plan.start[ticket + 1]
    if is_last or plan.solves[touch] != GOES_ON:
        _stop_resolution(world, desk, course, ticket, now)
        desk.closed[ticket] = True
    if is_last:
        course.solved[ticket] = now
        return -1
    desk.touch[ticket] = touch + 1
    desk.left[ticket], desk.done[ticket] = plan.work[touch + 1], 0
    wait: int = plan.wait[touch]
    if wait > 0 and plan.pauses[touch] and not desk.closed[ticket]:
        desk.paused[ticket] -= opened_before(world.hours, plan.calendar[ticket], now)
    elif wait == 0 and desk.closed[ticket]:
        _return(world, desk, ticket, now)
    return wait


@compiled
def _return(world: World, desk: Desk, ticket: int, now: int) -> None:
    """The wait is over: the clock goes on, or a new one starts."""
    before = desk.touch[ticket] - 1
    opened = opened_before(world.hours, world.plan.calendar[ticket], now)
    if not desk.closed[ticket]:
        if world.plan.pauses[before]:
            desk.paused[ticket] += opened
    elif world.plan.solves[before] == NEW_CLOCK:
        desk.closed[ticket] = False
        desk.paused[ticket] = opened - desk.opened[ticket]


@compiled
def _stop_resolution(world: World, desk: Desk, course: Course, ticket: int, now: int) -> None:
    """Keep the open time on the resolution clock, unless an earlier one took longer."""
    if not desk.closed[ticket]:
        opened = opened_before(world.hours, world.plan.calendar[ticket], now)
        elapsed = opened - desk.opened[ticket] - desk.paused[ticket]
        course.elapsed[ticket, RESOLUTION] = max(course.elapsed[ticket, RESOLUTION], elapsed)


@compiled
def _stop_clocks(world: World, desk: Desk, course: Course, end: int) -> None:
    """At the end: the time to the first reply, and what is on the clocks that still run."""
    plan, hours = world.plan, world.hours
    for ticket in range(plan.arrived.size):
        calendar = plan.calendar[ticket]
        is_open = course.solved[ticket] == NAT
        solved = end if is_open else course.solved[ticket]
        replied = course.replied[ticket]
        if replied == NAT or replied > solved:
            replied = solved
        begun = opened_before(hours, calendar, plan.arrived[ticket])
        course.elapsed[ticket, FIRST_RESPONSE] = opened_before(hours, calendar, replied) - begun
        if is_open and plan.arrived[ticket] < end:
            if desk.paused[ticket] < 0:  # it is pausing now
                desk.paused[ticket] += opened_before(hours, calendar, end)
            _stop_resolution(world, desk, course, ticket, end)
