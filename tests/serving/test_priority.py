"""The value index against figures worked out by hand, and its laws."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.priority import NORMAL_QUANTILES, Work, can_be_met, log_chance, log_worth


def work(median: float, sigma: float, minutes: float | None = None) -> Work:
    """Work of one ticket by its median minutes."""
    expected = median if minutes is None else minutes
    return Work(np.array([math.log(median)]), np.array([sigma]), np.array([expected]))


def chance(slack: float, needed: Work, wait: float = 120.0) -> float:
    """U of one ticket."""
    return math.exp(log_chance(np.array([slack]), work=needed, wait=wait)[0])


def test_quantiles_are_those_of_the_standard_normal() -> None:
    """The eight points are the normal quantiles at 1/16, 3/16, ... 15/16."""
    printed = [-1.53412, -0.88715, -0.48878, -0.15731, 0.15731, 0.48878, 0.88715, 1.53412]
    assert NORMAL_QUANTILES.tolist() == pytest.approx(printed, abs=5e-6)


@pytest.mark.parametrize(
    ("slack", "median", "wait", "expected"),
    [
        (30.0001, 30.0, 120.0, 1.0),  # just enough: any further wait loses it
        (150.0, 30.0, 120.0, 0.36788),  # 120 spare minutes at a mean wait of 120: 1/e
        (90.0, 30.0, 60.0, 0.36788),  # 60 spare minutes at a mean wait of 60: 1/e
        (270.0, 30.0, 120.0, 0.13534),  # twice that: 1/e^2
        (29.9, 30.0, 120.0, 0.0),  # not enough
        (-5.0, 30.0, 120.0, 0.0),
    ],
)
def test_certain_work(slack: float, median: float, wait: float, expected: float) -> None:
    """With certain work U is exp(-(spare minutes) / wait), and 0 where the time is too short."""
    assert chance(slack, work(median, 0.0), wait) == pytest.approx(expected, abs=1e-5)


def test_uncertain_work() -> None:
    """Median 60, sigma .5, 60 left: four of eight quantiles fit, (.7650+.8360+.8973+.9629)/8."""
    assert chance(60.0, work(60.0, 0.5)) == pytest.approx(0.4326, abs=1e-4)


def test_two_months_left_are_not_lost() -> None:
    """60 days of spare time at a mean wait of 120 minutes: log U = -(86400 - 30) / 120."""
    log_u = log_chance(np.array([86400.0]), work=work(30.0, 0.0), wait=120.0)[0]
    assert log_u == pytest.approx(-719.75)


def test_no_clock_is_worth_nothing() -> None:
    """A ticket without a running clock of the metric adds nothing to the index."""
    assert chance(math.nan, work(30.0, 0.5)) == 0.0
    assert not can_be_met(np.array([math.nan]), work=work(30.0, 0.5))[0]


def test_lost_below_the_lowest_quantile() -> None:
    """Median 60, sigma .5: the lowest quantile is 60 * exp(-.76706) = 27.86 minutes."""
    met = (
        can_be_met(np.array([27.8]), work=work(60.0, 0.5)),
        can_be_met(np.array([27.9]), work=work(60.0, 0.5)),
    )
    assert [bool(m[0]) for m in met] == [False, True]


def test_worth_is_penalty_per_minute() -> None:
    """Penalty 100, 50 expected minutes, U = 1/e, weight 2: 2 * 100 * .36788 / 50 = 1.47152."""
    worth = log_worth(
        np.array([150.0]),
        work=work(30.0, 0.0, minutes=50.0),
        penalty=np.array([100.0]),
        wait=120.0,
        weight=2.0,
    )
    assert math.exp(worth[0]) == pytest.approx(1.47152, abs=1e-5)


def test_no_penalty_is_worth_nothing() -> None:
    """A breach that costs nothing adds nothing, without a warning."""
    worth = log_worth(np.array([150.0]), work=work(30.0, 0.0), penalty=np.array([0.0]), wait=120.0)
    assert worth[0] == -math.inf


minutes = st.floats(0.5, 1e5)
sigmas = st.floats(0.0, 2.5)


@given(slack=st.floats(-1e4, 1e5), median=minutes, sigma=sigmas, wait=st.floats(1.0, 1e3))
def test_chance_is_a_probability(slack: float, median: float, sigma: float, wait: float) -> None:
    """U lies in 0 to 1, and is above 0 exactly where the clock can still be met."""
    needed = work(median, sigma)
    log_u = log_chance(np.array([slack]), work=needed, wait=wait)[0]
    assert log_u <= 1e-12
    assert np.isfinite(log_u) == can_be_met(np.array([slack]), work=needed)[0]


@given(median=minutes, sigma=sigmas, spare=st.floats(0.0, 1e4), more=st.floats(0.0, 1e4))
def test_safer_tickets_are_worth_less(
    median: float, sigma: float, spare: float, more: float
) -> None:
    """Once all quantiles fit, each further minute of time left lowers U by exp(-1/wait)."""
    most = median * math.exp(sigma * NORMAL_QUANTILES[-1])
    near, far = (
        log_chance(np.array([x]), work=work(median, sigma), wait=60.0)[0]
        for x in (most + spare + 1.0, most + spare + 1.0 + more)
    )
    assert near - far == pytest.approx(more / 60.0, abs=1e-6)


@given(
    slack=st.floats(0.0, 600.0), median=st.floats(0.5, 300.0), sigma=sigmas, wait=st.floats(20, 500)
)
def test_logs_equal_the_plain_formula(
    slack: float, median: float, sigma: float, wait: float
) -> None:
    """Where nothing underflows the logarithm of the plain mean over the quantiles comes out."""
    needed = [median * math.exp(sigma * z) for z in NORMAL_QUANTILES]
    margins = [abs(slack - t) for t in needed]
    if min(margins) < 1e-6:
        return
    plain = sum(math.exp(-(slack - t) / wait) for t in needed if t <= slack) / 8
    assert chance(slack, work(median, sigma), wait) == pytest.approx(plain, rel=1e-9)
