"""Slices: figures of large values, silence about small ones."""

import numpy as np
import pandas as pd
import pytest

from models.evaluation_scored import OURS, Scored, scored
from models.evaluation_slices import slice_figures


def window() -> Scored:
    """A hundred tickets at two landmarks; ours is right at opening and reversed at half."""
    truth = np.tile([1.0, 0.0], 50)
    rows = pd.DataFrame(
        {
            "ticket": np.tile(np.arange(100), 2),
            "landmark": ["opening"] * 100 + ["0.5"] * 100,
            "is_breached": np.tile(truth, 2),
        }
    )
    ours = np.concatenate([truth, 1 - truth])
    return scored(rows, {OURS: [ours]}, probabilities=frozenset({OURS}), resamples=50, seed=1)


def test_a_large_value_has_its_figures_within_landmarks() -> None:
    """AUC 1 at opening and 0 at half average to one half; half the rows are wrong."""
    found = slice_figures(window(), pd.DataFrame({"group": ["a"] * 200}))["group"]
    assert found["n_suppressed"] == 0
    assert found["values"] == [
        {"value": "a", "n": 200, "n_tickets": 100, "base_rate": 0.5, "auc": 0.5, "brier": 0.5}
    ]


def test_small_numbers_are_suppressed() -> None:
    """Forty tickets, or all of one outcome, are counted but not shown."""
    tickets = np.tile(np.arange(100), 2)
    few = pd.Series(np.where(tickets < 40, "few", "many"))
    one = pd.Series(np.where(tickets % 2 == 0, "late", "kept"))
    found = slice_figures(window(), pd.DataFrame({"few": few, "one": one}))
    assert [v["value"] for v in found["few"]["values"]] == ["many"]
    assert found["few"]["n_suppressed"] == 1
    assert found["one"] == {"values": [], "n_suppressed": 2}


def test_a_null_is_a_value_and_the_largest_comes_first() -> None:
    """Tickets without a tier stand as null."""
    tickets = np.tile(np.arange(100), 2)
    tier = pd.Series(np.where(tickets < 50, "gold", None), dtype=object).where(tickets < 50, None)
    found = slice_figures(window(), pd.DataFrame({"tier": tier}))["tier"]
    assert [v["value"] for v in found["values"]] == [None, "gold"]
    assert found["values"][0]["n_tickets"] == pytest.approx(50)
