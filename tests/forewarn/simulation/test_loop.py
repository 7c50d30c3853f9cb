"""The event loop against queueing theory, and its laws."""

from collections.abc import Callable
from math import sqrt

import numpy as np
import pytest

from forewarn.simulation.loop import run_desk
from forewarn.simulation.plan import (
    AS_BEFORE,
    GOES_ON,
    MINUTE,
    NEW_CLOCK,
    NO_CLOCK,
    NO_PROMISE,
    Course,
    Plan,
    Staff,
    no_estimates,
)
from forewarn.simulation.policies import TABLE, TODAY, Policy, rules_of
from forewarn.sla.intervals import ALWAYS, OpenIntervals
from forewarn.sla.openings import NAT

HOUR = 60 * MINUTE
FAR = 1 << 60
Queueing = tuple[Plan, Staff]


def course_of(plan: Plan, staff: Staff, policy: Policy, *, end: int = FAR) -> Course:
    """A run around the clock, without estimates."""
    return run_desk(
        plan, staff, ALWAYS.openings, believed=no_estimates(plan.work.size),
        rules=rules_of(policy), end=end, whims=np.zeros(1),
    )  # fmt: skip


def waits(plan: Plan, course: Course) -> np.ndarray:
    """Minutes in the queue before the first touch."""
    first = plan.start[:-1]
    return (course.begun[first] - course.queued[first]) / MINUTE


@pytest.mark.parametrize(
    ("agents", "load", "chance", "wait"),
    [
        (1, 0.8, 0.8, 4.0),  # M/M/1: waits with rho, for rho / (1 - rho) services
        (2, 0.75, 0.642857, 1.285714),  # a = 1.5: C = 9/14, C / (2 - 1.5)
        (5, 0.9, 0.762493, 1.524986),  # a = 4.5: Erlang C, C / (5 - 4.5)
    ],
)
def test_waits_are_those_of_erlang(
    agents: int, load: float, chance: float, wait: float, queueing: Callable[..., Queueing]
) -> None:
    """M/M/c: the share that waits and the mean wait lie within 99 % intervals of batch means."""
    found = []
    for seed in range(12):
        plan, staff = queueing(30_000, agents=agents, load=load, seed=seed)
        waited = waits(plan, course_of(plan, staff, TABLE[0]))[3_000:]
        found.append(((waited > 0).mean(), waited.mean()))
    middle, spread = np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / sqrt(12)
    assert np.all(np.abs(middle - (chance, wait)) <= 3.106 * spread)  # t with 11 degrees, 99 %
    assert np.all(spread < 0.05 * np.array([chance, wait]))


def test_orders_only_move_waiting_from_one_to_another(queueing: Callable[..., Queueing]) -> None:
    """Kleinrock: with one agent the sum of work x wait is the same in every order, exactly."""
    plan, staff = queueing(20_000, agents=1, load=0.9, seed=3, priorities=3)
    sums, means = set(), set()
    for policy in TABLE[:5]:
        course = course_of(plan, staff, policy)
        waited = course.begun - course.queued
        sums.add(sum(int(w) * int(s) for w, s in zip(waited, plan.work, strict=True)))
        means.add(float(waited.mean().round(3)))
    assert len(sums) == 1
    assert len(means) > 1  # short work first waits less on average: orders do differ


def test_every_ticket_ends_once_and_busy_time_is_the_work(
    queueing: Callable[..., Queueing],
) -> None:
    """Nothing is lost or done twice, whatever the order."""
    plan, staff = queueing(5_000, agents=3, load=0.95, seed=4, priorities=3)
    for policy in TABLE:
        course = course_of(plan, staff, policy)
        assert np.sort(course.pieces[:, 0]).tolist() == list(range(5_000))
        assert (course.solved != NAT).all()
        assert course.busy.sum() == plan.work.sum() == course.pieces[:, 5].sum()


def shift_desk() -> Queueing:
    """Two agents: 0-4 h and 5-8 h of each day; the second is away on the second day."""
    day = 24 * HOUR
    starts, ends, until = [], [], []
    for agent, days in ((0, range(5)), (1, (0, 2, 3, 4))):
        last = max(days)
        for d in days:
            starts += [d * day, d * day + 5 * HOUR]
            ends += [d * day + 4 * HOUR, d * day + 8 * HOUR]
            gone = d * day + 8 * HOUR if agent == 1 and d == 0 else last * day + 8 * HOUR
            until += [gone, gone]
    skill = np.array([0] * 10 + [1] * 8)
    pace = np.array([[1.0, 1.0], [2.0, 0.0]])  # the second serves group 0 only, half as fast
    staff = Staff(
        np.array([0, 10, 18]), np.array(starts), np.array(ends), np.array(until), skill, pace
    )
    rng = np.random.default_rng(0)
    n = 60
    plan = Plan(
        arrived=np.sort(rng.integers(0, 8 * HOUR, n)),
        priority=rng.integers(0, 4, n),
        calendar=np.zeros(n, np.int64),
        target=np.full((n, 4, 2), NO_PROMISE),
        penalty=np.zeros((n, 4, 2)),
        changes_after=np.full(n, AS_BEFORE),
        changes_to=np.full(n, AS_BEFORE),
        start=np.arange(n + 1) * 2,
        group=np.tile([0, 1], n),
        priority_after=np.full(2 * n, AS_BEFORE),
        work=rng.integers(5, 40, 2 * n) * MINUTE,
        reply_share=np.tile([0.5, np.nan], n),
        wait=np.tile([HOUR, 0], n),
        pauses=np.tile([True, False], n),
        solves=np.zeros(2 * n, np.int64),
    )
    return plan, staff


def test_nobody_works_outside_shifts_or_on_two_tickets() -> None:
    """Time worked on each piece is the agent's time on shift between its ends."""
    plan, staff = shift_desk()
    course = course_of(plan, staff, TODAY)
    for agent in range(2):
        mine = course.pieces[course.pieces[:, 1] == agent]
        windows = slice(staff.offset[agent], staff.offset[agent + 1])
        for _, _, begin, end, worked, _ in mine:
            inside = np.minimum(staff.ends[windows], end) - np.maximum(staff.starts[windows], begin)
            assert np.clip(inside, 0, None).sum() == worked
        assert (mine[1:, 2] >= mine[:-1, 3]).all()
    assert len(course.pieces) > 100


def test_skills_and_pace() -> None:
    """Whoever lacks the skill never gets the work; the slow take twice as long."""
    plan, staff = shift_desk()
    pieces = course_of(plan, staff, TODAY).pieces
    second = pieces[pieces[:, 1] == 1]
    assert set(plan.group[second[:, 0]]) == {0}
    assert (np.abs(second[:, 4] - 2 * second[:, 5]) <= 1).all()


def test_what_is_left_before_an_absence_goes_to_a_colleague() -> None:
    """A touch cut at the end of the last shift before a day away has a second piece."""
    plan, staff = shift_desk()
    pieces = course_of(plan, staff, TODAY).pieces
    touch, n = np.unique(pieces[:, 0], return_counts=True)
    cut = pieces[np.isin(pieces[:, 0], touch[n > 1])]
    assert set(cut[:, 1]) == {0, 1}
    by_touch = np.bincount(pieces[:, 0], pieces[:, 5])
    done = np.unique(pieces[:, 0])
    assert (by_touch[done] == plan.work[done]).all()


def one_ticket(*, pauses: bool, solves: int = GOES_ON) -> Queueing:
    """Arrives at 1 h; 60 minutes with a reply after a quarter, 2 h of waiting, 30 minutes."""
    one = np.zeros(1, np.int64)
    plan = Plan(
        np.array([HOUR]), one + 1, one, np.array([[[HOUR, HOUR], [HOUR, 3 * HOUR]]]),
        np.array([[[1.0, 50.0], [1.0, 5.0]]]), one - 1, one, np.array([0, 2]), np.array([0, 0]),
        np.array([-1, -1]), np.array([60 * MINUTE, 30 * MINUTE]), np.array([0.25, np.nan]),
        np.array([2 * HOUR, 0]),
        np.array([pauses, False]), np.array([solves, 0]),
    )  # fmt: skip
    always = np.array([FAR])
    return plan, Staff(np.array([0, 1]), one, always, always, one, np.ones((1, 1)))


@pytest.mark.parametrize(("pauses", "minutes"), [(True, 90), (False, 210)])
def test_clocks_of_one_ticket(*, pauses: bool, minutes: int) -> None:
    """The reply comes 15 minutes in; the resolution clock stands while it pauses."""
    plan, staff = one_ticket(pauses=pauses)
    course = course_of(plan, staff, TODAY)
    assert course.elapsed.tolist() == [[15 * MINUTE, minutes * MINUTE]]
    assert course.replied.tolist() == [HOUR + 15 * MINUTE]
    assert course.solved.tolist() == [HOUR + 210 * MINUTE]


@pytest.mark.parametrize(
    ("change", "target"),
    [
        ({}, 3 * HOUR),
        ({"changes_after": np.array([HOUR // 2])}, HOUR),
        ({"changes_after": np.array([2 * HOUR])}, 3 * HOUR),  # its clock stands by then
        ({"changes_after": np.array([9 * HOUR])}, 3 * HOUR),  # it is over by then
        ({"priority_after": np.array([0, -1])}, HOUR),
        ({"priority_after": np.array([-1, 0])}, HOUR),
    ],
    ids=str,
)
def test_another_priority_has_other_targets(change: dict[str, np.ndarray], target: int) -> None:
    """They count from the begin of the clocks that run: 90 minutes are late for an hour."""
    plan, staff = one_ticket(pauses=True)
    course = course_of(plan._replace(**change), staff, TODAY)
    assert course.target.tolist() == [[HOUR, target]]
    assert course.broken.tolist() == [[0, int(target == HOUR)]]
    assert course.fine.tolist() == [[0.0, 50.0 if target == HOUR else 0.0]]


def test_a_laxer_promise_counts_from_the_begin_too() -> None:
    """Ninety minutes, where one hour was promised, and three in the end."""
    plan, staff = one_ticket(pauses=True)
    lax = plan._replace(priority=np.array([0]), priority_after=np.array([-1, 1]))
    course = course_of(lax, staff, TODAY)
    assert (course.target.tolist(), course.broken.tolist()) == ([[HOUR, 3 * HOUR]], [[0, 0]])


@pytest.mark.parametrize(("minutes", "broken"), [(10, 1), (20, 0)])
def test_a_change_before_the_reply_counts_for_it(minutes: int, broken: int) -> None:
    """The reply comes 15 minutes in; urgent ones are promised it in five."""
    plan, staff = one_ticket(pauses=True)
    plan.target[0, 0, 0] = 5 * MINUTE
    course = course_of(plan._replace(changes_after=np.array([minutes * MINUTE])), staff, TODAY)
    assert course.broken[0, 0] == broken
    assert course.fine[0, 0] == float(broken)


@pytest.mark.parametrize(("first", "then", "broken"), [(0, 1, 1), (1, 0, 0)])
def test_each_clock_is_judged_by_its_own_target(first: int, then: int, broken: int) -> None:
    """Solved after 60 minutes, again 30 minutes after it was reopened; 45 minutes or 3 hours."""
    plan, staff = one_ticket(pauses=True, solves=NEW_CLOCK)
    plan.target[0, 0, 1] = 45 * MINUTE
    given = plan._replace(priority=np.array([first]), priority_after=np.array([-1, then]))
    course = course_of(given, staff, TODAY)
    assert course.broken.tolist() == [[0, broken]]
    assert course.fine.tolist() == [[0.0, 50.0 * broken]]


def test_clocks_run_in_opening_hours_only() -> None:
    """Open from 0 to 2 h and from 4 h on: of the 3.5 hours one and a half are open."""
    plan, staff = one_ticket(pauses=False)
    hours = OpenIntervals(
        np.array([0, 4 * HOUR]), np.array([2 * HOUR, FAR]), np.array([0, 2 * HOUR]), 0, FAR
    )
    course = run_desk(
        plan, staff, hours.openings, believed=no_estimates(2), rules=rules_of(TODAY), end=FAR,
        whims=np.zeros(1),
    )  # fmt: skip
    assert course.elapsed.tolist() == [[15 * MINUTE, 90 * MINUTE]]


def test_the_end_cuts_everything_off() -> None:
    """At 2 h 30 min the first touch is over, the second has not begun, the clock has stood."""
    plan, staff = one_ticket(pauses=True)
    course = course_of(plan, staff, TODAY, end=2 * HOUR + 30 * MINUTE)
    assert course.solved.tolist() == [NAT]
    assert course.elapsed.tolist() == [[15 * MINUTE, 60 * MINUTE]]
    assert course.begun.tolist() == [HOUR, NAT]


@pytest.mark.parametrize(("solves", "minutes"), [(NEW_CLOCK, 60), (NO_CLOCK, 60), (GOES_ON, 90)])
def test_clocks_of_a_reopened_ticket(solves: int, minutes: int) -> None:
    """Solved after 60 minutes, reopened for 30: a new clock has 30, one that goes on 90."""
    plan, staff = one_ticket(pauses=True, solves=solves)
    assert course_of(plan, staff, TODAY).elapsed[0, 1] == minutes * MINUTE


def test_a_new_clock_can_take_longer_than_the_first() -> None:
    """With 150 minutes of work after the reopening the second clock has 150."""
    plan, staff = one_ticket(pauses=True, solves=NEW_CLOCK)
    plan = plan._replace(work=np.array([60 * MINUTE, 150 * MINUTE]))
    assert course_of(plan, staff, TODAY).elapsed[0, 1] == 150 * MINUTE
