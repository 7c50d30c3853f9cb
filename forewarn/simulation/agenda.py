"""Compiled: what is planned, as a heap by instant, then in the order in which it was planned."""

from forewarn.simulation.state import AHEAD, EVENTS, Desk, Records
from forewarn.sla.compiled import fused

FINISH, RETURN, CHANGE = range(3)
"""Kinds of events: a piece of work ends, a ticket's wait, or it is given another priority."""


@fused
def plan_event(desk: Desk, at: int, kind: int, which: int) -> None:
    """Put an event on the agenda. ``which``: the piece, or the ticket."""
    ahead, i = desk.ahead, desk.counts[AHEAD]
    desk.counts[AHEAD] += 1
    desk.counts[EVENTS] += 1
    while i > 0 and ahead[(i - 1) // 2].at > at:  # of equal instants the earlier planned is first
        ahead[i] = ahead[(i - 1) // 2]
        i = (i - 1) // 2
    event = ahead[i]
    event.at, event.number, event.kind, event.which = at, desk.counts[EVENTS], kind, which


@fused
def take_event(desk: Desk) -> tuple[int, int, int]:
    """The next event, taken off the agenda: instant, kind, which."""
    ahead = desk.ahead
    at, kind, which = ahead[0].at, ahead[0].kind, ahead[0].which
    n = desk.counts[AHEAD] - 1
    desk.counts[AHEAD] = n
    i = 0
    while 2 * i + 1 < n:
        child = 2 * i + 1
        if child + 1 < n and _before(ahead, child + 1, child):
            child += 1
        if not _before(ahead, child, n):
            break
        ahead[i] = ahead[child]
        i = child
    if i < n:
        ahead[i] = ahead[n]
    return at, kind, which


@fused
def _before(ahead: Records, a: int, b: int) -> bool:
    if ahead[a].at != ahead[b].at:
        return bool(ahead[a].at < ahead[b].at)
    return bool(ahead[a].number < ahead[b].number)
