"""Observations with the verdicts that were known at the data's end."""

from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from features.history import History
from features.labelled import history_observations, sample_labelled
from forewarn.config import Config, parse_config
from forewarn.tables import Tables

Desk = Callable[..., Tables]
HistoryOf = Callable[..., History]
At = Callable[[float], pd.Timestamp]
CONFIG = """
sources: [{name: tickets, shape: tickets, path: tickets.csv}]
sla: {metrics: [resolution], policies: [{name: all, targets: {resolution: 10h}}]}
"""


@pytest.fixture(scope="module")
def config() -> Config:
    """Ten hours for the resolution, round the clock."""
    return parse_config(CONFIG)


def test_labels_use_what_is_known_at_the_watermark(
    desk: Desk, history_of: HistoryOf, config: Config, at: At
) -> None:
    """Solved in time, but that becomes known at 30: at 20 the promise counts as broken."""
    tables = desk([("LATE", 0), ("DUE", 15)], [("LATE", 5, "solved", {"known": 30})])
    for hours, verdict in ((20, True), (30, False)):
        history = history_of(replace(tables, watermark=at(hours)), config)
        sample = sample_labelled(history, config, seed=0)
        late = sample[sample["ticket_id"] == "LATE"]
        assert late["is_breached"].unique().tolist() == [verdict]
        assert set(sample["ticket_id"]) == ({"LATE"} if hours == 20 else {"LATE", "DUE"})


def test_what_is_not_due_or_was_cancelled_has_no_verdict(
    desk: Desk, history_of: HistoryOf, config: Config
) -> None:
    """Kept at 1, merged at 1, and solved at 16 before its deadline at 25, behind the end."""
    tables = desk(
        [("KEPT", 0), ("MERGED", 0), ("EARLY", 15)],
        [("KEPT", 1, "solved"), ("MERGED", 1, "merged"), ("EARLY", 16, "solved")],
    )
    history = history_of(tables, config)
    sample = sample_labelled(history, config, seed=0)
    assert sample[["ticket_id", "is_breached"]].to_numpy().tolist() == [["KEPT", False]]
    every = history_observations(history, config)
    assert every["ticket_id"].tolist() == ["EARLY", "KEPT", "MERGED"]


def test_a_sample_keeps_the_order_and_follows_its_seed(
    desk: Desk, history_of: HistoryOf, config: Config
) -> None:
    """Five of forty tickets, seen once each: the same five again, others by another seed."""
    tickets = [(f"T{i:02d}", i) for i in range(40)]
    solved = [(f"T{i:02d}", i + 1, "solved") for i in range(39)] + [("T39", 90, "solved")]
    history = history_of(desk(tickets, solved), config)
    one, again, other = (
        sample_labelled(history, config, seed=seed, at_most=5)["clock"].tolist()
        for seed in (1, 1, 2)
    )
    assert len(one) == 5
    assert one == again == sorted(one)
    assert one != other
