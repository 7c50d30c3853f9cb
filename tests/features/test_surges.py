"""What comes in against the usual of that hour of the week."""

from collections.abc import Callable

import pandas as pd
import pytest

from features.build import build_features
from features.history import History
from forewarn.tables import Tables

HistoryOf = Callable[..., History]
Desk = Callable[..., Tables]
At = Callable[[float], pd.Timestamp]
MONDAYS = [(f"A{i}", hour) for i, hour in enumerate((0, 10.5, 178.5, 178.6, 178.7))]
TODAY = [(f"B{i}", 346.1 + i / 10) for i in range(5)]


def surge(history: History, as_of: pd.Timestamp, name: str = "desk_surge_1h") -> float:
    """The feature of the first ticket's clock."""
    asked = pd.DataFrame({"clock": [0], "as_of": [as_of]})
    return float(build_features(history, asked, names=[name])[name].iloc[0])


def test_a_burst_is_told_against_the_same_hour_of_the_weeks_before(
    history_of: HistoryOf, desk: Desk, at: At
) -> None:
    """Five now, three and one on the Mondays before: (5 + 1) over (2 + 1)."""
    history = history_of(desk([*MONDAYS, *TODAY], []))
    assert surge(history, at(347)) == 2.0


def test_weeks_before_the_history_do_not_count(history_of: HistoryOf, desk: Desk, at: At) -> None:
    """On the second Monday there is one to compare with: (3 + 1) over (1 + 1)."""
    history = history_of(desk([*MONDAYS, *TODAY], []))
    assert surge(history, at(179)) == 2.0


def test_a_week_must_have_passed(history_of: HistoryOf, desk: Desk, at: At) -> None:
    """The window of a week ago must lie in the history as a whole."""
    history = history_of(desk([*MONDAYS, *TODAY], []))
    assert pd.isna(surge(history, at(168.9)))
    assert surge(history, at(169)) == 0.5  # none now, one then


def test_a_quiet_night_is_no_calm_and_a_busy_morning_no_incident(
    history_of: HistoryOf, desk: Desk, at: At
) -> None:
    """As much as on every Monday is as usual, though the trailing mean finds it many."""
    mornings = [(f"A{w}-{i}", 168 * w + 10 + i / 10) for w in range(4) for i in range(1, 9)]
    history = history_of(desk([("A", 0), *mornings], []))
    assert surge(history, at(168 * 3 + 11)) == pytest.approx(1.0)
    assert surge(history, at(168 * 3 + 11), "desk_arrivals_ratio_4h") > 4
