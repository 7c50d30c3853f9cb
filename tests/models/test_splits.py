from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.history import History, build_history
from features.observations import landmark_observations
from forewarn.config import Config
from forewarn.errors import DataError
from forewarn.tables import Tables
from models.splits import equal_ticket_weights, history_end, rolling_cutoffs, training_outcomes

CUTOFF = pd.Timestamp("2026-04-06T12:00", tz="UTC")


@pytest.fixture(scope="module")
def history(
    small_tables: Tables, small_config: Config, tmp_path_factory: pytest.TempPathFactory
) -> History:
    """Of the small world."""
    return build_history(small_tables, small_config, folder=tmp_path_factory.mktemp("history"))


@pytest.fixture(scope="module")
def observations(history: History) -> pd.DataFrame:
    """At opening and half of the budget."""
    return landmark_observations(history, landmarks=[0.5])


def test_only_deadlines_before_the_cutoff_are_learned_from(
    history: History, observations: pd.DataFrame
) -> None:
    """A ticket whose deadline lies behind it could enter only as an early success."""
    outcomes = training_outcomes(history, observations, cutoff=CUTOFF)
    assert (outcomes["due_at"] < CUTOFF).all()
    assert (outcomes["as_of"] < CUTOFF).all()
    assert 0 < len(outcomes) < len(observations)


def test_labels_are_as_known_at_the_cutoff(history: History, observations: pd.DataFrame) -> None:
    """Nothing decided later is known; what is undecided is censored and never a zero."""
    outcomes = training_outcomes(history, observations, cutoff=CUTOFF)
    decided = outcomes[~outcomes["is_censored"]]
    assert (decided["label_known_at"] < CUTOFF).all()
    censored = outcomes[outcomes["is_censored"]]
    assert len(censored) > 0
    assert censored["is_breached"].isna().all()
    assert (censored["weight"] == 0).all()
    assert set(censored["outcome"]) <= {"open", "cancelled"}


def test_later_facts_do_not_reach_back(
    small_tables: Tables, small_config: Config, history: History, tmp_path: Path
) -> None:
    """Without everything known from the cutoff on, the outcomes at opening are the same."""
    events = small_tables.ticket_events
    tickets = small_tables.tickets
    known = replace(
        small_tables,
        tickets=tickets[tickets["known_at"] < CUTOFF].reset_index(drop=True),
        ticket_events=events[events["known_at"] < CUTOFF].reset_index(drop=True),
        digest="cut",
    )
    cut = build_history(known, small_config, folder=tmp_path)
    columns = ["ticket_id", "metric", "landmark", "as_of", "due_at", "is_breached"]
    whole, part = (
        training_outcomes(h, landmark_observations(h, landmarks=[]), cutoff=CUTOFF)[columns]
        .sort_values(columns[:4])
        .reset_index(drop=True)
        .astype({"ticket_id": object, "metric": object, "landmark": object})
        for h in (history, cut)
    )
    pd.testing.assert_frame_equal(whole, part)


def test_tickets_weigh_the_same() -> None:
    """One ticket seen once and one seen three times both weigh 1; a censored row nothing."""
    rows = pd.DataFrame(
        {
            "ticket": [1, 2, 2, 2, 3],
            "metric": "resolution",
            "landmark": ["opening", "opening", "0.25", "0.5", "0.9"],
            "is_paused": False,
            "is_censored": [False, False, False, False, True],
        }
    )
    third = 1 / 3
    assert equal_ticket_weights(rows).tolist() == pytest.approx([1, third, third, third, 0])


def test_decided_rows_stand_for_censored_ones_like_them() -> None:
    """Of two paused openings one was censored: the other counts twice."""
    rows = pd.DataFrame(
        {
            "ticket": [1, 2, 3],
            "metric": "resolution",
            "landmark": "opening",
            "is_paused": [True, True, False],
            "is_censored": [False, True, False],
        }
    )
    assert equal_ticket_weights(rows).tolist() == [2, 0, 1]


def test_three_cutoffs_are_chosen_where_none_are_named(
    history: History, observations: pd.DataFrame, small_config: Config
) -> None:
    """They rise, lie on midnight, and each test window ends where the next begins."""
    windows = rolling_cutoffs(history, observations, small_config)
    assert len(windows) == 3
    assert [w.test_until for w in windows[:2]] == [w.cutoff for w in windows[1:]]
    assert windows[-1].test_until == history_end(history)
    assert all(w.cutoff == w.cutoff.floor("D") for w in windows)


def test_named_cutoffs_and_windows_are_kept(
    history: History, observations: pd.DataFrame, small_config: Config
) -> None:
    """Two cutoffs with test windows of a week."""
    named = {
        "cutoffs": (CUTOFF, CUTOFF + pd.Timedelta(days=3)),
        "test_window": pd.Timedelta(days=7).to_pytimedelta(),
    }
    config = small_config.model_copy(
        update={"training": small_config.training.model_copy(update=named)}
    )
    first, second = rolling_cutoffs(history, observations, config)
    assert (first.cutoff, first.test_until) == (CUTOFF, CUTOFF + pd.Timedelta(days=7))
    assert second.cutoff == CUTOFF + pd.Timedelta(days=3)


def test_a_cutoff_behind_the_data_is_refused(
    history: History, observations: pd.DataFrame, small_config: Config
) -> None:
    """The message names the cutoff and the end of the data."""
    late = history_end(history) + pd.Timedelta(days=1)
    training = small_config.training.model_copy(update={"cutoffs": (late,)})
    config = small_config.model_copy(update={"training": training})
    with pytest.raises(DataError, match=r"leaves no time to test: the data ends at"):
        rolling_cutoffs(history, observations, config)


def test_too_short_a_log_is_refused(
    history: History, observations: pd.DataFrame, small_config: Config
) -> None:
    """A single morning has no three days to cut between."""
    morning = observations[observations["as_of"] < observations["as_of"].min() + pd.Timedelta("3h")]
    with pytest.raises(DataError, match="too short for three cutoffs"):
        rolling_cutoffs(history, morning, small_config)
    with pytest.raises(DataError, match="nothing to learn from"):
        rolling_cutoffs(history, observations.head(0), small_config)


def test_every_row_is_one_observation(history: History, observations: pd.DataFrame) -> None:
    """At the end of the data what is due was decided, or is censored."""
    outcomes = training_outcomes(history, observations, cutoff=history_end(history))
    assert not outcomes.duplicated(["clock", "as_of", "landmark"]).any()
    assert np.isfinite(outcomes["weight"]).all()
