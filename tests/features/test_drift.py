"""How far the values of two months lie apart."""

import numpy as np
import pandas as pd
import pytest

from features.drift import month_ends, number_bins, stability_index, text_bins


def test_the_index_by_hand() -> None:
    """Shares (1.5, .5)/2 and (.5, 1.5)/2 with half an observation added: twice .5 ln 3."""
    found = stability_index(np.array([0]), np.array([1]))
    assert found == pytest.approx(1.0986122886681098)


def test_equal_samples_do_not_drift() -> None:
    """In whatever order; without a sample nothing is known."""
    assert stability_index(np.array([0, 1, 1, 2]), np.array([2, 1, 0, 1])) == 0.0
    assert np.isnan(stability_index(np.zeros(0, np.int64), np.array([1])))


def test_numbers_fall_into_tenths_and_nulls_apart() -> None:
    """Twenty numbers, two to a bin; null is bin 0."""
    bins = number_bins(np.append(np.arange(20.0), np.nan))
    assert bins.tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 0]


def test_equal_numbers_share_a_bin() -> None:
    """A count that is 0 in nineteen of twenty rows has two bins; all null has one."""
    assert set(number_bins(np.append(np.zeros(19), 3.0)).tolist()) == {1, 2}
    assert number_bins(np.full(3, np.nan)).tolist() == [0, 0, 0]


def test_frequent_words_have_bins_of_their_own() -> None:
    """Nine of them; the rest is the tenth bin, null bin 0."""
    codes = np.concatenate([np.repeat(np.arange(9), 2), [9, 10, -1]])
    assert text_bins(codes)[[0, 16, 18, 19, 20]].tolist() == [1, 9, 10, 10, 0]


def test_months_are_those_of_the_desk() -> None:
    """22:30 UTC on 31 March is April in Berlin; May has too few observations."""
    instants = ["2026-03-31T21:30Z"] * 200 + ["2026-03-31T22:30Z"] * 200 + ["2026-05-01T00:00Z"]
    found = month_ends(pd.to_datetime(pd.Series(instants)), time_zone="Europe/Berlin")
    assert found is not None
    first, last, words = found
    assert (first.sum(), last.sum(), words) == (200, 200, "2026-03 to 2026-04")


def test_one_month_is_compared_with_nothing() -> None:
    """And a second one of 199 observations is no month to compare with."""
    instants = pd.to_datetime(pd.Series(["2026-03-01T00:00Z"] * 300 + ["2026-04-01T00:00Z"] * 199))
    assert month_ends(instants, time_zone="UTC") is None
