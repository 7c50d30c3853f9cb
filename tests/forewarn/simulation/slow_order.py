"""The orders of a queue as one would write them down: sort by what each policy looks at.

`order_of` sorts the whole queue; the fast loop only looks for its head.
"""

from math import erf, exp, inf, log, sqrt
from statistics import NormalDist
from typing import Any

from forewarn.simulation.plan import KNOTS, MINUTE
from forewarn.simulation.policies import (
    BREACH_PROBABILITY,
    BREACH_PROBABILITY_LATE_LAST,
    DIFFERENCE,
    DUE_DATE,
    DUE_DATE_LATE_LAST,
    FIRST_IN,
    LEAST_SLACK,
    MOORE_HODGSON,
    PRIORITY_AGE,
    VALUE,
)

TOP, TURN, RANKED, UNSCORED, LOST = range(5)
Key = tuple[float, ...]


def order_of(desk: Any, group: int, now: int) -> list[tuple[Key, Any]]:
    """The queue of a group with the keys that it is sorted by, for the pick that comes next."""
    queue, rules = desk.queues[group], desk.rules
    whim = desk.whims[desk.n_picks % len(desk.whims)]
    if rules.policy == PRIORITY_AGE or now < rules.begins or whim >= rules.compliance:
        return sorted((((t.priority, t.number), t) for t in queue), key=lambda row: row[0])
    at = now
    if rules.policy >= BREACH_PROBABILITY and rules.interval:
        at = now - now % rules.interval
    if rules.policy == MOORE_HODGSON:
        rank_together(desk, group, at)
    turn = None
    if rules.guards and desk.turns[group] >= rules.oldest_every - 1:
        turn = desk.oldest_unworked(group)
    keys = [(key_of(desk, t, at, is_turn=t is turn), t) for t in queue]
    return sorted(keys, key=lambda row: row[0])


def key_of(desk: Any, t: Any, at: int, *, is_turn: bool) -> Key:
    """Block, key, due date, number; where the block is not ranked only its number counts."""
    plan, rules = desk.plan, desk.rules
    when = max(at, t.queued_at) if rules.on_events else at
    if rules.policy == MOORE_HODGSON:
        block, key = desk.ranks.get(t.number, (UNSCORED, float(plan.arrived[t.number])))
    elif t.queued_at <= when:
        block, key = SCORES[rules.policy](desk, t, when)
    else:
        block, key = UNSCORED, float(plan.arrived[t.number])
    if rules.guards and t.priority == 0:
        block, key = TOP, inf if block in (UNSCORED, LOST) else key
    elif is_turn:
        block = TURN
    return (block, key, min(t.due), t.number) if block <= RANKED else (block, t.number)


def minutes(desk: Any, t: Any, when: float) -> list[float | None]:
    """Minutes left per promise."""
    left = [desk.time_left(t, promise, when) for promise in range(2)]
    return [None if x is None else x / MINUTE for x in left]


def block_of(can_be_met: list[bool]) -> int:
    """Lost: there are clocks, and none can be met."""
    return LOST if can_be_met and not any(can_be_met) else RANKED


def by_arrival(desk: Any, t: Any, when: float) -> tuple[int, float]:
    """The oldest."""
    return RANKED, float(desk.plan.arrived[t.number])


def by_due_date(desk: Any, t: Any, when: float) -> tuple[int, float]:
    """The first of its clocks to break."""
    return RANKED, float(min(t.due))


def late_last(desk: Any, t: Any, when: float) -> tuple[int, float]:
    """The first that is still ahead."""
    live = [due > when for due in t.due if due < inf]
    return block_of(live), min((due for due in t.due if due > when), default=inf)


def by_slack(desk: Any, t: Any, when: float) -> tuple[int, float]:
    """Minutes left less the work; a reply takes a quarter of its touch."""
    work = desk.believed.minutes[t.touch] * (0.25, 1.0)
    spare = [x - w for x, w in zip(minutes(desk, t, when), work, strict=True) if x is not None]
    return RANKED, min(spare, default=inf)


def by_chance(desk: Any, t: Any, when: float) -> tuple[int, float]:
    """What is broken is certain."""
    return RANKED, -max([0.0, *(1.0 if c is None else c for c in chances(desk, t, when))])


def by_chance_late_last(desk: Any, t: Any, when: float) -> tuple[int, float]:
    """What is broken does not count; nothing but broken clocks is lost."""
    found = chances(desk, t, when)
    live = [c for c in found if c is not None]
    return block_of([c is not None for c in found]), -max([0.0, *live])


def chances(desk: Any, t: Any, when: float) -> list[float | None]:
    """Per clock that runs the chance of a breach; None: it is broken."""
    found: list[float | None] = []
    for promise, left in enumerate(minutes(desk, t, when)):
        if left is None:
            continue
        values = desk.believed.breach[t.touch, promise]
        share = left * MINUTE / max(t.target[promise], 1)
        above = next((k for k in range(1, KNOTS.size) if share < KNOTS[k]), None)
        chance = float(values[-1])
        if above is not None:
            low, high = KNOTS[above - 1], KNOTS[above]
            part = (share - low) / (high - low)
            chance = float(values[above - 1] + part * (values[above] - values[above - 1]))
        found.append(None if left < 0 else chance)
    return found


def by_value(desk: Any, t: Any, when: float) -> tuple[int, float]:
    """Log of the sum over promises of penalty * U / minutes, as documented in prioritising."""
    rules, logs, can = desk.rules, [], []
    settings = ((rules.first_weight, rules.wait_first), (1.0, rules.wait_resolution))
    for promise, left in enumerate(minutes(desk, t, when)):
        if left is None:
            continue
        needed = desk.believed.needed[t.touch, promise]
        fitting = [float(x) for x in needed if x <= left]
        can.append(bool(fitting))
        weight, wait = settings[promise]
        price = weight * t.penalty[promise]
        if fitting and price > 0:
            inside = sum(exp((x - fitting[-1]) / wait) for x in fitting) / needed.size
            worth = -(left - fitting[-1]) / wait + log(inside)
            logs.append(worth + log(price / desk.believed.minutes[t.touch, promise]))
    if not logs:
        return block_of(can), inf
    high, low = max(logs), min(logs)
    both = len(logs) == 2
    return block_of(can), -(high + log(1.0 + 2.718281828459045 ** (low - high)) if both else high)


def by_difference(desk: Any, t: Any, when: float) -> tuple[int, float]:
    """Penalty * [P(T <= x) - P(T <= x - wait)] / minutes."""
    worth, can = 0.0, []
    for promise, left in enumerate(minutes(desk, t, when)):
        if left is None:
            continue
        needed = desk.believed.needed[t.touch, promise]
        can.append(bool(left >= needed[0]))
        gain = _met(needed, left) - _met(needed, left - desk.rules.wait_resolution)
        price = t.penalty[promise]
        worth += price * gain / desk.believed.minutes[t.touch, promise]
    return block_of(can), -worth


def _met(needed: Any, left: float) -> float:
    """P(T <= left): log-normal, from its lowest and highest of eight quantiles."""
    if left <= 0:
        return 0.0
    width = NormalDist().inv_cdf(15 / 16) - NormalDist().inv_cdf(1 / 16)
    spread = log(needed[-1] / needed[0]) / width
    middle = (log(needed[0]) + log(needed[-1])) / 2
    return 0.5 * (1 + erf((log(left) - middle) / (spread * sqrt(2.0))))


def rank_together(desk: Any, group: int, at: int) -> None:
    """Rolling Moore-Hodgson: by due date; what makes one late costs the longest its place."""
    queue, when = desk.queues[group], at
    if desk.rules.on_events:
        when = max([at, *(t.queued_at for t in queue)])
    if desk.scored_at[group] == when:
        return
    desk.scored_at[group] = when
    n_agents = max(len(desk.serving(group, when)), 1)
    jobs = sorted((_due(desk, t, when), t.number, t) for t in queue)
    kept: list[tuple[float, int, Any]] = []
    for k, (due, number, t) in enumerate(jobs):
        desk.ranks[t.number] = (RANKED, float(k))
        kept.append((desk.believed.minutes[t.touch, 0] / n_agents, number, t))
        if sum(length for length, _, _ in kept) > due:
            longest = max(kept)
            kept.remove(longest)
            desk.ranks[longest[2].number] = (LOST, desk.ranks[longest[2].number][1])
    for t in queue:
        if t.queued_at > when:
            del desk.ranks[t.number]


def _due(desk: Any, t: Any, when: int) -> float:
    """Minutes until the next touch has to be over; negative: too late; endless: no clock."""
    touch, whole = desk.believed.minutes[t.touch]
    first, resolution = minutes(desk, t, when)
    ends = []
    if first is not None and first >= 0:
        ends.append(first + 0.75 * touch)
    if resolution is not None and resolution >= 0:
        ends.append(resolution - max(whole - touch, 0.0))
    has_clock = first is not None or resolution is not None
    return min(ends, default=-1.0 if has_clock else 1e12)


SCORES = {
    FIRST_IN: by_arrival,
    DUE_DATE: by_due_date,
    DUE_DATE_LATE_LAST: late_last,
    LEAST_SLACK: by_slack,
    BREACH_PROBABILITY: by_chance,
    BREACH_PROBABILITY_LATE_LAST: by_chance_late_last,
    VALUE: by_value,
    DIFFERENCE: by_difference,
}
