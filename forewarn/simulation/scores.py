"""Compiled: how urgent one queued ticket is under a policy."""

from math import erf, inf, log, sqrt

from forewarn.simulation.clocks import earliest_due, opened_at
from forewarn.simulation.plan import FIRST_RESPONSE, KNOTS, MINUTE, RESOLUTION, Floats
from forewarn.simulation.policies import (
    BREACH_PROBABILITY_LATE_LAST,
    DIFFERENCE,
    DUE_DATE,
    DUE_DATE_LATE_LAST,
    FIRST_IN,
    LEAST_SLACK,
    VALUE,
)
from forewarn.simulation.state import NEVER, Desk, Record
from forewarn.simulation.value_index import (
    FIRST_RESPONSE_SHARE,
    NORMAL_QUANTILES,
    log_level,
    n_fitting,
)
from forewarn.sla.compiled import fused
from forewarn.sla.openings import NAT

TOP, TURN, RANKED, UNSCORED, LOST = range(5)
"""Blocks of the order; within each the smaller key comes first."""
_SPREAD = float(NORMAL_QUANTILES[-1] - NORMAL_QUANTILES[0])


@fused
def score(desk: Desk, t: Record, when: int) -> tuple[int, float]:
    """Block and key of a queued ticket as of ``when``, which is never before the last time."""
    policy = desk.rules.policy
    if policy in (FIRST_IN, DUE_DATE):
        return RANKED, float(t.arrived if policy == FIRST_IN else earliest_due(t))
    if policy == DUE_DATE_LATE_LAST:
        return _late_last(t, when)
    opened = opened_at(desk, t.calendar, when)
    if policy == VALUE:
        return _by_value(desk, t, opened)
    if policy == DIFFERENCE:
        return _by_difference(desk, t, opened)
    if policy == LEAST_SLACK:
        return RANKED, _slack(desk, t, opened)
    return _by_chance(desk, t, opened)


@fused
def is_settled(policy: int, block: int) -> bool:
    """Whether a score holds while the ticket is in its queue; that of most who are lost does."""
    if policy in (FIRST_IN, DUE_DATE):
        return True
    return block == LOST and policy in (VALUE, DUE_DATE_LATE_LAST, BREACH_PROBABILITY_LATE_LAST)


@fused
def minutes_left(t: Record, promise: int, opened: int) -> float:
    """Minutes left on a clock that runs, when its calendar has been open for ``opened``."""
    return float((t.limit[promise] - opened) / MINUTE)


@fused
def _late_last(t: Record, when: int) -> tuple[int, float]:
    due = NEVER
    for promise in range(2):
        if t.due[promise] > when:
            due = min(due, t.due[promise])
    has_clock = earliest_due(t) != NEVER
    return (LOST if due == NEVER and has_clock else RANKED), float(due)


@fused
def _slack(desk: Desk, t: Record, opened: int) -> float:
    minutes = desk.believed.minutes
    spare = inf
    if t.limit[FIRST_RESPONSE] != NEVER:
        left = minutes_left(t, FIRST_RESPONSE, opened)
        spare = left - FIRST_RESPONSE_SHARE * minutes[t.touch, FIRST_RESPONSE]
    if t.limit[RESOLUTION] != NEVER:
        left = minutes_left(t, RESOLUTION, opened)
        spare = min(spare, left - minutes[t.touch, RESOLUTION])
    return spare


@fused
def _by_chance(desk: Desk, t: Record, opened: int) -> tuple[int, float]:
    """The highest chance of its clocks; one that is broken is certain, or stands behind."""
    late_last = desk.rules.policy == BREACH_PROBABILITY_LATE_LAST
    highest, n_live, n_clocks = 0.0, 0, 0
    for promise in range(2):
        if t.limit[promise] == NEVER:
            continue
        n_clocks += 1
        left = minutes_left(t, promise, opened)
        if left < 0 and late_last:
            continue
        n_live += 1
        share = left * MINUTE / max(t.target[promise], 1)
        chance = 1.0
        if left >= 0:
            chance = _between_knots(desk.believed.breach[t.touch, promise], share)
        highest = max(highest, chance)
    return (LOST if n_live == 0 and n_clocks > 0 else RANKED), -highest


@fused
def _between_knots(values: Floats, share: float) -> float:
    for k in range(1, KNOTS.size):
        if share < KNOTS[k]:
            part = (share - KNOTS[k - 1]) / (KNOTS[k] - KNOTS[k - 1])
            return float(values[k - 1] + part * (values[k] - values[k - 1]))
    return float(values[KNOTS.size - 1])


@fused
def log_sum(a: float, b: float) -> float:
    """Log of the sum of two numbers that are given by their logs."""
    high, low = max(a, b), min(a, b)
    return high if low == -inf else high + log(1.0 + 2.718281828459045 ** (low - high))


@fused
def _by_value(desk: Desk, t: Record, opened: int) -> tuple[int, float]:
    """The value index, see `forewarn.simulation.value_index`; lost where no clock can be met.

    Only the time left changes at each scoring: the price per minute of work is taken once, the
    level when fewer quantiles of the work fit than before.
    """
    if t.scored == NAT:
        _take_prices(desk, t)
    worth, n_live, n_clocks = -inf, 0, 0
    for promise in range(2):
        if t.limit[promise] == NEVER:
            continue
        n_clocks += 1
        fits = t.fits[promise]
        if t.scored != NAT and fits == 0:
            continue
        needed = desk.believed.needed[t.touch, promise]
        left = minutes_left(t, promise, opened)
        wait = desk.rules.wait_first if promise == FIRST_RESPONSE else desk.rules.wait_resolution
        if t.scored == NAT or needed[fits - 1] > left:
            fits = n_fitting(left, needed)
            t.fits[promise] = fits
            if fits == 0:
                continue
            t.level[promise] = log_level(needed, fits, wait)
        n_live += 1
        chance = -(left - needed[fits - 1]) / wait + t.level[promise]
        worth = log_sum(worth, chance + t.price[promise])
    return (LOST if n_live == 0 and n_clocks > 0 else RANKED), -worth


@fused
def _take_prices(desk: Desk, t: Record) -> None:
    """Log of what a minute of work saves, per promise."""
    for promise in range(2):
        price = t.penalty[promise]
        if promise == FIRST_RESPONSE:
            price *= desk.rules.first_weight
        minutes = desk.believed.minutes[t.touch, promise]
        t.price[promise] = log(price / minutes) if price > 0 else -inf


@fused
def _by_difference(desk: Desk, t: Record, opened: int) -> tuple[int, float]:
    """The plain form: penalty * [P(T <= x) - P(T <= x - wait)] / minutes."""
    worth, n_live, n_clocks = 0.0, 0, 0
    for promise in range(2):
        if t.limit[promise] == NEVER:
            continue
        n_clocks += 1
        left = minutes_left(t, promise, opened)
        needed = desk.believed.needed[t.touch, promise]
        n_live += left >= needed[0]
        gain = _met(needed, left) - _met(needed, left - desk.rules.wait_resolution)
        worth += t.penalty[promise] * gain / desk.believed.minutes[t.touch, promise]
    return (LOST if n_live == 0 and n_clocks > 0 else RANKED), -worth


@fused
def _met(needed: Floats, left: float) -> float:
    """P(T <= left) of the log-normal with these quantiles."""
    if left <= 0:
        return 0.0
    spread = log(needed[needed.size - 1] / needed[0]) / _SPREAD
    middle = (log(needed[0]) + log(needed[needed.size - 1])) / 2
    if spread < 1e-9:
        return 1.0 if log(left) >= middle else 0.0
    return 0.5 * (1 + erf((log(left) - middle) / (spread * sqrt(2.0))))
