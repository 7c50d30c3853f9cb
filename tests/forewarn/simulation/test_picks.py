"""Which ticket is taken, on desks of a few tickets worked out by hand."""

from math import exp, log

import numpy as np
import pytest

from forewarn.simulation.loop import run_desk
from forewarn.simulation.plan import KNOTS, MINUTE, Estimates, Plan, Staff
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
    Policy,
    rules_of,
)
from forewarn.simulation.value_index import log_chance_of
from forewarn.sla.intervals import ALWAYS
from serving.priority import Work, log_worth

FAR = 1 << 60


def order(
    policy: Policy,
    *,
    left: list[float],
    work: list[float],
    penalty: list[float] | None = None,
    priority: list[int] | None = None,
    breach: list[float] | None = None,
    **settings: float,
) -> list[int]:
    """The order in which one agent takes tickets that all wait at minute 1,000.

    ``left``: minutes until the resolution is due then. Ticket i came at minute i. Until 1,000
    the agent is busy with a ticket of their own.
    """
    n = len(left) + 1
    target = np.full((n, 2), -1)
    target[1:, 1] = [(1000 + x - i) * MINUTE for i, x in enumerate(left)]
    minutes = np.array([1001.0, *work])
    none = np.zeros(n, np.int64)
    fines = np.column_stack([np.zeros(n), [0.0, *(penalty or [1.0] * len(left))]])
    plan = Plan(
        arrived=np.array([-1, *range(len(left))]) * MINUTE,
        priority=np.array([0, *(priority or [1] * len(left))]),
        calendar=none, target=np.repeat(target[:, None], 4, axis=1),
        penalty=np.repeat(fines[:, None], 4, axis=1), changes_after=none - 1, changes_to=none,
        start=np.arange(n + 1), group=none, priority_after=none - 1,
        work=(minutes * MINUTE).astype(np.int64), reply_share=np.full(n, np.nan), wait=none,
        pauses=np.zeros(n, np.bool_), solves=none,
    )  # fmt: skip
    staff = Staff(
        np.array([0, 1]), np.array([-MINUTE]), np.array([FAR]), np.array([FAR]),
        np.array([0]), np.ones((1, 1)),
    )  # fmt: skip
    chances = np.array([0.0, *(breach or [0.0] * len(left))])
    believed = Estimates(
        np.repeat(minutes, 16).reshape(n, 2, 8), np.column_stack([minutes, minutes]),
        np.repeat(chances, 2 * KNOTS.size).reshape(n, 2, KNOTS.size),
    )  # fmt: skip
    rules = rules_of(policy, begins=-FAR, interval_minutes=0, **settings)  # type: ignore[arg-type]
    course = run_desk(
        plan, staff, ALWAYS.openings, believed=believed, rules=rules, end=FAR, whims=np.zeros(1)
    )
    return [int(t) - 1 for t in np.argsort(course.begun, kind="stable")[1:]]


def of(code: int, *, guards: bool = False) -> Policy:
    """A policy by its code."""
    return Policy("", code, guards=guards)


def test_first_in_first_out() -> None:
    """By arrival alone."""
    assert order(of(FIRST_IN), left=[9, 5, 7], work=[1, 1, 1], priority=[3, 1, 2]) == [0, 1, 2]


def test_priority_then_age() -> None:
    """The more urgent first, of equal ones the older."""
    found = order(of(PRIORITY_AGE), left=[9, 5, 7], work=[1, 1, 1], priority=[2, 1, 1])
    assert found == [1, 2, 0]


def test_due_dates() -> None:
    """The second is late already: first by due date, last where late ones stand behind."""
    given = {"left": [90.0, -5.0, 70.0], "work": [1.0, 1.0, 1.0]}
    assert order(of(DUE_DATE), **given) == [1, 2, 0]
    assert order(of(DUE_DATE_LATE_LAST), **given) == [2, 0, 1]


def test_least_slack() -> None:
    """Slack is the time left less the work: 90 - 80, 50 - 20, 70 - 5."""
    assert order(of(LEAST_SLACK), left=[90, 50, 70], work=[80, 20, 5]) == [0, 1, 2]


def test_breach_probability() -> None:
    """The highest chance first; what is broken is certain, or stands behind."""
    given = {"left": [90.0, 50.0, -70.0], "work": [1.0, 1.0, 1.0], "breach": [0.2, 0.7, 0.1]}
    assert order(of(BREACH_PROBABILITY), **given) == [2, 1, 0]
    assert order(of(BREACH_PROBABILITY_LATE_LAST), **given) == [1, 0, 2]


def test_moore_hodgson_drops_the_longest() -> None:
    """Due in 30, 40, 50 with 25, 20, 15 minutes: not all fit; without the 25 two do."""
    assert order(of(MOORE_HODGSON), left=[30, 40, 50], work=[25, 20, 15]) == [1, 2, 0]


def test_value_is_penalty_per_minute() -> None:
    """Equal spare time: 10 in 60 minutes is worth less than 5 in 20; the lost one is last."""
    found = order(of(VALUE), left=[160, 120, 10], work=[60, 20, 30], penalty=[10, 5, 900])
    assert found == [1, 0, 2]


def test_plain_difference_ties_below_its_wait() -> None:
    """Both have less than 120 minutes: equal, so the earlier due date decides."""
    assert order(of(DIFFERENCE), left=[110, 40], work=[10, 10]) == [1, 0]
    assert order(of(VALUE), left=[110, 40], work=[10, 10]) == [1, 0]


def test_top_priority_comes_first_with_guards() -> None:
    """Also where its promise is lost."""
    given = {"left": [100.0, -50.0], "work": [10.0, 10.0], "priority": [1, 0]}
    assert order(of(VALUE), **given) == [0, 1]
    assert order(of(VALUE, guards=True), **given) == [1, 0]


def test_every_third_pick_goes_to_the_oldest() -> None:
    """With a turn every three picks (the agent's own first one counts) ticket 0 comes third."""
    left = [90000.0, 100.0, 110.0, 120.0, 130.0]
    assert order(of(VALUE), left=left, work=[5.0] * 5) == [1, 2, 3, 4, 0]
    found = order(of(VALUE, guards=True), left=left, work=[5.0] * 5, oldest_every=3)
    assert found == [1, 0, 2, 3, 4]


def test_without_compliance_everybody_works_as_today() -> None:
    """At a compliance of 0 the value index orders like priority, then age."""
    given = {"left": [160.0, 120.0, 10.0], "work": [60.0, 20.0, 30.0], "priority": [2, 3, 1]}
    assert order(of(VALUE, guards=True), **given, compliance=0.0) == [2, 0, 1]


@pytest.mark.parametrize("left", [5.0, 40.0, 300.0, 86_400.0])
def test_kernel_and_served_queue_are_one_formula(left: float) -> None:
    """The kernel on a row of quantiles equals what the served queue computes."""
    work = Work(np.array([log(30.0)]), np.array([0.5]), np.array([34.0]))
    served = log_worth(np.array([left]), work=work, penalty=np.array([7.0]), wait=120.0)[0]
    quantiles = np.array(
        [30.0 * exp(0.5 * z) for z in (-1.534121, -0.887147, -0.488776, -0.157311,
                                       0.157311, 0.488776, 0.887147, 1.534121)]
    )  # fmt: skip
    kernel = log_chance_of(left, quantiles, 120.0) + log(7.0 / 34.0)
    assert kernel == pytest.approx(served, rel=1e-5)
