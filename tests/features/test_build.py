"""One function for training, scoring runs and single calls: same values, exactly."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from features import build
from features.build import build_features
from features.catalogue import declared_features, feature_names
from features.history import History
from features.observations import landmark_observations, open_observations
from forewarn.config import Config
from forewarn.errors import DataError
from forewarn.tables import Tables


def test_a_training_row_is_a_scoring_row_is_a_single_row(demo_history: History) -> None:
    """Four hundred landmarks of the demo: among all, among what is open just then, and alone."""
    frame = landmark_observations(demo_history, landmarks=(0.25, 0.5, 0.75, 0.9))
    chosen = frame.sample(400, random_state=3)
    training = build_features(demo_history, frame).loc[chosen.index]
    pd.testing.assert_frame_equal(training, build_features(demo_history, chosen), check_exact=True)
    scoring, single = [], []
    for row in range(len(chosen)):
        now = open_observations(demo_history, as_of=chosen["as_of"].iloc[row])
        mine = now.index[now["clock"] == chosen["clock"].iloc[row]]
        scoring.append(build_features(demo_history, now).loc[mine])
        single.append(build_features(demo_history, chosen.iloc[[row]]))
    for rows in (scoring, single):
        found = pd.concat(rows).set_axis(chosen.index)
        pd.testing.assert_frame_equal(training, found, check_exact=True)


def test_shards_do_not_show(demo_history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """Computed in pieces on several threads or in one: the same bytes."""
    frame = landmark_observations(demo_history, landmarks=(0.5,))
    whole = build_features(demo_history, frame)
    monkeypatch.setattr(build, "_SHARD", 701)
    pd.testing.assert_frame_equal(build_features(demo_history, frame), whole, check_exact=True)


def test_columns_come_as_asked(small_history: History) -> None:
    """Names in the given order, the observations' index, numbers as float64, texts as category."""
    frame = landmark_observations(small_history, landmarks=(0.5,)).iloc[5:9]
    found = build_features(small_history, frame, names=["ticket_site", "clock_target_hours"])
    assert found.columns.tolist() == ["ticket_site", "clock_target_hours"]
    assert found.index.equals(frame.index)
    assert isinstance(found["ticket_site"].dtype, pd.CategoricalDtype)
    assert found["clock_target_hours"].dtype == np.float64


def test_a_name_that_is_not_declared_is_refused(small_history: History) -> None:
    """A model that wants what this history does not have says so."""
    frame = landmark_observations(small_history, landmarks=())
    with pytest.raises(DataError, match="feature 'ticket_colour' is not declared"):
        build_features(small_history, frame, names=["ticket_colour"])


def test_no_observations_give_a_table_of_no_rows(small_history: History) -> None:
    """With all columns, in their types."""
    frame = landmark_observations(small_history, landmarks=()).iloc[:0]
    found = build_features(small_history, frame)
    assert found.shape == (0, len(declared_features(small_history)))


def test_the_demo_gives_every_family_something_to_say(
    demo_history: History, demo_config: Config
) -> None:
    """All that models see or could be shown varies over the demo's observations, but two."""
    frame = landmark_observations(demo_history, landmarks=(0.25, 0.5, 0.75, 0.9))
    every = tuple(feature.name for feature in declared_features(demo_history))
    features = demo_config.features.model_copy(update={"include": every})
    names = feature_names(demo_history, demo_config.model_copy(update={"features": features}))
    found = build_features(demo_history, frame, names=names)
    constant = {name for name in names if found[name].nunique(dropna=False) < 2}
    assert constant <= {"health_change_28d", "ticket_language"}
    assert len(names) > 120


def test_features_by_hand(
    history_of: Callable[..., History],
    desk: Callable[..., Tables],
    at: Callable[[float], pd.Timestamp],
) -> None:
    """One ticket at 5 of its 10 h, everything worked out on paper."""
    tables = desk(
        [("OLD", -40, {"customer_id": "C", "group_id": "g"}),
         ("T", 0, {"customer_id": "C", "group_id": "g", "priority": "high", "subject": "Help!"})],
        [("OLD", -20, "solved"), ("T", 1, "assigned", {"to_value": "a"}),
         ("T", 2, "agent_reply"), ("T", 3, "customer_reply", {"actor_kind": "customer"}),
         ("T", 4, "customer_reply", {"actor_kind": "customer", "known": 4.5}),
         ("T", 4.75, "internal_note", {"known": 6}), ("T", 30, "solved")],
    )  # fmt: skip
    history = history_of(tables)
    clock = int(history.timelines.clock_ticket.argmax())
    row = build_features(history, pd.DataFrame({"clock": [clock], "as_of": [at(5)]})).iloc[0]
    expected = {
        "clock_elapsed_share": 0.5, "clock_remaining_hours": 5.0, "ticket_priority": "high",
        "ticket_status_hours": 5.0, "ticket_agent_hours": 4.0, "ticket_events": 5.0,
        "ticket_notes": 0.0, "ticket_idle_hours": 0.5, "ticket_agent_reply_hours": 3.0,
        "ticket_unanswered_hours": 2.0, "ticket_unanswered": 2.0, "ticket_subject_length": 5.0,
        "customer_tickets_28d": 2.0, "customer_open": 1.0, "customer_solution_hours_90d": 20.0,
        "group_top_share": 1.0, "group_solution_hours_28d": 20.0, "desk_breach_rate": 1.0,
        "group_breach_lift": 0.0, "time_weekday": 0.0, "time_hour": 5.0,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    # 45 h of history: 20 h of OLD and 5 h of T open, so 25/45 on average; 2 arrivals in 45 h.
    assert row["group_backlog_ratio_28d"] == pytest.approx(2 / (25 / 45 + 1), rel=1e-12)
    assert row["group_arrivals_ratio_4h"] == pytest.approx(1 / (2 * 4 / 45 + 1), rel=1e-12)
