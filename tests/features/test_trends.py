"""Slopes of health, and what scores are made of."""

from collections.abc import Callable

import pandas as pd
import pytest

from features.build import build_features
from features.catalogue import declared_features
from features.history import History
from features.recording_health import MOST
from forewarn.tables import Tables

HistoryOf = Callable[..., History]
Desk = Callable[..., Tables]
At = Callable[[float], pd.Timestamp]
DAY = 24


def measured(at: At, *rows: tuple[float, float, str | None]) -> pd.DataFrame:
    """Scores of one customer: (day, score, components), known at once."""
    return pd.DataFrame(
        [
            {"customer_id": "C", "occurred_at": at(DAY * day), "known_at": at(DAY * day),
             "score": score, "components": parts}
            for day, score, parts in rows
        ]
    )  # fmt: skip


def asked(history: History, as_of: pd.Timestamp, *names: str) -> list[float]:
    """Features of the only ticket's clock."""
    frame = pd.DataFrame({"clock": [0], "as_of": [as_of]})
    return build_features(history, frame, names=names).iloc[0].tolist()  # type: ignore[no-any-return]


def test_the_slope_is_points_per_day_over_the_window_alone(
    history_of: HistoryOf, desk: Desk, at: At
) -> None:
    """70, 64 and 61 on days 70, 72 and 74: -2.25 a day; the 10 of day 1 is in no window."""
    scores = measured(at, (1, 10, None), (70, 70, None), (72, 64, None), (74, 61, None))
    history = history_of(desk([("A", 0, {"customer_id": "C"})], [], customer_health=scores))
    assert asked(history, at(DAY * 75), "health_slope_28d") == [pytest.approx(-2.25)]
    assert pd.isna(asked(history, at(DAY * 72), "health_slope_28d")[0])  # one fact alone


def test_scores_of_one_instant_have_no_slope(history_of: HistoryOf, desk: Desk, at: At) -> None:
    """Two facts that became visible together tell no direction."""
    scores = measured(at, (1, 10, None), (1.5, 30, None)).assign(known_at=at(DAY * 2))
    history = history_of(desk([("A", 0, {"customer_id": "C"})], [], customer_health=scores))
    assert pd.isna(asked(history, at(DAY * 3), "health_slope_90d")[0])


def test_components_are_features_by_their_names(history_of: HistoryOf, desk: Desk, at: At) -> None:
    """One that is called as another feature is told apart; the latest measurement counts."""
    scores = measured(at, (1, 50, '{"Product usage": 71, "score": 3}'), (2, 40, '{"score": 5}'))
    history = history_of(desk([("A", 0, {"customer_id": "C"})], [], customer_health=scores))
    names = ("health_product_usage", "health_component_score", "health_score")
    assert asked(history, at(DAY * 1.5), *names) == [71, 3, 50]
    found = asked(history, at(DAY * 2.5), *names)
    assert pd.isna(found[0])
    assert found[1:] == [5, 40]


def test_of_many_components_those_that_most_scores_tell_are_kept(
    history_of: HistoryOf, desk: Desk, at: At
) -> None:
    """A source that puts anything there does not drown the rest."""
    many = ", ".join(f'"p{i:02d}": {i}' for i in range(MOST + 5))
    scores = measured(at, (1, 50, "{" + many + "}"), (2, 40, '{"p24": 7}'))
    history = history_of(desk([("A", 0, {"customer_id": "C"})], [], customer_health=scores))
    names = {f.name for f in declared_features(history) if f.stream == "component"}
    assert names == {f"health_p{i:02d}" for i in (*range(MOST - 1), 24)}
