"""Compiled: the scores of a queue, as of the last scoring, and what the guards make of them."""

from math import inf

from forewarn.simulation.hodgson import rank_on_time
from forewarn.simulation.plan import Plan, World
from forewarn.simulation.policies import BREACH_PROBABILITY, MOORE_HODGSON
from forewarn.simulation.scores import LOST, TOP, TURN, UNSCORED, score
from forewarn.simulation.state import Desk
from forewarn.simulation.working import agents_there
from forewarn.sla.compiled import allocating as compiled


@compiled
def oldest_unworked(plan: Plan, desk: Desk, group: int) -> int:
    """The oldest ticket that nobody has worked on and that is not of the top priority; or -1."""
    oldest = -1
    for i in range(desk.size[group]):
        ticket = desk.queue[group, i]
        unworked = desk.touch[ticket] == plan.start[ticket] and desk.done[ticket] == 0
        if unworked and plan.priority[ticket] > 0 and (oldest < 0 or ticket < oldest):
            oldest = ticket
    return oldest


@compiled
def score_queue(world: World, desk: Desk, group: int, now: int) -> None:
    """Bring a queue's scores up to date: as of the last scoring, or of now where none is made."""
    rules, at = world.rules, now
    if rules.policy >= BREACH_PROBABILITY and rules.interval > 0:
        at = now - now % rules.interval
    if rules.policy == MOORE_HODGSON:
        _score_together(world, desk, group, at)
    else:
        for i in range(desk.size[group]):
            ticket = desk.queue[group, i]
            when = max(at, desk.since[ticket]) if rules.on_events else at
            if desk.since[ticket] <= when and desk.scored[ticket] != when:
                block, key = score(world, desk, ticket, when)
                desk.block[ticket], desk.key[ticket], desk.scored[ticket] = block, key, when
            elif desk.since[ticket] > when:
                _leave_unscored(world.plan, desk, ticket)
    _guard(world, desk, group)


@compiled
def _score_together(world: World, desk: Desk, group: int, at: int) -> None:
    """Moore-Hodgson looks at the whole queue."""
    when = at
    if world.rules.on_events:
        for i in range(desk.size[group]):
            when = max(when, desk.since[desk.queue[group, i]])
    if desk.ranked[group] != when:
        n_agents = agents_there(world.staff, desk.pointer, group, when)
        rank_on_time(world, desk, group, when, n_agents)
        desk.ranked[group] = when
    for i in range(desk.size[group]):
        if desk.since[desk.queue[group, i]] > when:
            _leave_unscored(world.plan, desk, desk.queue[group, i])


@compiled
def _leave_unscored(plan: Plan, desk: Desk, ticket: int) -> None:
    desk.block[ticket], desk.key[ticket] = UNSCORED, float(plan.arrived[ticket])


@compiled
def _guard(world: World, desk: Desk, group: int) -> None:
    """Set the blocks that the guards make of the scores'."""
    plan, rules, turn = world.plan, world.rules, -1
    if rules.guards and desk.turn[group] >= rules.oldest_every - 1:
        turn = oldest_unworked(plan, desk, group)
    for i in range(desk.size[group]):
        ticket = desk.queue[group, i]
        desk.guarded[ticket] = desk.block[ticket]
        if rules.guards and plan.priority[ticket] == 0:
            desk.guarded[ticket] = TOP
            if desk.block[ticket] == UNSCORED or desk.block[ticket] == LOST:
                desk.key[ticket] = inf
        elif ticket == turn:
            desk.guarded[ticket] = TURN
