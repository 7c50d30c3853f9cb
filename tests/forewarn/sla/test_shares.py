"""How sure a share is, and how long what has not ended would have taken."""

import numpy as np
import pytest

from forewarn.sla.shares import Interval, time_kept_by, wilson


def kept(*clocks: tuple[int, bool], share: float) -> int | None:
    """The time within which a share of clocks (elapsed, whether done) is done."""
    elapsed = np.array([c[0] for c in clocks], np.int64)
    return time_kept_by(elapsed, np.array([c[1] for c in clocks], bool), share=share)


def test_an_interval_is_wilsons() -> None:
    """30 of 100, Wilson with z = 1.96: 21.89 to 39.58 %, as tables print it."""
    assert wilson(30, 100) == Interval(0.2189, 0.3958)


def test_an_interval_stays_within_the_possible() -> None:
    """None of ten and all of ten are mirror images; of nothing there is none."""
    assert wilson(0, 10) == Interval(0.0, 0.2775)
    assert wilson(10, 10) == Interval(0.7225, 1.0)
    assert wilson(0, 0) is None


def test_without_censoring_it_is_the_plain_quantile() -> None:
    """Of ten clocks that took 1 to 10, eight took no more than 8."""
    clocks = [(i, True) for i in range(1, 11)]
    assert [kept(*clocks, share=s) for s in (0.8, 0.81, 1.0)] == [8, 9, 10]


@pytest.mark.parametrize(("share", "time"), [(0.16, 1), (0.3, 2), (0.34, 3), (0.5, 3), (0.6, 5)])
def test_a_clock_still_open_counts_as_long_as_it_was_seen(share: float, time: int) -> None:
    """Done at 1, 2, 3 and 5, seen open to 2 and 4: open are 5/6, 4/6, 4/9, then none."""
    clocks = ((1, True), (2, True), (2, False), (3, True), (4, False), (5, True))
    assert kept(*clocks, share=share) == time


def test_what_was_not_seen_is_not_told() -> None:
    """Two of four are open longer than any was done: half is known, more is not."""
    clocks = ((1, True), (2, True), (9, False), (9, False))
    assert kept(*clocks, share=0.5) == 2
    assert kept(*clocks, share=0.8) is None
    assert kept(share=0.5) is None
