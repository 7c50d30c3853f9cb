"""Medians of windows equal those of numpy, whatever the values and wherever the window lies."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.medians import build_medians

FEW = st.sampled_from([0.0, 1.0, 1.5, -3.0])
ANY = st.floats(-1e9, 1e9)


@given(st.lists(FEW, min_size=1, max_size=150) | st.lists(ANY, min_size=1, max_size=150), st.data())
def test_any_window_has_the_median_of_numpy(values: list[float], data: st.DataObject) -> None:
    """Ties, single values, windows of even and odd length."""
    row = st.integers(-1, len(values) - 1)
    asked = data.draw(st.lists(st.tuples(row, row), min_size=1, max_size=20))
    then = np.array([min(pair) for pair in asked])
    now = np.array([max(pair) for pair in asked])
    found = _of_one_key(np.array(values), then + 1, now + 1)
    expected = [
        np.median(values[a + 1 : b + 1]) if b > a else np.nan
        for a, b in zip(then, now, strict=True)
    ]
    np.testing.assert_array_equal(found, expected)


def test_the_two_in_the_middle_are_averaged() -> None:
    """Of 4, 1, 10, 2 that is 3; of the last three 2; of the first one 4; of none nothing."""
    values = np.array([4.0, 1.0, 10.0, 2.0])
    found = _of_one_key(values, np.array([0, 1, 0, 2]), np.array([4, 4, 1, 2]))
    np.testing.assert_array_equal(found, [3.0, 2.0, 4.0, np.nan])


@pytest.mark.parametrize("size", [1, 31, 32, 33, 64, 1000])
def test_lengths_around_a_word_of_bits(size: int) -> None:
    """Of 0 to n - 1 in any order the whole range has its middle, and each row itself."""
    values = np.random.default_rng(size).permutation(size).astype(np.float64)
    assert _of_one_key(values, np.array([0]), np.array([size])) == [(size - 1) / 2]
    each = np.arange(size)
    np.testing.assert_array_equal(_of_one_key(values, each, each + 1), values)


def test_without_values_there_is_no_median() -> None:
    """An empty history."""
    assert np.isnan(_of_one_key(np.array([]), np.array([0]), np.array([0]))).all()


def test_each_key_has_places_of_its_own() -> None:
    """Key 0 has 4 and 1, key 1 nothing, key 2 the value 9; -1 is nobody."""
    medians = build_medians(np.array([4.0, 1.0, 9.0]), np.array([0, 2, 2, 3]))
    keys, n = np.array([0, 0, 1, 2, -1]), np.array([2, 1, 0, 1, 0])
    found = medians.between(keys, np.zeros(5, np.int64), n)
    np.testing.assert_array_equal(found, [2.5, 4.0, np.nan, 9.0, np.nan])


@given(st.lists(st.lists(FEW, max_size=70), min_size=1, max_size=5), st.data())
def test_keys_of_many_lengths_lie_side_by_side(of_keys: list[list[float]], data: Any) -> None:
    """Any window of any key has the median of that key's own values."""
    first = np.cumsum([0, *map(len, of_keys)])
    medians = build_medians(np.concatenate([np.array(v, float) for v in of_keys]), first)
    key = data.draw(st.integers(0, len(of_keys) - 1))
    bounds = st.integers(0, len(of_keys[key]))
    begin, end = sorted((data.draw(bounds), data.draw(bounds)))
    (found,) = medians.between(np.array([key]), np.array([begin]), np.array([end]))
    window = of_keys[key][begin:end]
    np.testing.assert_equal(found, np.median(window) if window else np.nan)


def _of_one_key(values: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    medians = build_medians(values, np.array([0, values.size]))
    return medians.between(np.zeros(begin.size, np.int64), begin, end)
