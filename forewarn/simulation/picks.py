"""Compiled: which ticket an agent takes up next."""

from math import inf

from forewarn.sla.compiled import compiled
from forewarn.sla.openings import Openings
from forewarn.simulation.hodgson import rank_on_time
from forewarn.simulation.plan import FIRST_RESPONSE, RESOLUTION, Estimates, Plan, Rules, Staff
from forewarn.simulation.policies import BREACH_PROBABILITY, MOORE_HODGSON
from forewarn.simulation.scores import LOST, RANKED, TOP, TURN, UNSCORED, score
from forewarn.simulation.state import Desk
from forewarn.simulation.working import agents_there


@compiled
def pick(
    plan: Plan,
    staff: Staff,
    desk: Desk,
    hours: Openings,
    believed: Estimates,
    rules: Rules,
    window: int,
    now: int,
    follows: bool,  # noqa: FBT001 - a kernel takes no keywords
) -> int:
    """The first ticket of the queues that the agent of this window serves; -1: there is none.

    ``follows``: by the policy; otherwise by priority, then age.
    """
    best, best_group = -1, -1
    for group in range(desk.size.size):
        if desk.size[group] == 0 or staff.pace[staff.skill[window], group] <= 0:
            continue
        if follows:
            _score_queue(plan, staff, desk, hours, believed, rules, group, now)
        found = _first(plan, desk, rules, group, follows)
        if best < 0 or _before(plan, desk, found, best, follows):
            best, best_group = found, group
    if best >= 0:
        _count(plan, desk, rules, best_group, best)
    return best


@compiled
def _count(plan: Plan, desk: Desk, rules: Rules, group: int, ticket: int) -> None:
    """One more pickup of the group; a turn that is taken starts the count again."""
    every = rules.oldest_every
    desk.turn[group] += 1
    if desk.turn[group] >= every and ticket == _oldest(plan, desk, group):
        desk.turn[group] = min(desk.turn[group] - every, every - 1)


@compiled
def _oldest(plan: Plan, desk: Desk, group: int) -> int:
    """The oldest ticket that nobody has worked on and that is not of the top priority; or -1."""
    oldest = -1
    for i in range(desk.size[group]):
        ticket = desk.queue[group, i]
        unworked = desk.touch[ticket] == plan.start[ticket] and desk.done[ticket] == 0
        if unworked and plan.priority[ticket] > 0 and (oldest < 0 or ticket < oldest):
            oldest = ticket
    return oldest


@compiled
def _score_queue(
    plan: Plan,
    staff: Staff,
    desk: Desk,
    hours: Openings,
    believed: Estimates,
    rules: Rules,
    group: int,
    now: int,
) -> None:
    """Bring the scores of a queue up to date: as of the last run, or of now where none is made."""
    at = now
    if rules.policy >= BREACH_PROBABILITY and rules.interval > 0:
        at = now - now % rules.interval
    newest = at
    for i in range(desk.size[group]):
        ticket = desk.queue[group, i]
        if rules.on_events:
            newest = max(newest, desk.since[ticket])
        if rules.policy == MOORE_HODGSON:
            continue
        when = max(at, desk.since[ticket]) if rules.on_events else at
        if desk.since[ticket] > when:
            desk.block[ticket], desk.key[ticket] = UNSCORED, float(plan.arrived[ticket])
        elif desk.scored[ticket] != when:
            block, key = score(plan, desk, hours, believed, rules, ticket, when)
            desk.block[ticket], desk.key[ticket], desk.scored[ticket] = block, key, when
    if rules.policy == MOORE_HODGSON:
        if desk.ranked[group] != newest:
            n_agents = agents_there(staff, desk.pointer, group, now)
            rank_on_time(plan, desk, hours, believed, group, newest, n_agents)
            desk.ranked[group] = newest
        for i in range(desk.size[group]):
            ticket = desk.queue[group, i]
            if desk.since[ticket] > newest:
                desk.block[ticket], desk.key[ticket] = UNSCORED, float(plan.arrived[ticket])
    _guard(plan, desk, rules, group)


@compiled
def _guard(plan: Plan, desk: Desk, rules: Rules, group: int) -> None:
    """Set the blocks that the guards make of the scores'."""
    turn = -1
    if rules.guards and desk.turn[group] >= rules.oldest_every - 1:
        turn = _oldest(plan, desk, group)
    for i in range(desk.size[group]):
        ticket = desk.queue[group, i]
        desk.guarded[ticket] = desk.block[ticket]
        if rules.guards and plan.priority[ticket] == 0:
            desk.guarded[ticket] = TOP
            if desk.block[ticket] == UNSCORED or desk.block[ticket] == LOST:
                desk.key[ticket] = inf
        elif ticket == turn:
            desk.guarded[ticket] = TURN


@compiled
def _first(plan: Plan, desk: Desk, rules: Rules, group: int, follows: bool) -> int:  # noqa: FBT001
    best = desk.queue[group, 0]
    for i in range(1, desk.size[group]):
        ticket = desk.queue[group, i]
        if _before(plan, desk, ticket, best, follows):
            best = ticket
    return best


@compiled
def _before(plan: Plan, desk: Desk, a: int, b: int, follows: bool) -> bool:  # noqa: FBT001
    """Whether ticket a comes before b; ties go to the earlier due date, then to the older."""
    if not follows:
        if plan.priority[a] != plan.priority[b]:
            return bool(plan.priority[a] < plan.priority[b])
        return a < b
    if desk.guarded[a] != desk.guarded[b]:
        return bool(desk.guarded[a] < desk.guarded[b])
    if desk.guarded[a] <= RANKED:
        if desk.key[a] != desk.key[b]:
            return bool(desk.key[a] < desk.key[b])
        due_a = min(desk.due[a, FIRST_RESPONSE], desk.due[a, RESOLUTION])
        due_b = min(desk.due[b, FIRST_RESPONSE], desk.due[b, RESOLUTION])
        if due_a != due_b:
            return bool(due_a < due_b)
    return a < b
