"""Figures of the customer flags, on weeks small enough to work out by hand."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import flags
from benchmarks.flags import Week, bootstrap_margin, churn, figures_of, flagged, lead_days

MONDAY = pd.Timestamp("2026-03-02", tz="UTC")


@pytest.fixture(autouse=True)
def _two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two flags a week, so that tops can be read off."""
    monkeypatch.setattr(flags, "K", 2)


def week(n: int, model: list[float], days: list[float], *, desk: int = 1) -> Week:
    """The n-th week of four customers; NaN days: nothing happened. Volume is their number."""
    told = np.array(days)
    return Week(
        desk,
        MONDAY + n * pd.Timedelta(days=7),
        np.arange(4),
        {
            "model": np.array(model),
            "volume": np.array([4.0, 3.0, 2.0, 1.0]),
            "oracle": np.where(np.isnan(told), 0.0, 1.0),
        },
        (~np.isnan(told)).astype(float),
        told,
    )


NO = float("nan")
WEEKS = [
    week(0, [0.1, 0.2, 0.9, 0.8], [NO, NO, 1.5, NO]),
    week(1, [0.1, 0.7, 0.9, 0.2], [NO, NO, 3.0, 2.0]),
]
"""The model's tops are customers 2 and 3, then 2 and 1; trouble comes to 2, then to 2 and 3."""


def test_figures_by_hand() -> None:
    """Half of the model's flags come true in both weeks, none of the volume's."""
    measured = figures_of(WEEKS, details={})
    rows = measured.details["rankings"]
    assert rows["model"]["precision"] == 0.5
    assert rows["volume"]["precision"] == 0.0
    assert rows["oracle"]["precision"] == 0.75
    assert rows["model"]["recall"] == pytest.approx(2 / 3)
    assert measured.figures["flags_precision_of_oracle"] == pytest.approx(2 / 3)
    assert measured.details["base_rate"] == 0.375


def test_lead_counts_from_the_first_flag_of_the_row() -> None:
    """1.5 days, then 3: after trouble the next one counts from the following week."""
    tops = [w.top("model") for w in WEEKS]
    assert lead_days(WEEKS, tops) == 2.25
    quiet = [week(0, [0, 0, 1, 1], [NO] * 4), week(1, [0, 0, 1, 1], [NO, NO, 2.0, NO])]
    assert lead_days(quiet, [w.top("model") for w in quiet]) == 9.0


def test_churn_counts_new_flags_after_the_first_week() -> None:
    """One of two is new; on another desk everything begins anew."""
    tops = [w.top("model") for w in WEEKS]
    assert churn(WEEKS, tops) == 0.5
    other = week(2, [1.0, 1.0, 0.0, 0.0], [NO] * 4, desk=2)
    assert churn([*WEEKS, other], [*tops, other.top("model")]) == 0.5


def test_flags_stay_while_they_are_near() -> None:
    """In the second week customer 3 is third of four and stays before the new customer 1."""
    found = [set(top.tolist()) for top in flagged(WEEKS)]
    assert found == [{2, 3}, {2, 3}]


def test_the_margin_has_an_interval() -> None:
    """.5 less 0; without any difference the interval is a point."""
    ours, theirs = ([w.top(name) for w in WEEKS] for name in ("model", "volume"))
    margin = bootstrap_margin(WEEKS, ours, theirs, resamples=200)
    assert margin["value"] == 0.5
    assert margin["low"] <= 0.5 <= margin["high"]
    same = bootstrap_margin(WEEKS, ours, ours, resamples=50)
    assert same == {"value": 0.0, "low": 0.0, "high": 0.0}
