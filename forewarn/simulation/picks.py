"""Compiled: which ticket an agent takes up next."""

from forewarn.simulation.plan import FIRST_RESPONSE, RESOLUTION, Plan, World
from forewarn.simulation.scores import RANKED
from forewarn.simulation.scoring import oldest_unworked, score_queue
from forewarn.simulation.state import Desk
from forewarn.sla.compiled import allocating as compiled


@compiled
def pick(world: World, desk: Desk, window: int, now: int, follows: bool) -> int:  # noqa: FBT001 - a kernel takes no keywords
    """The first ticket of the queues that the agent of this window serves; -1: there is none.

    ``follows``: by the policy; otherwise by priority, then age.
    """
    plan, staff = world.plan, world.staff
    best, best_group = -1, -1
    for group in range(desk.size.size):
        if desk.size[group] == 0 or staff.pace[staff.skill[window], group] <= 0:
            continue
        if follows:
            score_queue(world, desk, group, now)
        found = _first(plan, desk, group, follows)
        if best < 0 or _before(plan, desk, found, best, follows):
            best, best_group = found, group
    if best >= 0:
        _count(plan, desk, world.rules.oldest_every, best_group, best)
    return best


@compiled
def _count(plan: Plan, desk: Desk, every: int, group: int, ticket: int) -> None:
    """One more pickup of the group; a turn that is taken starts the count again."""
    desk.turn[group] += 1
    if desk.turn[group] >= every and ticket == oldest_unworked(plan, desk, group):
        desk.turn[group] = min(desk.turn[group] - every, every - 1)


@compiled
def _first(plan: Plan, desk: Desk, group: int, follows: bool) -> int:  # noqa: FBT001
    best = int(desk.queue[group, 0])
    for i in range(1, desk.size[group]):
        ticket = int(desk.queue[group, i])
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
