"""Draw simulated weeks from a fitted desk: each is a week of the history."""

from dataclasses import dataclass

import numpy as np

from forewarn.errors import DataError
from forewarn.simulation.donors import CLOSED, DeskHistory
from forewarn.simulation.plan import Int64, Plan, Staff

WARM_WEEKS, TEST_WEEKS, TAIL_WEEKS = 12, 6, 3
DAY = 86_400_000_000
WEEK = 7


@dataclass(frozen=True)
class Drawn:
    """A desk to run. ``donor``: per ticket its row in the history.

    Models learn before ``test_begins``; tickets that arrive from then until ``test_ends`` count;
    the desk goes on until ``end``, so that their promises are decided. ``seed`` of the draw.
    """

    plan: Plan
    staff: Staff
    donor: Int64
    test_begins: int
    test_ends: int
    end: int
    seed: int


def draw_desk(
    history: DeskHistory,
    *,
    seed: int,
    load: float | None,
    warm_weeks: int = WARM_WEEKS,
    test_weeks: int = TEST_WEEKS,
    tail_weeks: int = TAIL_WEEKS,
    spread: float = 1.0,
    again: int | None = None,
) -> Drawn:
    """Weeks of a desk that is offered ``load``, a share of the time of the agents present.

    Weeks before the test come from the first half of the history, later ones from the second:
    no model meets a ticket that it has learned from. Hands-on work is scaled so that each group
    is offered the load before the test and from then on. ``spread`` stretches the log work
    around its mean per group. Without a ``load`` work is as it was.
    ``again``: day of the history whose week comes as the first of the test.

    Raises DataError where the history has fewer weeks.
    """
    weeks = warm_weeks + test_weeks + tail_weeks
    if history.midnight.size < 7 * weeks:
        raise DataError(
            f"the history has {history.midnight.size // 7} weeks whose tickets are over; "
            f"{warm_weeks} to learn from, {test_weeks} to test and {tail_weeks} behind them are "
            f"{weeks}: take fewer (--learn-weeks, --test-weeks), or a longer history"
        )
    rng = np.random.default_rng(seed)
    days = np.arange(history.midnight.size - 7 * weeks, history.midnight.size)
    is_test = np.arange(days.size) >= 7 * warm_weeks
    lenders = _lenders(rng, history, days, is_test)
    if again is not None:
        lenders[7 * warm_weeks : 7 * warm_weeks + 7] = np.arange(again, again + 7)
    plan, donor, period = _tickets(history, days, lenders, is_test)
    staff = _staff(history, days, lenders)
    begins = int(history.midnight[days[7 * warm_weeks]]) if warm_weeks else 0
    plan = plan._replace(work=_spread(plan, history.n_groups, spread))
    if load is not None:
        plan = _loaded(plan, staff, period, load=load, boundary=begins)
    ends = int(history.midnight[days[7 * (warm_weeks + test_weeks) - 1]]) + DAY
    return Drawn(plan, staff, donor, begins, ends, int(history.midnight[days[-1]]) + DAY, seed)


def _lenders(
    rng: np.random.Generator, history: DeskHistory, days: Int64, is_test: np.ndarray
) -> Int64:
    """Per simulated day the day of the history that lends it everything, week by week.

    Days drawn one by one would part bad days from each other, and queues would be too short:
    held beside the desk that a log came from, weeks come near to it. A day of another kind than
    its lender's (a holiday) takes any of its own kind.
    """
    every, half = np.arange(history.midnight.size), history.midnight.size // 2
    lenders = np.empty(days.size, np.int64)
    for first in range(0, days.size, WEEK):
        week = days[first : first + WEEK]
        pool = every[half:] if is_test[first] else every[:half]
        begins = pool[((pool - week[0]) % WEEK == 0) & (pool + WEEK - 1 <= pool[-1])]
        begin = int(rng.choice(begins)) if begins.size else int(week[0])
        for i, day in enumerate(week):
            lenders[first + i] = _alike(rng, history.kind, day, begin + i, pool)
    return lenders


def _alike(rng: np.random.Generator, kind: Int64, day: int, lender: int, pool: Int64) -> int:
    """The lender where it is of the day's kind, else one that is: of the pool, or of all."""
    if kind[lender] == kind[day]:
        return lender
    alike = pool[kind[pool] == kind[day]]
    return int(rng.choice(alike if alike.size else np.flatnonzero(kind == kind[day])))


def _tickets(
    history: DeskHistory, days: Int64, lenders: Int64, is_test: np.ndarray
) -> tuple[Plan, Int64, Int64]:
    """The tickets of the lenders' days, by arrival; their donors; 0 before the test, then 1."""
    by_day = np.argsort(history.day, kind="stable")
    first = np.searchsorted(history.day[by_day], np.arange(history.midnight.size + 1))
    rows = [by_day[first[d] : first[d + 1]] for d in lenders]
    at = [
        history.arrived[r] - history.midnight[lender] + history.midnight[day]
        for r, lender, day in zip(rows, lenders, days, strict=True)
    ]
    period = np.repeat(is_test.astype(np.int64), [len(r) for r in rows])
    donor, arrived = np.concatenate(rows), np.concatenate(at)
    order = np.argsort(arrived, kind="stable")
    donor, arrived, period = donor[order], arrived[order], period[order]
    return plan_of(history, donor, arrived), donor, period


def plan_of(history: DeskHistory, donor: Int64, arrived: Int64) -> Plan:
    """Tickets that arrive at these instants, in order, with the routes of their donors."""
    counts = np.diff(history.start)[donor]
    start = np.concatenate([[0], np.cumsum(counts)])
    within = np.arange(start[-1]) - np.repeat(start[:-1], counts)
    touch = np.repeat(history.start[donor], counts) + within
    return Plan(
        arrived=arrived,
        priority=history.priority[donor],
        calendar=history.calendar[donor],
        target=history.target[donor],
        penalty=history.penalty[donor],
        changes_after=history.changes_after[donor],
        changes_to=history.changes_to[donor],
        start=start,
        group=history.group[touch],
        priority_after=history.priority_after[touch],
        work=history.work[touch],
        reply_share=history.reply_share[touch],
        wait=history.wait[touch],
        pauses=history.pauses[touch],
        solves=history.solves[touch],
    )


def _staff(history: DeskHistory, days: Int64, lenders: Int64) -> Staff:
    """The agents who were present on the lenders' days, in their usual hours."""
    by_day = np.argsort(history.present_day, kind="stable")
    first = np.searchsorted(history.present_day[by_day], np.arange(history.midnight.size + 1))
    rows = [by_day[first[d] : first[d + 1]] for d in lenders]
    row = np.concatenate(rows)
    place = np.repeat(np.arange(days.size), [len(r) for r in rows])
    midnight = history.midnight[days][place]
    order = np.lexsort((midnight, history.present_agent[row]))
    row, place, midnight = row[order], place[order], midnight[order]
    agent = history.present_agent[row]
    ends = midnight + history.shift_end[row]
    workday = np.cumsum(history.kind[days] != CLOSED)[place]
    return Staff(
        offset=np.searchsorted(agent, np.arange(len(history.agents) + 1)),
        starts=midnight + history.shift_begin[row],
        ends=ends,
        until=_until(agent, workday, ends),
        skill=history.skill[row],
        pace=history.pace,
    )


def _until(agent: Int64, workday: Int64, ends: Int64) -> Int64:
    """End of the last window before the next working day that the agent misses."""
    until = ends.copy()
    for i in range(ends.size - 2, -1, -1):
        if agent[i + 1] == agent[i] and workday[i + 1] - workday[i] <= 1:
            until[i] = until[i + 1]
    return until


def _spread(plan: Plan, n_groups: int, spread: float) -> Int64:
    """Work with its log stretched around the mean of its group."""
    if spread == 1.0:
        return plan.work
    logs = np.log(plan.work)
    count = np.maximum(np.bincount(plan.group, minlength=n_groups), 1)
    middle = (np.bincount(plan.group, logs, n_groups) / count)[plan.group]
    return np.rint(np.exp(middle + spread * (logs - middle))).astype(np.int64)


def capacity(staff: Staff, n_groups: int, *, since: int, until: int) -> np.ndarray:
    """Regular working time per group; whoever serves several shares out equally."""
    inside = np.minimum(staff.ends, until) - np.maximum(staff.starts, since)
    pace = staff.pace[staff.skill]
    serves = pace > 0
    share = np.divide(1.0, pace, out=np.zeros_like(pace), where=serves)
    share /= np.maximum(serves.sum(axis=1, keepdims=True), 1)
    found: np.ndarray = (np.clip(inside, 0, None)[:, None] * share).sum(axis=0)
    return found[:n_groups]


def _loaded(plan: Plan, staff: Staff, period: Int64, *, load: float, boundary: int) -> Plan:
    """The same touches with so much work in each group and period."""
    n_groups = staff.pace.shape[1]
    of_touch = np.repeat(period, np.diff(plan.start))
    work = plan.work.astype(np.float64)
    for number, span in enumerate(((0, boundary), (boundary, 1 << 62))):
        mine = of_touch == number
        offered = np.bincount(plan.group[mine], work[mine], n_groups)
        there = capacity(staff, n_groups, since=span[0], until=span[1])
        factor = np.divide(there * load, offered, out=np.ones(n_groups), where=offered > 0)
        work[mine] *= factor[plan.group[mine]]
    return plan._replace(work=np.maximum(np.rint(work), 1).astype(np.int64))
