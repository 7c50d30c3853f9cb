"""Daily snapshots: when they are taken, and what the top of them is worth."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from forewarn.config.settings import SnapshotConfig
from models.evaluation_scored import OURS, scored
from models.evaluation_snapshots import snapshot_figures, snapshot_instants, top_of_each


def test_snapshots_are_taken_on_weekdays_in_the_configured_zone() -> None:
    """Friday 10:00 is 08:00 UTC in summer time; after the change on Sunday, 09:00 UTC."""
    config = SnapshotConfig(at=dt.time(10), time_zone="Europe/Berlin")
    found = snapshot_instants(
        config,
        start=pd.Timestamp("2025-10-24T00:00Z"),
        end=pd.Timestamp("2025-10-28T00:00Z"),
    )
    assert [str(t) for t in found] == ["2025-10-24 08:00:00+00:00", "2025-10-27 09:00:00+00:00"]


def test_a_snapshot_before_the_window_or_at_its_end_does_not_count() -> None:
    """The window begins at 12:00 and ends at 10:00: only the day between is left."""
    found = snapshot_instants(
        SnapshotConfig(weekdays_only=False),
        start=pd.Timestamp("2026-03-07T12:00Z"),
        end=pd.Timestamp("2026-03-09T10:00Z"),
    )
    assert [str(t) for t in found] == ["2026-03-08 10:00:00+00:00"]


def test_the_top_is_taken_of_each_snapshot() -> None:
    """A tenth of eleven is two, of one is one; k rows are k of each."""
    instants = ["a"] * 11 + ["b"]
    score = np.array([*range(11), 0.0])
    assert np.flatnonzero(top_of_each(instants, score, share=0.1)).tolist() == [9, 10, 11]
    assert np.flatnonzero(top_of_each(instants, score, k=1)).tolist() == [10, 11]


def test_a_score_that_tells_nothing_gets_the_base_share() -> None:
    """Twenty tied clocks, two to pick: each has a tenth of a place, in whatever order they come."""
    assert top_of_each(["a"] * 20, np.zeros(20), share=0.1).tolist() == [0.1] * 20


def test_breach_share_of_the_top_against_the_base() -> None:
    """Twenty clocks on two days; each day's riskiest breaches, and one other: 2/2 against 3/20."""
    truth = np.zeros(20)
    truth[[9, 19, 3]] = 1.0
    rows = pd.DataFrame(
        {
            "ticket": range(20),
            "clock": range(20),
            "as_of": [1] * 10 + [2] * 10,
            "landmark": "now",
            "is_breached": truth,
        }
    )
    test = scored(
        rows,
        {OURS: [np.tile(np.arange(10.0), 2) / 10]},
        probabilities=frozenset({OURS}),
        resamples=50,
        seed=1,
    )
    found = snapshot_figures(test, capacity=1)
    assert (found["n_snapshots"], found["n"]) == (2, 20)
    assert found["base_share"]["value"] == pytest.approx(0.15)
    assert found["models"][OURS]["top_tenth_share"]["value"] == 1.0
    assert found["models"][OURS]["lift"]["value"] == pytest.approx(1 / 0.15)
    assert found["capacity"]["models"][OURS]["precision"]["value"] == 1.0
    assert found["capacity"]["models"][OURS]["recall"]["value"] == pytest.approx(2 / 3)


def test_a_clock_in_several_snapshots_is_caught_once() -> None:
    """The same breaching clock is open on both days and picked on the second: recall is whole."""
    rows = pd.DataFrame(
        {
            "ticket": [1, 2, 1, 2],
            "clock": [1, 2, 1, 2],
            "as_of": [1, 1, 2, 2],
            "landmark": "now",
            "is_breached": [1.0, 0.0, 1.0, 0.0],
        }
    )
    test = scored(
        rows,
        {OURS: [np.array([0.1, 0.2, 0.9, 0.2])]},
        probabilities=frozenset({OURS}),
        resamples=50,
        seed=1,
    )
    figures = snapshot_figures(test, capacity=1)["capacity"]["models"][OURS]
    assert figures["precision"]["value"] == 0.5
    assert figures["recall"]["value"] == 1.0
