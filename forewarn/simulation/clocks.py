"""Compiled: tickets enter and leave queues; the open time on their clocks."""

from forewarn.simulation.plan import FIRST_RESPONSE, RESOLUTION
from forewarn.simulation.state import NEVER, Desk, Record
from forewarn.sla.compiled import fused
from forewarn.sla.openings import NAT, advance, opened_before


@fused
def opened_at(desk: Desk, calendar: int, at: int) -> int:
    """Open time before an instant; a queue asks it of few calendars and often of one instant."""
    known = desk.calendars[calendar]
    if known.at != at:
        known.at, known.opened = at, opened_before(desk.hours, calendar, at)
    return int(known.opened)


@fused
def enqueue(desk: Desk, ticket: int, now: int) -> int:
    """Put a ticket into the queue of its touch's group, which is returned."""
    t = desk.tickets[ticket]
    touch = desk.touches[t.touch]
    if touch.queued == NAT:
        touch.queued = now
    _read_clocks(desk, t, now)
    group = desk.groups[touch.group]
    desk.queue[touch.group, group.size] = ticket
    t.place = group.size
    group.size += 1
    return int(touch.group)


@fused
def _read_clocks(desk: Desk, t: Record, now: int) -> None:
    """When its promises break; what it was scored by is no longer so."""
    t.since, t.scored = now, NAT
    opened = opened_before(desk.hours, t.calendar, now)
    for promise in range(2):
        limit = _limit(t, promise)
        t.due[promise] = _due(desk, t, promise, limit, opened, now)
        t.limit[promise] = limit


@fused
def give_priority(desk: Desk, ticket: int, priority: int, now: int) -> None:
    """Another priority, with the targets of that for the clocks that run, from their begin.

    As the clock of the product: what counts is the target in force when a clock stops.
    """
    t = desk.tickets[ticket]
    t.priority = priority
    for promise in range(2):
        is_answered = t.replied != NAT and t.replied <= now  # a reply is known from pick-up on
        if t.closed if promise == RESOLUTION else is_answered:
            continue
        t.target[promise] = desk.targets[ticket, priority, promise]
        t.penalty[promise] = desk.penalties[ticket, priority, promise]
    if t.since != NAT:
        _read_clocks(desk, t, now)


@fused
def _limit(t: Record, promise: int) -> int:
    """Open time of the calendar at which the promise breaks; NEVER where no clock runs."""
    if t.target[promise] < 0:
        return NEVER
    if promise == FIRST_RESPONSE:
        return NEVER if t.replied != NAT else int(t.target[promise] + t.opened)
    return NEVER if t.closed else int(t.target[RESOLUTION] + t.opened + t.paused)


@fused
def _due(  # noqa: PLR0917 - a kernel takes no keywords
    desk: Desk, t: Record, promise: int, limit: int, opened: int, now: int
) -> int:
    """When the promise breaks; in the past: when it was first seen to be broken."""
    if limit == NEVER:
        return NEVER
    if limit < opened:
        return int(min(t.due[promise], now))
    if limit > opened and limit == t.limit[promise]:
        return int(t.due[promise])
    due = advance(desk.hours, t.calendar, now, limit - opened)
    return NEVER - 1 if due == NAT else due


@fused
def dequeue(desk: Desk, ticket: int) -> None:
    """Take a ticket out of its queue; the last one fills its place."""
    t = desk.tickets[ticket]
    code = desk.touches[t.touch].group
    group = desk.groups[code]
    group.size -= 1
    moved = desk.queue[code, group.size]
    desk.queue[code, t.place] = moved
    desk.tickets[moved].place = t.place
    t.since = NAT


@fused
def earliest_due(t: Record) -> int:
    """When the first of its promises breaks."""
    return int(min(t.due[FIRST_RESPONSE], t.due[RESOLUTION]))
