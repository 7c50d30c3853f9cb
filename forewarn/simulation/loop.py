"""The event loop: tickets arrive and return, agents come, pick, work and finish."""

import heapq
from math import isnan

import numpy as np

from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT, Openings, opened_before
from forewarn.simulation.picks import pick
from forewarn.simulation.plan import (
    FIRST_RESPONSE,
    RESOLUTION,
    Course,
    Estimates,
    Floats,
    Int64,
    Plan,
    Rules,
    Staff,
)
from forewarn.simulation.policies import PRIORITY_AGE
from forewarn.simulation.state import Desk, dequeue, enqueue, opened_desk
from forewarn.simulation.working import find_idle, regular_work, window_at, work_until

_FINISH, _RETURN = 0, 1
_NEVER = np.iinfo(np.int64).max


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
    desk = opened_desk(plan, staff)
    course = _empty_course(plan, staff)
    agents = np.repeat(np.arange(staff.offset.size - 1), np.diff(staff.offset))
    order = np.argsort(staff.starts, kind="stable")
    coming = np.column_stack([staff.starts[order], agents[order]])
    n_pieces = _run(plan, staff, hours, believed, rules, end, whims, coming, desk, course)
    return course._replace(pieces=course.pieces[:n_pieces])


def _empty_course(plan: Plan, staff: Staff) -> Course:
    n, m = plan.arrived.size, plan.work.size
    # A piece ends with its touch, or with a window.
    pieces = np.zeros((m + staff.starts.size + 1, 6), np.int64)
    touches, tickets = np.full((3, m), NAT), np.full((2, n), NAT)
    busy = np.zeros(staff.offset.size - 1, np.int64)
    return Course(*touches, *tickets, np.zeros((n, 2), np.int64), busy, pieces)


@compiled
def _run(
    plan: Plan,
    staff: Staff,
    hours: Openings,
    believed: Estimates,
    rules: Rules,
    end: int,
    whims: Floats,
    coming: Int64,
    desk: Desk,
    course: Course,
) -> int:
    ahead = [(np.int64(_NEVER), np.int64(0), np.int64(0), np.int64(0))]
    n_events, n_picks, n_pieces, next_ticket, next_window = 0, 0, 0, 0, 0
    while True:
        arrival = plan.arrived[next_ticket] if next_ticket < plan.arrived.size else _NEVER
        start = coming[next_window, 0] if next_window < len(coming) else _NEVER
        now = min(ahead[0][0], arrival, start)
        if now >= end:
            break
        agent, window, group = -1, -1, -1
        if ahead[0][0] == now:
            _, _, kind, which = heapq.heappop(ahead)
            if kind == _FINISH:
                agent = course.pieces[which, 1]
                wait = _finish(plan, desk, hours, rules, course, which, now)
                ticket = _ticket_of(plan, course.pieces[which, 0])
                if wait == 0:
                    group = enqueue(plan, desk, hours, ticket, now)
                elif wait > 0:
                    n_events += 1
                    entry = (now + wait, np.int64(n_events), np.int64(_RETURN), np.int64(ticket))
                    heapq.heappush(ahead, entry)
                desk.busy[agent] = 0
            else:
                group = _return(plan, desk, hours, which, now)
        elif arrival == now:
            ticket = next_ticket
            next_ticket += 1
            desk.opened[ticket] = opened_before(hours, plan.calendar[ticket], now)
            group = enqueue(plan, desk, hours, ticket, now)
        else:
            agent = coming[next_window, 1]
            next_window += 1
        if group >= 0:
            touch = desk.touch[desk.queue[group, desk.size[group] - 1]]
            if course.queued[touch] == NAT:
                course.queued[touch] = now
        for role in range(2):  # the agent who is free now, then one who was idle
            if role == 0:
                if agent < 0 or desk.busy[agent] == 1:
                    continue
                window = window_at(staff, desk.pointer, agent, now)
            else:
                if group < 0 or desk.size[group] == 0:
                    continue
                agent, window = find_idle(staff, desk.pointer, desk.idle, group, now)
            if agent < 0 or window < 0:
                continue
            follows = rules.policy != PRIORITY_AGE and now >= rules.begins
            if follows and rules.compliance < 1.0:
                follows = whims[n_picks % whims.size] < rules.compliance
            taken = pick(plan, staff, desk, hours, believed, rules, window, now, follows)
            if taken < 0:
                desk.idle[agent] = now
                continue
            n_picks += 1
            until = _work(plan, staff, desk, course, taken, agent, window, n_pieces, now)
            n_events += 1
            entry = (until, np.int64(n_events), np.int64(_FINISH), np.int64(n_pieces))
            heapq.heappush(ahead, entry)
            n_pieces += 1
    _stop_clocks(plan, desk, hours, course, end)
    return n_pieces


@compiled
def _ticket_of(plan: Plan, touch: int) -> int:
    return int(np.searchsorted(plan.start, touch, side="right")) - 1


@compiled
def _work(
    plan: Plan,
    staff: Staff,
    desk: Desk,
    course: Course,
    ticket: int,
    agent: int,
    window: int,
    piece: int,
    now: int,
) -> int:
    """Take the ticket up; when this piece of work ends is known from here on."""
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
def _finish(
    plan: Plan, desk: Desk, hours: Openings, rules: Rules, course: Course, piece: int, now: int
) -> int:
    """End a piece of work; time until the ticket can be picked again, 0: now, -1: never."""
    touch, done = course.pieces[piece, 0], course.pieces[piece, 5]
    ticket = _ticket_of(plan, touch)
    desk.left[ticket] -= done
    desk.done[ticket] += done
    if desk.left[ticket] > 0:
        desk.left[ticket] += rules.handover
        return 0
    course.ended[touch] = now
    if touch + 1 == plan.start[ticket + 1]:
        course.solved[ticket] = now
        return -1
    desk.touch[ticket] = touch + 1
    desk.left[ticket], desk.done[ticket] = plan.work[touch + 1], 0
    wait: int = plan.wait[touch]
    if wait > 0 and plan.pauses[touch]:
        calendar = plan.calendar[ticket]
        desk.paused[ticket] -= opened_before(hours, calendar, now)
    return wait


@compiled
def _return(plan: Plan, desk: Desk, hours: Openings, ticket: int, now: int) -> int:
    """The wait is over: the clock runs again, the ticket is queued; its group."""
    if plan.pauses[desk.touch[ticket] - 1]:
        desk.paused[ticket] += opened_before(hours, plan.calendar[ticket], now)
    return enqueue(plan, desk, hours, ticket, now)


@compiled
def _stop_clocks(plan: Plan, desk: Desk, hours: Openings, course: Course, end: int) -> None:
    """Open time on each clock when it stopped: by the reply or the solution, or at the end."""
    for ticket in range(plan.arrived.size):
        calendar = plan.calendar[ticket]
        solved = course.solved[ticket] if course.solved[ticket] != NAT else end
        begun = opened_before(hours, calendar, plan.arrived[ticket])
        replied = course.replied[ticket]
        if replied == NAT or replied > solved:
            replied = solved
        course.elapsed[ticket, FIRST_RESPONSE] = opened_before(hours, calendar, replied) - begun
        paused = desk.paused[ticket]
        if course.solved[ticket] == NAT and paused < 0:  # it is pausing now
            paused += opened_before(hours, calendar, end)
        elapsed = opened_before(hours, calendar, solved) - begun - paused
        course.elapsed[ticket, RESOLUTION] = elapsed
