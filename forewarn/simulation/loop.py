"""The event loop: tickets arrive and return, agents come, pick, work and finish."""

from math import isnan

import numpy as np

from forewarn.simulation.agenda import CHANGE, FINISH, RETURN, plan_event, take_event
from forewarn.simulation.clocks import dequeue, enqueue, give_priority
from forewarn.simulation.picks import pick
from forewarn.simulation.plan import (
    FIRST_RESPONSE,
    GOES_ON,
    NEW_CLOCK,
    RESOLUTION,
    Course,
    Estimates,
    Floats,
    Plan,
    Rules,
    Staff,
    no_estimates,
)
from forewarn.simulation.policies import PRIORITY_AGE
from forewarn.simulation.state import (
    AHEAD,
    ARRIVED,
    CAME,
    NEVER,
    PICKS,
    PIECES,
    Desk,
    Record,
    copied,
    course_of,
    opened_desk,
)
from forewarn.simulation.working import find_idle, pace_in, regular_work, window_at, work_until
from forewarn.sla.compiled import fused
from forewarn.sla.openings import NAT, Openings, opened_before


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
    desk = opened_desk(plan, staff, hours, believed=believed, rules=rules, whims=whims)
    return _finished(desk, end)


def warm_desk(plan: Plan, staff: Staff, hours: Openings, *, rules: Rules) -> Desk:
    """The desk when the rules begin; up to then it is the same under every policy."""
    desk = opened_desk(plan, staff, hours, believed=no_estimates(0), rules=rules, whims=np.zeros(1))
    _run(desk, rules.begins)
    return desk


def run_on(desk: Desk, *, believed: Estimates, rules: Rules, end: int, whims: Floats) -> Course:
    """`run_desk` from a warm desk on, which stays as it is; whims as if from its beginning.

    ``rules`` begin when the desk was warm, with the same ``oldest_every`` and ``handover``.
    """
    given = copied(desk)._replace(believed=believed, rules=rules, whims=whims)
    return _finished(given, end)


def _finished(desk: Desk, end: int) -> Course:
    _run(desk, end)
    _stop_clocks(desk, end)
    return course_of(desk)


@fused
def _run(desk: Desk, end: int) -> None:
    """Whatever comes first happens: something planned, an arrival, or the start of a window."""
    counts = desk.counts
    while True:
        planned = desk.ahead[0].at if counts[AHEAD] > 0 else NEVER
        arrival = NEVER
        if counts[ARRIVED] < desk.tickets.size:
            arrival = desk.tickets[counts[ARRIVED]].arrived
        start = desk.coming[counts[CAME], 0] if counts[CAME] < len(desk.coming) else NEVER
        now = min(planned, arrival, start)
        if now >= end:
            break
        agent, group = -1, -1
        if planned == now:
            agent, group = _happen(desk)
        elif arrival == now:
            group = _arrive(desk, now)
        else:
            agent = desk.coming[counts[CAME], 1]
            counts[CAME] += 1
        if agent >= 0 and desk.agents[agent].busy == 0:
            _employ(desk, agent, now)
        if group >= 0 and desk.groups[group].size > 0:
            agent = find_idle(desk, group, now)
            if agent >= 0:
                _employ(desk, agent, now)


@fused
def _arrive(desk: Desk, now: int) -> int:
    """The next ticket arrives; its queue."""
    ticket = desk.counts[ARRIVED]
    desk.counts[ARRIVED] += 1
    t = desk.tickets[ticket]
    t.opened = opened_before(desk.hours, t.calendar, now)
    if t.changes_after >= 0:
        plan_event(desk, now + t.changes_after, CHANGE, ticket)
    return enqueue(desk, ticket, now)


@fused
def _happen(desk: Desk) -> tuple[int, int]:
    """The next planned event: the agent who is free by it and the queue that grew; -1: none."""
    now, kind, which = take_event(desk)
    if kind == CHANGE:
        t = desk.tickets[which]
        if not t.closed and not t.stands:
            give_priority(desk, which, t.changes_to, now)
        return -1, -1
    if kind == RETURN:
        _return(desk, desk.tickets[which], now)
        return -1, enqueue(desk, which, now)
    agent, ticket = desk.pieces[which, 1], desk.touches[desk.pieces[which, 0]].ticket
    desk.agents[agent].busy = 0
    wait = _finish(desk, which, now)
    if wait > 0:
        plan_event(desk, now + wait, RETURN, ticket)
    return agent, enqueue(desk, ticket, now) if wait == 0 else -1


@fused
def _employ(desk: Desk, agent: int, now: int) -> None:
    """Let a free agent take up a ticket, or stay idle; who is not on shift does neither."""
    window = window_at(desk, agent, now)
    if window < 0:
        return
    rules, counts = desk.rules, desk.counts
    follows = rules.policy != PRIORITY_AGE and now >= rules.begins
    if follows and rules.compliance < 1.0:
        whim = desk.whims[counts[PICKS] % desk.whims.size]
        follows = bool(whim < rules.compliance)
    ticket = pick(desk, window, now, follows)
    if ticket < 0:
        desk.agents[agent].idle = now
        return
    until = _work(desk, ticket, agent, window, now)
    plan_event(desk, until, FINISH, counts[PIECES])
    counts[PICKS] += 1
    counts[PIECES] += 1


@fused
def _work(desk: Desk, ticket: int, agent: int, window: int, now: int) -> int:
    """Take the ticket up; when this piece of work ends is known from here on."""
    t, person = desk.tickets[ticket], desk.agents[agent]
    touch = desk.touches[t.touch]
    dequeue(desk, ticket)
    person.idle, person.busy = -1, 1
    if touch.begun == NAT:
        touch.begun = now
    pace = pace_in(desk, window, touch.group)
    wanted = max(int(np.rint(t.left * pace)), 1)
    until, worked = work_until(desk, window, now, wanted)
    done = t.left if worked == wanted else regular_work(worked, pace)
    done = min(done, t.left)
    if t.replied == NAT and not isnan(touch.reply_share):
        missing = int(touch.reply_share * touch.work) - t.done
        if missing <= done:
            heard, _ = work_until(desk, window, now, max(int(missing * pace), 0))
            t.replied = min(heard, until)
    piece = desk.pieces[desk.counts[PIECES]]
    piece[0], piece[1], piece[2] = t.touch, agent, now
    piece[3], piece[4], piece[5] = until, worked, done
    person.worked += worked
    return until


@fused
def _finish(desk: Desk, piece: int, now: int) -> int:
    """End a piece of work; time until the ticket can be picked again, 0: now, -1: never."""
    done = desk.pieces[piece, 5]
    touch = desk.touches[desk.pieces[piece, 0]]
    t = desk.tickets[touch.ticket]
    t.left -= done
    t.done += done
    if t.left > 0:
        t.left += desk.rules.handover
        return 0
    touch.ended = now
    if touch.priority_after >= 0:
        give_priority(desk, touch.ticket, touch.priority_after, now)
    is_last = t.touch + 1 == t.after
    if is_last or touch.solves != GOES_ON:
        _stop_resolution(desk, t, now)
        t.closed = 1
    if is_last:
        t.solved = now
        return -1
    t.touch += 1
    t.left, t.done = desk.touches[t.touch].work, 0
    if touch.wait > 0 and touch.pauses and not t.closed:
        t.paused -= opened_before(desk.hours, t.calendar, now)
        t.stands = 1
    elif touch.wait == 0 and t.closed:
        _return(desk, t, now)
    return int(touch.wait)


@fused
def _return(desk: Desk, t: Record, now: int) -> None:
    """The wait is over: the clock goes on, or a new one starts."""
    before = desk.touches[t.touch - 1]
    opened = opened_before(desk.hours, t.calendar, now)
    if t.stands:
        t.paused += opened
        t.stands = 0
    elif before.solves == NEW_CLOCK:
        t.closed = 0
        t.paused = opened - t.opened


@fused
def _stop_resolution(desk: Desk, t: Record, now: int) -> None:
    """Keep the open time on the resolution clock, unless an earlier one took longer."""
    if not t.closed:
        opened = opened_before(desk.hours, t.calendar, now)
        _decide(t, RESOLUTION, opened - t.opened - t.paused)


@fused
def _decide(t: Record, promise: int, elapsed: int) -> None:
    """A clock stops with so much open time on it: by the target that is in force."""
    t.elapsed[promise] = max(t.elapsed[promise], elapsed)
    if elapsed > t.target[promise] >= 0:
        t.broken[promise] = 1
        t.fine[promise] = max(t.fine[promise], t.penalty[promise])


@fused
def _stop_clocks(desk: Desk, end: int) -> None:
    """At the end: the time to the first reply, and what is on the clocks that still run."""
    for ticket in range(desk.tickets.size):
        t = desk.tickets[ticket]
        is_open = t.solved == NAT
        solved = end if is_open else t.solved
        replied = solved if t.replied == NAT or t.replied > solved else t.replied
        begun = opened_before(desk.hours, t.calendar, t.arrived)
        _decide(t, FIRST_RESPONSE, opened_before(desk.hours, t.calendar, replied) - begun)
        if is_open and t.arrived < end:
            if t.stands:
                t.paused += opened_before(desk.hours, t.calendar, end)
            _stop_resolution(desk, t, end)
