"""Actions are kept once, and join what the help desk saw; scores are logged once per stage."""

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import sqlalchemy as sa

from serving.feedback import FeedbackError, list_actions, read_logged, record_action
from serving.model_log import list_events, record_event
from serving.run import ScoredRun
from serving.schema.logs import SCORE_LOG
from serving.score_history import read_scores
from serving.store import Store

Run = Callable[..., ScoredRun]
NINE = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
EVENTS = pd.DataFrame(
    {
        "ticket_id": ["T1", "T1", "T2"],
        "kind": ["assigned", "agent_reply", "escalated"],
        "occurred_at": pd.to_datetime(["2026-03-02T10:00Z"] * 3),
    }
)


def said(stage: str, *, probability: float = 0.7, version: str = "1") -> pd.DataFrame:
    """What a run says of one clock."""
    return pd.DataFrame(
        {
            "ticket_id": ["T0001"], "metric": ["resolution"], "cycle": [1], "stage": [stage],
            "due_at": [pd.Timestamp(NINE + dt.timedelta(hours=8))], "model_version": [version],
            "role": ["champion" if version == "1" else "challenger"],
            "probability": [probability], "position": [4],
        }
    )  # fmt: skip


def publish(store: Store, run: ScoredRun, rows: pd.DataFrame, **settings: dt.timedelta) -> None:
    """Publish a run that says this."""
    token = store.acquire_lease("test", dt.timedelta(minutes=1))
    store.publish(ScoredRun(**{**vars(run), "said": rows}), token, **settings)  # type: ignore[arg-type]


def test_the_same_told_twice_is_kept_once(store: Store) -> None:
    """Another actor or time is another action; the newest is listed first."""
    first = record_action(store, ticket_id="T1", action="escalated", acted_at=NINE, actor="ann")
    again = record_action(store, ticket_id="T1", action="escalated", acted_at=NINE, actor="ann")
    assert first == again
    record_action(store, ticket_id="T1", action="escalated", acted_at=NINE, actor="bob")
    now = record_action(store, ticket_id="T2", action="dismissed", note="=1+1")
    assert [row["actor"] for row in list_actions(store)] == ["", "bob", "ann"]
    assert list_actions(store, ticket_id="T2")[0] == now
    assert now["acted_at"] == now["recorded_at"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"ticket_id": "T1", "action": "praised"}, "unknown action 'praised'; expected one of"),
        ({"ticket_id": "  ", "action": "worked"}, "its id is empty"),
        (
            {"ticket_id": "T1", "action": "worked", "acted_at": NINE.replace(year=2999)},
            "lies in the future",
        ),
    ],
)
def test_what_cannot_be_is_refused(store: Store, told: dict[str, object], why: str) -> None:
    """The message says what was expected; nothing is kept."""
    with pytest.raises(FeedbackError, match=why):
        record_action(store, **told)  # type: ignore[arg-type]
    assert list_actions(store) == []


def test_told_and_seen_actions_are_one_list(store: Store) -> None:
    """Assigned and escalated events count; replies and dismissals do not."""
    record_action(store, ticket_id="T3", action="contacted", acted_at=NINE)
    record_action(store, ticket_id="T4", action="dismissed", acted_at=NINE)
    actions = read_logged(store, EVENTS).actions
    assert actions["ticket_id"].tolist() == ["T1", "T2", "T3"]
    assert actions["acted_at"].iloc[2] == pd.Timestamp(NINE)


def test_a_clock_is_logged_once_per_stage_and_model(store: Store, example_run: Run) -> None:
    """Twice at its opening, later at a quarter: the first score of each stage stays."""
    publish(store, example_run(1), said("opening", probability=0.2))
    publish(store, example_run(2), said("opening", probability=0.9))
    publish(store, example_run(3), pd.concat([said("0.25"), said("0.25", version="2")]))
    found = read_scores(store)
    assert found["stage"].tolist() == ["opening", "0.25", "0.25"]
    assert found["probability"].iloc[0] == 0.2
    assert found["as_of"].iloc[0] == pd.Timestamp("2026-03-02T09:01Z")
    assert read_scores(store, version="2")["role"].tolist() == ["challenger"]
    assert len(read_logged(store, EVENTS).scores) == 2


def test_old_scores_are_forgotten(store: Store, example_run: Run) -> None:
    """What was said longer ago than is kept goes with the next run."""
    publish(store, example_run(1), said("opening"))
    publish(store, example_run(10), said("0.5"), keep_said=dt.timedelta(minutes=5))
    assert read_scores(store)["stage"].tolist() == ["0.5"]


def test_the_log_has_room_for_lotteries(store: Store, example_run: Run) -> None:
    """Arm and propensity are kept where a run gives them, and null elsewhere."""
    publish(store, example_run(1), said("opening").assign(arm="wait", propensity=0.75))
    publish(store, example_run(2), said("0.25"))
    scores = read_logged(store, EVENTS).scores
    assert scores["arm"].iloc[0] == "wait"
    assert scores["arm"].isna().tolist() == [False, True]
    assert scores["propensity"].iloc[0] == 0.75
    assert np.isnan(scores["propensity"].iloc[1])


def test_a_run_that_is_lost_logs_nothing(store: Store, example_run: Run) -> None:
    """Scores are logged in the publishing transaction: an older run is refused as a whole."""
    publish(store, example_run(5), said("opening"))
    with pytest.raises(Exception, match="newer than"):
        publish(store, example_run(1), said("0.9"))
    with store.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(SCORE_LOG)) == 1


def test_decisions_are_appended(store: Store) -> None:
    """Newest first, with reason, verdict and account."""
    record_event(store, kind="first", version="1", digest="d1")
    verdict = {"passed": False, "reasons": ["worse"]}
    record_event(
        store, kind="forced", version="2", digest="d2", before="1", reason="a test",
        verdict=verdict,
    )  # fmt: skip
    newest, oldest = list_events(store)
    assert (newest["kind"], newest["reason"], newest["verdict"]) == ("forced", "a test", verdict)
    assert (oldest["kind"], oldest["verdict"]) == ("first", None)
    assert newest["actor"]
