"""Compiled: which ticket an agent takes up next."""

from math import inf

from forewarn.simulation.clocks import earliest_due
from forewarn.simulation.hodgson import rank_together
from forewarn.simulation.policies import BREACH_PROBABILITY, MOORE_HODGSON
from forewarn.simulation.scores import LOST, RANKED, TOP, TURN, UNSCORED, is_settled, score
from forewarn.simulation.state import Desk
from forewarn.simulation.working import pace_in
from forewarn.sla.compiled import fused
from forewarn.sla.openings import NAT

Place = tuple[int, float, int]
"""Where a ticket stands: block with the guards, key, ticket (-1: none). See `_before`."""


@fused
def pick(desk: Desk, window: int, now: int, follows: bool) -> int:  # noqa: FBT001 - a kernel takes no keywords
    """The first ticket of the queues that the agent of this window serves; -1: there is none.

    ``follows``: by the policy; otherwise by priority, then age.
    """
    best, best_group = (LOST, inf, -1), -1
    for group in range(desk.groups.size):
        if desk.groups[group].size == 0 or pace_in(desk, window, group) <= 0:
            continue
        found = _first(desk, group, now) if follows else _most_urgent(desk, group)
        if best[2] < 0 or _before(desk, found, best):
            best, best_group = found, group
    if best[2] >= 0:
        _count(desk, best_group, best[2])
    return best[2]


@fused
def _count(desk: Desk, group: int, ticket: int) -> None:
    """One more pickup of the group; a turn that is taken starts the count again."""
    queue, every = desk.groups[group], desk.rules.oldest_every
    queue.turn += 1
    if queue.turn >= every and ticket == _oldest_unworked(desk, group):
        queue.turn = min(queue.turn - every, every - 1)


@fused
def _oldest_unworked(desk: Desk, group: int) -> int:
    """The oldest ticket that nobody has worked on and that is not of the top priority; or -1."""
    oldest = -1
    for i in range(desk.groups[group].size):
        ticket = desk.queue[group, i]
        t = desk.tickets[ticket]
        unworked = t.touch == t.first and t.done == 0 and t.priority > 0
        if unworked and (oldest < 0 or ticket < oldest):
            oldest = ticket
    return oldest


@fused
def _most_urgent(desk: Desk, group: int) -> Place:
    """By priority, then age."""
    best = desk.queue[group, 0]
    highest = desk.tickets[best].priority
    for i in range(1, desk.groups[group].size):
        ticket = desk.queue[group, i]
        priority = desk.tickets[ticket].priority
        if priority < highest or (priority == highest and ticket < best):
            best, highest = ticket, priority
    return LOST + highest, 0.0, best  # a block of its own per priority, the older first


@fused
def _first(desk: Desk, group: int, now: int) -> Place:
    """By the policy, with scores as of the last scoring, or of now where none is made."""
    rules, at, turn = desk.rules, now, -1
    if rules.policy >= BREACH_PROBABILITY and rules.interval > 0:
        at = now - now % rules.interval
    if rules.policy == MOORE_HODGSON:
        rank_together(desk, group, at)
    if rules.guards and desk.groups[group].turn >= rules.oldest_every - 1:
        turn = _oldest_unworked(desk, group)
    best = (LOST, inf, -1)
    for i in range(desk.groups[group].size):
        ticket = desk.queue[group, i]
        found = _standing(desk, ticket, at, turn)
        if best[2] < 0 or _before(desk, found, best):
            best = found
    return best


@fused
def _standing(desk: Desk, ticket: int, at: int, turn: int) -> Place:
    """Where a ticket stands; what came since the last scoring stands behind what was scored."""
    t, rules = desk.tickets[ticket], desk.rules
    when = max(at, t.since) if rules.on_events else at
    if rules.policy != MOORE_HODGSON and t.since <= when and t.scored != when:
        if t.scored == NAT or not is_settled(rules.policy, t.block):
            t.block, t.key = score(desk, t, when)
        t.scored = when
    block, key = UNSCORED, float(t.arrived)
    if t.scored != NAT:
        block, key = t.block, t.key
    if rules.guards and t.priority == 0:
        return TOP, (inf if block >= UNSCORED else key), ticket
    return (TURN if ticket == turn else block), key, ticket


@fused
def _before(desk: Desk, a: Place, b: Place) -> bool:
    """Whether a comes before b; ties go to the earlier due date, then to the older."""
    if a[0] != b[0]:
        return a[0] < b[0]
    if a[0] <= RANKED:
        if a[1] != b[1]:
            return a[1] < b[1]
        due_a, due_b = earliest_due(desk.tickets[a[2]]), earliest_due(desk.tickets[b[2]])
        if due_a != due_b:
            return due_a < due_b
    return a[2] < b[2]
