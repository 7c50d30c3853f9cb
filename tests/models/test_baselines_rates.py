"""As-of rates: only what was decided before, known and matured."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.baselines_rates import Decided, as_of_rates, rate_baselines


def ints(*values: int) -> np.ndarray:
    """Codes or instants."""
    return np.array(values, np.int64)


def test_a_rate_counts_its_own_code_and_leans_on_the_overall_rate() -> None:
    """Code 0: one breach of two; overall two of four; with weight 2: (1 + 2 · .5) / (2 + 2)."""
    rates = as_of_rates(
        np.array([1.0, 0.0, 1.0, 0.0]),
        codes=ints(0, 0, 1, 1),
        decided_at=ints(1, 2, 3, 4),
        asked_codes=ints(0, 7),
        as_of=ints(10, 10),
        smoothing=2.0,
    )
    assert rates.tolist() == [0.5, 0.5]


def test_an_outcome_decided_at_as_of_is_not_yet_seen() -> None:
    """The breach at 5 is unknown at 5 and known at 6: 0/1 then 1/2, smoothed by 10."""
    rates = as_of_rates(
        np.array([0.0, 1.0]),
        codes=ints(3, 3),
        decided_at=ints(1, 5),
        asked_codes=ints(3, 3),
        as_of=ints(5, 6),
    )
    assert rates.tolist() == [0.0, 0.5]


def test_before_anything_is_decided_the_rate_is_one_half() -> None:
    """No history says nothing: neither a breach nor a promise kept."""
    rates = as_of_rates(
        np.array([1.0]), codes=ints(0), decided_at=ints(9), asked_codes=ints(0), as_of=ints(1)
    )
    assert rates.tolist() == [0.5]


def test_a_null_code_is_a_code() -> None:
    """Tickets without a group share a rate of their own: (2 + 10 · 2/3) / (2 + 10)."""
    rates = as_of_rates(
        np.array([1.0, 1.0, 0.0]),
        codes=ints(-1, -1, 0),
        decided_at=ints(1, 1, 1),
        asked_codes=ints(-1),
        as_of=ints(2),
    )
    assert rates[0] == pytest.approx((2 + 20 / 3) / 12)


def test_matured_rates_wait_for_the_deadline() -> None:
    """A promise kept early with a deadline at 50 counts at 10 as known, not as matured."""
    decided = Decided(
        keys=pd.DataFrame({"group": ["a", "a"]}),
        truth=np.array([0.0, 1.0]),
        known_at=ints(5, 6),
        matured_at=ints(50, 6),
    )
    scores = rate_baselines(pd.DataFrame({"group": ["a"]}), as_of=ints(10), decided=decided)
    assert scores["group_rate_known"].tolist() == [0.5]
    assert scores["group_rate_matured"].tolist() == [1.0]


def test_codes_are_compared_by_value_not_by_table() -> None:
    """Null and unseen codes of either table keep apart: b was never decided, null always late."""
    decided = Decided(
        keys=pd.DataFrame({"group": pd.Categorical(["a", None])}),
        truth=np.array([0.0, 1.0]),
        known_at=ints(1, 1),
        matured_at=ints(1, 1),
    )
    asked = pd.DataFrame({"group": pd.Categorical(["b", None, "a"])})
    scores = rate_baselines(asked, as_of=ints(9, 9, 9), decided=decided)
    assert scores["group_rate_known"].tolist() == pytest.approx([0.5, 6 / 11, 5 / 11])


@settings(deadline=None)  # the first call compiles
@given(
    st.lists(
        st.tuples(st.booleans(), st.integers(-1, 3), st.integers(0, 20)), min_size=1, max_size=40
    ),
    st.lists(st.tuples(st.integers(-1, 4), st.integers(0, 22)), min_size=1, max_size=20),
)
def test_rates_equal_a_plain_count(
    decided: list[tuple[bool, int, int]], asked: list[tuple[int, int]]
) -> None:
    """For any history the bisected rate is the one counted row by row."""
    rates = as_of_rates(
        np.array([float(y) for y, _, _ in decided]),
        codes=ints(*(c for _, c, _ in decided)),
        decided_at=ints(*(t for _, _, t in decided)),
        asked_codes=ints(*(c for c, _ in asked)),
        as_of=ints(*(t for _, t in asked)),
    )
    for rate, (code, instant) in zip(rates, asked, strict=True):
        before = [(y, c) for y, c, t in decided if t < instant]
        base = sum(y for y, _ in before) / len(before) if before else 0.5
        own = [y for y, c in before if c == code]
        assert rate == pytest.approx((sum(own) + 10 * base) / (len(own) + 10))
