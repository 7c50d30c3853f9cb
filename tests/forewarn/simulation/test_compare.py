"""Means, differences and reductions over seeds, worked out by hand."""

import pytest

from forewarn.simulation.compare import difference, interval, reduction
from forewarn.simulation.outcome import Outcome


def share(value: float) -> Outcome:
    """An outcome of which only the broken resolutions matter."""
    return Outcome(value, 0.0, 0.0, 0.0, 0.0)


TRIALS = [
    {"a": share(0.01), "b": share(0.04)},
    {"a": share(0.02), "b": share(0.06)},
    {"a": share(0.03), "b": share(0.05)},
]


def test_interval_is_student_s() -> None:
    """Of 1, 2, 3: mean 2, standard error 1/sqrt(3), t with two degrees 4.303: 2 +- 2.4843."""
    found = interval([1.0, 2.0, 3.0])
    assert (found.mean, found.low, found.high) == pytest.approx((2.0, -0.48434, 4.48434), abs=1e-4)


def test_an_interval_ends_where_nothing_can_be() -> None:
    """A share is not below 0; its upper end stays."""
    found = interval([1.0, 2.0, 3.0], least=0.0)
    assert (found.low, found.high) == pytest.approx((0.0, 4.48434), abs=1e-4)


def test_one_value_says_nothing_about_its_spread() -> None:
    """The interval of a single seed is endless."""
    assert interval([0.5]).low == float("-inf")


def test_differences_are_taken_in_pairs() -> None:
    """-.03, -.04, -.02: mean -.03, standard error .01/sqrt(3)."""
    found = difference(TRIALS, "a", "b", lambda o: o.resolution)
    assert found.mean == pytest.approx(-0.03)
    assert found.low == pytest.approx(-0.03 - 4.303 * 0.01 / 3**0.5, abs=1e-6)


def test_reduction_is_of_sums() -> None:
    """1 - .06 / .15 = .6; without one seed in turn .54545, .55556, .7: spread .0998."""
    found = reduction(TRIALS, "a", "b", lambda o: o.resolution)
    assert found.mean == pytest.approx(0.6)
    assert found.high - found.mean == pytest.approx(4.303 * 0.09987, abs=1e-3)
