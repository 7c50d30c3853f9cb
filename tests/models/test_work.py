import json
import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from forewarn.tables import Tables
from models.touches import read_touches, solved_tickets, ticket_calendars
from models.work import WorkModel, assumed_work, fit_work_model
from models.work_averages import targets_by_touch

DAY = pd.Timestamp("2026-03-02", tz="UTC")  # a Monday
LATER = int(pd.Timestamp("2026-04-01", tz="UTC").value // 1000)


@pytest.fixture
def log(as_tables: Callable[..., Tables]) -> Callable[[str], Tables]:
    """One ticket T1 of group desk, and its events as a table: time kind actor to."""

    def make(text: str) -> Tables:
        rows = [line.split() for line in text.strip().splitlines()]
        events = pd.DataFrame(
            {
                "ticket_id": "T1",
                "occurred_at": [DAY + pd.Timedelta(f"{row[0]}:00") for row in rows],
                "sequence": range(len(rows)),
                "kind": [row[1] for row in rows],
                "actor_id": [row[2] if row[2] != "-" else None for row in rows],
                "to_value": [row[3] if len(row) > 3 else None for row in rows],
                "is_public": [row[1] == "agent_reply" for row in rows],
            }
        )
        events["known_at"] = events["occurred_at"]
        events["actor_kind"] = ["agent" if row[2].startswith("A") else "system" for row in rows]
        ticket = {"ticket_id": ["T1"], "created_at": [DAY], "known_at": [DAY], "group_id": ["desk"]}
        return as_tables({"tickets": pd.DataFrame(ticket), "ticket_events": events})

    return make


def _touches(tables: Tables, *, as_of: int = LATER) -> list[tuple[str | None, float, int]]:
    """Group, minutes and what was done before, of each touch."""
    from forewarn.config import parse_config
    from forewarn.sla.timeline import build_timelines

    config = parse_config(
        "sources: [{name: t, shape: tickets, path: t.csv}]\n"
        "sla: {policies: [{name: all, targets: {resolution: 8h}}]}"
    )
    timelines = build_timelines(tables, config.sla)
    rows = read_touches(tables, timelines, as_of=as_of)
    return list(zip(rows["group_id"], rows["minutes"], rows["done"], strict=True))


def test_the_work_until_the_reply_is_timed(log) -> None:
    """Ten minutes to the first public reply of a touch of forty; null in the touch before it."""
    from forewarn.config import parse_config
    from forewarn.sla.timeline import build_timelines

    tables = log(
        """08:00 assigned A1 A1
        08:30 assigned A1 A2
        09:10 internal_note A2
        10:00 assigned A3 A3
        10:10 agent_reply A3
        10:30 agent_reply A3
        10:40 solved A3 solved"""
    )
    config = parse_config(
        "sources: [{name: t, shape: tickets, path: t.csv}]\n"
        "sla: {policies: [{name: all, targets: {resolution: 8h}}]}"
    )
    rows = read_touches(tables, build_timelines(tables, config.sla), as_of=LATER)
    assert rows["minutes"].tolist() == [30.0, 40.0, 40.0]
    assert rows["reply_minutes"].fillna(-1.0).tolist() == [-1.0, -1.0, 10.0]
    targets = targets_by_touch(rows)
    assert targets["reply"].tolist() == [80.0, 50.0, 10.0]
    assert targets["remaining"].tolist() == [110.0, 80.0, 40.0]


@pytest.mark.parametrize(
    ("sentence", "events", "expected"),
    [
        (
            "From pick-up to the agent's reply.",
            "09:00 assigned A1 A1\n09:20 agent_reply A1",
            [("desk", 20.0, 0)],
        ),
        (
            "A reply and the solution behind it are one touch.",
            "09:00 assigned A1 A1\n09:20 agent_reply A1\n09:30 solved A1 solved",
            [("desk", 30.0, 0)],
        ),
        (
            "What the same agent does three hours later is no part of it.",
            "09:00 assigned A1 A1\n09:20 agent_reply A1\n12:30 solved A1 solved",
            [("desk", 20.0, 0)],
        ),
        (
            "A customer's answer ends it; the next pick-up begins another.",
            """09:00 assigned A1 A1
            09:20 agent_reply A1
            09:40 customer_reply -
            10:00 assigned A1 A1
            10:05 solved A1 solved""",
            [("desk", 20.0, 0), ("desk", 5.0, 1)],
        ),
        (
            "A hand-over ends it.",
            "09:00 assigned A1 A1\n09:45 assigned A1 A2\n10:00 agent_reply A2",
            [("desk", 45.0, 0), ("desk", 15.0, 1)],
        ),
        (
            "The same assignment given twice is one.",
            "09:00 assigned A1 A1\n09:10 assigned A1 A1\n09:30 agent_reply A1",
            [("desk", 30.0, 0)],
        ),
        (
            "A note and the reply behind it, without an assignment, are a touch too.",
            "09:00 internal_note A1\n09:25 agent_reply A1",
            [("desk", 25.0, 0)],
        ),
        (
            "A reply alone tells nothing about the time before it.",
            "09:25 agent_reply A1",
            [],
        ),
        (
            "Solved by the system while it was assigned: that is its end.",
            "09:00 assigned - A1\n09:50 solved - solved",
            [("desk", 50.0, 0)],
        ),
        (
            "Work belongs to the group that had the ticket when it began.",
            """09:00 assigned A1 A1
            09:10 group_changed A1 network
            10:00 assigned A2 A2
            10:30 agent_reply A2""",
            [("desk", 10.0, 0), ("network", 30.0, 1)],
        ),
        (
            "Longer than a working day counts as a working day.",
            "09:00 assigned A1 A1\n23:00 agent_reply A1",
            [("desk", 480.0, 0)],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.endswith(".") else "",
)
def test_touches(log, sentence: str, events: str, expected: list[tuple]) -> None:
    """Each sentence holds."""
    assert _touches(log(events)) == expected


def test_what_was_not_known_yet_is_not_read(log) -> None:
    """Before the reply is known there is only an assignment, which is no touch yet."""
    tables = log("09:00 assigned A1 A1\n09:20 agent_reply A1\n09:30 solved A1 solved")
    at_reply = int((DAY + pd.Timedelta("09:20:00")).value // 1000)
    assert _touches(tables, as_of=at_reply) == []
    assert _touches(tables, as_of=at_reply + 1) == [("desk", 20.0, 0)]
    assert solved_tickets(tables, as_of=at_reply).tolist() == []
    assert solved_tickets(tables, as_of=LATER).tolist() == [0]


def test_minutes_are_business_time(small_tables: Tables, small_config) -> None:
    """With an office calendar no touch over night counts the night."""
    from forewarn.sla.timeline import build_timelines

    timelines = build_timelines(small_tables, small_config.sla)
    touches = read_touches(small_tables, timelines, as_of=LATER * 2)
    assert len(touches) > 50
    assert touches["minutes"].between(1, 480).all()
    assert set(np.unique(ticket_calendars(timelines))) <= {-1, *range(len(timelines.calendars))}


def _worked(n: int) -> pd.DataFrame:
    """N solved tickets of group a, touches of 10 and 30 minutes; n of b with one of 60."""
    a = pd.DataFrame(
        {
            "ticket": np.repeat(np.arange(n), 2),
            "group_id": "a",
            "minutes": np.tile([10.0, 30.0], n),
            "done": np.tile([0, 1], n),
        }
    )
    b = pd.DataFrame({"ticket": np.arange(n, 2 * n), "group_id": "b", "minutes": 60.0, "done": 0})
    return pd.concat([a, b], ignore_index=True)


def test_averages_by_group_and_touch() -> None:
    """A group's own 90 tickets count nine tenths, the desk's average one tenth.

    Before the first touch: .9 * 40 + .1 * 50 and .9 * 60 + .1 * 50. Behind it the desk's
    average is .9 * 30 + .1 * 50 = 32, so group a's is .9 * 30 + .1 * 32.
    """
    model = fit_work_model(_worked(90), solved=np.arange(180))
    assert model.source == "touches"
    estimate = model.averages.estimate(["a", "b", "a"], [0, 0, 1])
    assert estimate["remaining"].expected.tolist() == pytest.approx([41.0, 59.0, 30.2])
    assert estimate["next_touch"].expected.tolist() == pytest.approx([12.5, 57.5, 30.05])


def test_an_unknown_group_gets_the_desks_average() -> None:
    """Before the first touch the desk's tickets need (40 + 60) / 2 minutes."""
    model = fit_work_model(_worked(90), solved=np.arange(180))
    assert model.averages.estimate([None, "new"], [0, 0])["remaining"].expected.tolist() == [
        50.0,
        50.0,
    ]


def test_more_touches_than_were_seen_count_as_the_most() -> None:
    """The ninth touch is estimated like the last one that was averaged."""
    model = fit_work_model(_worked(90), solved=np.arange(180))
    many, few = (model.averages.estimate(["a"], [done])["remaining"].expected[0] for done in (9, 5))
    assert many == few == pytest.approx(32.0)


def test_tickets_that_are_still_open_are_no_average() -> None:
    """Their work is not over: only the solved ones count."""
    model = fit_work_model(_worked(90), solved=np.arange(90))
    assert model.averages.estimate(["a"], [0])["remaining"].expected[0] == 40.0


def test_a_log_without_agents_gets_an_assumption_that_says_so() -> None:
    """Every ticket needs 30 minutes, and the note tells why."""
    model = fit_work_model(_worked(2), solved=np.arange(4))
    assert model.source == "assumed"
    assert "4 solved tickets" in model.note
    assert "30 minutes a ticket are assumed" in model.note
    estimate = model.averages.estimate(["a", None], [0, 3])
    assert estimate["remaining"].expected.tolist() == [30.0, 30.0]


def test_the_assumed_spread_has_the_assumed_mean() -> None:
    """A log-normal's mean is exp(m + s^2 / 2) = 30."""
    _, mean, sigma = assumed_work("why").averages.overall[0].figures[:3]
    assert math.exp(mean + sigma**2 / 2) == pytest.approx(30.0)


def test_an_estimate_reads_the_features_of_tickets() -> None:
    """Touches so far are the pick-ups, or the replies where these are more."""
    model = fit_work_model(_worked(90), solved=np.arange(180))
    features = pd.DataFrame(
        {
            "ticket_group": pd.Categorical(["a", "a", None]),
            "ticket_assignments": [0.0, 0.0, np.nan],
            "ticket_agent_replies": [0.0, 1.0, 0.0],
        }
    )
    assert model.for_tickets(features).remaining.expected.tolist() == pytest.approx(
        [41.0, 30.2, 50.0]
    )


def test_without_timed_replies_the_reply_takes_a_quarter_of_the_touch() -> None:
    """The desk's touch of (10 + 60) / 2 minutes: 8.75 until the reply."""
    model = fit_work_model(_worked(90), solved=np.arange(180))
    assert model.averages.estimate([None], [0])["reply"].expected.tolist() == [8.75]


def test_no_tickets_no_estimates() -> None:
    """Nobody is open: empty arrays, no error."""
    model = fit_work_model(_worked(90), solved=np.arange(180))
    assert model.averages.estimate([], [])["remaining"].log_mean.tolist() == []


def test_json_brings_the_work_back() -> None:
    """What is written reads back equal."""
    model = fit_work_model(_worked(40), solved=np.arange(80))
    assert WorkModel.from_json(json.loads(json.dumps(model.to_json())), texts={}) == model
