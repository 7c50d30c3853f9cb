"""Compiled: how urgent one queued ticket is under a policy."""

from math import erf, inf, isnan, log, sqrt

from forewarn.simulation.plan import (
    FIRST_RESPONSE,
    KNOTS,
    MINUTE,
    RESOLUTION,
    Estimates,
    Floats,
    World,
)
from forewarn.simulation.policies import (
    BREACH_PROBABILITY,
    BREACH_PROBABILITY_LATE_LAST,
    DUE_DATE,
    DUE_DATE_LATE_LAST,
    FIRST_IN,
    LEAST_SLACK,
    PRIORITY_AGE,
    VALUE,
)
from forewarn.simulation.state import NEVER, Desk, minutes_left
from forewarn.simulation.value_index import FIRST_RESPONSE_SHARE, NORMAL_QUANTILES, log_chance_of
from forewarn.sla.compiled import allocating as compiled

TOP, TURN, RANKED, UNSCORED, LOST = range(5)
"""Blocks of the order; within each the smaller key comes first."""
_SPREAD = float(NORMAL_QUANTILES[-1] - NORMAL_QUANTILES[0])


@compiled
def score(world: World, desk: Desk, ticket: int, now: int) -> tuple[int, float]:
    """Block and key of a queued ticket as of ``now``."""
    plan, believed, policy = world.plan, world.believed, world.rules.policy
    if policy == FIRST_IN:
        return RANKED, float(plan.arrived[ticket])
    if policy == PRIORITY_AGE:
        return RANKED, float(plan.priority[ticket])
    if policy in (DUE_DATE, DUE_DATE_LATE_LAST):
        return _by_due_date(desk, ticket, now, policy == DUE_DATE_LATE_LAST)
    first = minutes_left(world, desk, ticket, FIRST_RESPONSE, now)
    whole = minutes_left(world, desk, ticket, RESOLUTION, now)
    touch = desk.touch[ticket]
    if policy == LEAST_SLACK:
        minutes = believed.minutes[touch]
        spare = inf
        if not isnan(first):
            spare = first - FIRST_RESPONSE_SHARE * minutes[FIRST_RESPONSE]
        if not isnan(whole):
            spare = min(spare, whole - minutes[RESOLUTION])
        return RANKED, spare
    if policy in (BREACH_PROBABILITY, BREACH_PROBABILITY_LATE_LAST):
        return _by_chance(world, desk, ticket, first, whole)
    if policy == VALUE:
        worth = _value(world, desk, ticket, first, whole)
    else:
        worth = _difference(world, desk, ticket, first, whole)
    return _block(believed, touch, first, whole), -worth


@compiled
def _by_due_date(desk: Desk, ticket: int, now: int, late_last: bool) -> tuple[int, float]:  # noqa: FBT001 - a kernel takes no keywords
    due = min(desk.due[ticket, FIRST_RESPONSE], desk.due[ticket, RESOLUTION])
    if not late_last:
        return RANKED, float(due)
    due = NEVER
    for promise in range(2):
        if desk.due[ticket, promise] > now:
            due = min(due, desk.due[ticket, promise])
    has_clock = min(desk.due[ticket, FIRST_RESPONSE], desk.due[ticket, RESOLUTION]) != NEVER
    return (LOST if due == NEVER and has_clock else RANKED), float(due)


@compiled
def _by_chance(
    world: World, desk: Desk, ticket: int, first: float, whole: float
) -> tuple[int, float]:
    """The highest chance of its clocks; one that is broken is certain, or stands behind."""
    plan, breach = world.plan, world.believed.breach[desk.touch[ticket]]
    late_last = world.rules.policy == BREACH_PROBABILITY_LATE_LAST
    highest, n_live = 0.0, 0
    for promise in range(2):
        left = first if promise == FIRST_RESPONSE else whole
        if isnan(left) or (left < 0 and late_last):
            continue
        n_live += 1
        share = left * MINUTE / max(plan.target[ticket, promise], 1)
        chance = 1.0 if left < 0 else _between_knots(breach[promise], share)
        highest = max(highest, chance)
    has_clock = not (isnan(first) and isnan(whole))
    return (LOST if n_live == 0 and has_clock else RANKED), -highest


@compiled
def _between_knots(values: Floats, share: float) -> float:
    for k in range(1, KNOTS.size):
        if share < KNOTS[k]:
            part = (share - KNOTS[k - 1]) / (KNOTS[k] - KNOTS[k - 1])
            return float(values[k - 1] + part * (values[k] - values[k - 1]))
    return float(values[KNOTS.size - 1])


@compiled
def _block(believed: Estimates, touch: int, first: float, whole: float) -> int:
    """LOST where every running clock is beyond its lowest quantile of work."""
    if isnan(first) and isnan(whole):
        return RANKED
    can_reply = first >= believed.needed[touch, FIRST_RESPONSE, 0]
    can_solve = whole >= believed.needed[touch, RESOLUTION, 0]
    return RANKED if can_reply or can_solve else LOST


@compiled
def log_sum(a: float, b: float) -> float:
    """Log of the sum of two numbers that are given by their logs."""
    high, low = max(a, b), min(a, b)
    return high if low == -inf else high + log(1.0 + 2.718281828459045 ** (low - high))


@compiled
def _value(world: World, desk: Desk, ticket: int, first: float, whole: float) -> float:
    """Log of the value index, the formula of `forewarn.simulation.value_index`."""
    plan, rules, believed = world.plan, world.rules, world.believed
    touch = desk.touch[ticket]
    worth = -inf
    price = rules.first_weight * plan.penalty[ticket, FIRST_RESPONSE]
    if not isnan(first) and price > 0:
        chance = log_chance_of(first, believed.needed[touch, FIRST_RESPONSE], rules.wait_first)
        worth = chance + log(price / believed.minutes[touch, FIRST_RESPONSE])
    price = plan.penalty[ticket, RESOLUTION]
    if not isnan(whole) and price > 0:
        chance = log_chance_of(whole, believed.needed[touch, RESOLUTION], rules.wait_resolution)
        worth = log_sum(worth, chance + log(price / believed.minutes[touch, RESOLUTION]))
    return worth


@compiled
def _difference(world: World, desk: Desk, ticket: int, first: float, whole: float) -> float:
    """The plain form: penalty * [P(T <= x) - P(T <= x - wait)] / minutes."""
    plan, rules, believed = world.plan, world.rules, world.believed
    touch = desk.touch[ticket]
    worth = 0.0
    for promise in range(2):
        left = first if promise == FIRST_RESPONSE else whole
        if not isnan(left):
            needed = believed.needed[touch, promise]
            gain = _met(needed, left) - _met(needed, left - rules.wait_resolution)
            worth += plan.penalty[ticket, promise] * gain / believed.minutes[touch, promise]
    return worth


@compiled
def _met(needed: Floats, left: float) -> float:
    """P(T <= left) of the log-normal with these quantiles."""
    if left <= 0:
        return 0.0
    spread = log(needed[needed.size - 1] / needed[0]) / _SPREAD
    middle = (log(needed[0]) + log(needed[needed.size - 1])) / 2
    if spread < 1e-9:
        return 1.0 if log(left) >= middle else 0.0
    return 0.5 * (1 + erf((log(left) - middle) / (spread * sqrt(2.0))))
