"""Sorting instants is the same as numpy's stable sort, however they lie."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.ordering import order_by_instant

_INSTANTS = st.lists(st.integers(-50, 50) | st.integers(-(2**60), 2**60), max_size=120)


@given(_INSTANTS)
def test_the_order_is_that_of_a_stable_sort(instants: list[int]) -> None:
    """Equal instants, one crowd and far outliers included."""
    at = np.array(instants, np.int64)
    assert order_by_instant(at).tolist() == np.argsort(at, kind="stable").tolist()


@pytest.mark.parametrize("spread", [1, 1000, 10**15])
def test_many_instants_nearly_in_order(spread: int) -> None:
    """Ten thousand, each a little late, crowded or not."""
    random = np.random.default_rng(5)
    at = np.sort(random.integers(0, 10**15, 10_000)) + random.integers(0, spread, 10_000)
    assert order_by_instant(at).tolist() == np.argsort(at, kind="stable").tolist()
