"""Baselines that need no fitting beyond a count: hand-worked scores."""

import pandas as pd

from models.baselines import NEVER_SECONDS, clock_baselines, is_probability, prior, slack

START = pd.Timestamp("2026-03-02T09:00Z")


def hours(*values: float | None) -> pd.Series:
    """Instants so many hours after START; None is NaT."""
    return pd.Series([pd.NaT if v is None else START + pd.Timedelta(hours=v) for v in values])


def test_the_clock_alone_ranks_by_what_is_used_left_and_due() -> None:
    """More budget used, less open time left, or a nearer due date is more risk."""
    rows = pd.DataFrame(
        {
            "as_of": hours(0, 0),
            "due_at": hours(4, 2),
            "remaining_seconds": [3600.0, 7200.0],
            "share_elapsed": [0.75, 0.5],
        }
    )
    scores = clock_baselines(rows)
    assert scores["share_elapsed"].tolist() == [0.75, 0.5]
    assert scores["time_left"].tolist() == [-3600.0, -7200.0]
    assert scores["earliest_due_date"].tolist() == [-14400.0, -7200.0]


def test_the_prior_is_the_training_share_at_the_stage() -> None:
    """One of two at opening, all at half; an unseen stage takes the share of all rows."""
    train = pd.DataFrame(
        {"stage": ["opening", "opening", "0.5", "0.5"], "is_breached": [1.0, 0.0, 1.0, 1.0]}
    )
    rows = pd.DataFrame({"stage": ["0.5", "opening", "0.9"]})
    assert prior(rows, train).tolist() == [1.0, 0.5, 0.75]


def test_without_history_the_prior_is_one_half() -> None:
    """No training row says nothing."""
    empty = pd.DataFrame({"stage": [], "is_breached": []})
    assert prior(pd.DataFrame({"stage": ["opening"]}), empty).tolist() == [0.5]


def test_slack_compares_the_budget_left_with_what_such_tickets_took() -> None:
    """Group a took 3 h in the median and has 4 h left; rare group b takes the stage's median."""
    train = pd.DataFrame(
        {
            "stage": ["opening"] * 21,
            "code": ["a"] * 20 + ["b"],
            "as_of": hours(*[0] * 21),
            "completed_at": hours(*[3] * 20, None),
        }
    )
    rows = pd.DataFrame(
        {
            "stage": ["opening", "opening", "0.5"],
            "code": ["a", "b", "a"],
            "as_of": hours(0, 0, 0),
            "due_at": hours(4, 1, 3),
        }
    )
    assert slack(rows, train).tolist() == [-3600.0, 7200.0, 0.0]


def test_tickets_that_were_never_done_push_the_median_out_of_reach() -> None:
    """A group that does not finish in time has a median of years, not of the lucky ones."""
    train = pd.DataFrame(
        {
            "stage": ["opening"] * 20,
            "code": ["a"] * 20,
            "as_of": hours(*[0] * 20),
            "completed_at": hours(*[1] * 9, *[None] * 11),
        }
    )
    rows = train[["stage", "code", "as_of"]].head(1).assign(due_at=hours(1))
    assert slack(rows, train).tolist() == [NEVER_SECONDS - 3600.0]


def test_slack_without_history_is_the_time_left() -> None:
    """No training row: only the budget counts."""
    train = pd.DataFrame(
        {"stage": [], "code": [], "as_of": hours(), "completed_at": hours()}
    ).astype({"as_of": "datetime64[us, UTC]", "completed_at": "datetime64[us, UTC]"})
    rows = pd.DataFrame({"stage": ["0.5"], "code": ["a"], "as_of": hours(0), "due_at": hours(2)})
    assert slack(rows, train).tolist() == [-7200.0]


def test_only_probabilities_are_judged_as_such() -> None:
    """Brier and calibration are for probabilities; an order in hours has none."""
    assert is_probability("prior")
    assert is_probability("queue_rate_known")
    assert not is_probability("slack")
    assert not is_probability("time_left")
