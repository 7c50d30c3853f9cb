"""The queue's order: lists, guards, ties; and the laws that any order must obey."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.order import assign_lists, order_queue, place_tickets, unworked
from serving.run import Turn

AT = pd.Timestamp("2026-03-02 09:00", tz="UTC")


def desk(*rows: dict[str, Any]) -> pd.DataFrame:
    """Open tickets; what a row leaves out is ordinary."""
    usual = {
        "priority": "3", "list": "ranked", "urgency": 0.0, "created": 0, "due": 60,
        "is_unworked": False, "group_id": "net",
    }  # fmt: skip
    frame = pd.DataFrame([usual | row for row in rows])
    instants = {
        "created_at": AT + pd.to_timedelta(frame.pop("created"), unit="min"),
        "next_due_at": AT + pd.to_timedelta(frame.pop("due"), unit="min"),
    }
    return frame.rename(columns={"id": "ticket_id"}).assign(**instants)


def in_order(tickets: pd.DataFrame, turns: Iterable[Turn] = ()) -> pd.DataFrame:
    """The queue of these tickets, that nothing holds."""
    return order_queue(place_tickets(tickets, turns=turns, top_priority="1"))


def ordered(tickets: pd.DataFrame, *turns: str) -> list[str]:
    """Ids in order; ``turns``: ids whose turn it is."""
    given_turns = [Turn("net", 19, ticket, AT) for ticket in turns]
    queue = in_order(tickets, given_turns)
    assert queue["position"].tolist() == list(range(1, len(tickets) + 1))
    return queue["ticket_id"].tolist()


def test_ranked_then_lost_then_waiting() -> None:
    """Ranked by urgency; lost behind them, oldest first; waiting last, oldest first."""
    tickets = desk(
        {"id": "W2", "list": "waiting", "created": 9},
        {"id": "L2", "list": "lost", "created": 5, "urgency": -math.inf},
        {"id": "R2", "urgency": -3.0},
        {"id": "L1", "list": "lost", "created": 1, "urgency": -math.inf},
        {"id": "R1", "urgency": -0.5},
        {"id": "W1", "list": "waiting", "created": 2},
    )
    assert ordered(tickets) == ["R1", "R2", "L1", "L2", "W1", "W2"]


def test_top_priority_is_first_breached_or_not() -> None:
    """Top-priority tickets lead, those that can still be met before the lost ones."""
    tickets = desk(
        {"id": "R1", "urgency": 5.0},
        {"id": "TL", "priority": "1", "list": "lost", "urgency": -math.inf},
        {"id": "TR", "priority": "1", "urgency": -9.0},
    )
    queue = in_order(tickets)
    assert queue["ticket_id"].tolist() == ["TR", "TL", "R1"]
    assert queue["list"].tolist() == ["ranked", "ranked", "ranked"]
    assert queue["placed_by"].tolist() == ["top_priority", "top_priority", "value"]


def test_paused_top_priority_waits() -> None:
    """A top-priority ticket whose clocks are paused is not ranked."""
    tickets = desk({"id": "TW", "priority": "1", "list": "waiting"}, {"id": "R1"})
    assert ordered(tickets) == ["R1", "TW"]


def test_turn_comes_behind_the_top_priority() -> None:
    """The ticket whose turn it is stands behind the top priority and before all others."""
    tickets = desk(
        {"id": "R1", "urgency": 5.0},
        {"id": "OLD", "list": "lost", "urgency": -math.inf},
        {"id": "TOP", "priority": "1"},
    )
    queue = in_order(tickets, [Turn("net", 19, "OLD", AT)])
    assert queue["ticket_id"].tolist() == ["TOP", "OLD", "R1"]
    assert queue.loc[1, ["list", "placed_by"]].tolist() == ["ranked", "turn"]


def test_ties_fall_to_due_date_then_age_then_id() -> None:
    """Equal value: the earlier due date first, then the older ticket, then the smaller id."""
    tickets = desk(
        {"id": "D", "due": 60, "created": 1},
        {"id": "C", "due": 60, "created": 1},
        {"id": "B", "due": 60, "created": 0},
        {"id": "A", "due": 30, "created": 2},
        {"id": "E", "due": math.nan, "created": 0},
    )
    assert ordered(tickets) == ["A", "B", "C", "D", "E"]


def test_lists_follow_the_clocks() -> None:
    """Live clock: ranked. Else paused: waiting. Else a clock at all: lost. None: ranked."""
    flags = pd.DataFrame(
        [
            (True, False, True), (True, True, True), (False, True, True),
            (False, False, True), (False, False, False),
        ],
        columns=["is_live", "is_waiting", "has_clock"],
    )  # fmt: skip
    assert assign_lists(flags).tolist() == ["ranked", "ranked", "waiting", "lost", "ranked"]


def test_only_untouched_tickets_get_a_turn() -> None:
    """Worked-on, waiting and top-priority tickets are never promoted; lost ones are."""
    tickets = desk(
        {"id": "A", "is_unworked": False},
        {"id": "B", "is_unworked": True},
        {"id": "C", "is_unworked": True, "list": "waiting"},
        {"id": "D", "is_unworked": True, "priority": "1"},
        {"id": "E", "is_unworked": True, "list": "lost"},
    )
    assert unworked(tickets, top_priority="1")["ticket_id"].tolist() == ["B", "E"]


def test_empty_desk() -> None:
    """No open ticket gives an empty queue with all its columns."""
    queue = in_order(desk({"id": "A"}).iloc[:0])
    assert len(queue) == 0
    assert {"position", "placed_by", "list"} <= set(queue.columns)


desks = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3"]),
        st.sampled_from(["ranked", "lost", "waiting"]),
        st.floats(-50, 10) | st.just(-math.inf),
        st.integers(0, 3),
        st.integers(0, 3) | st.none(),
    ),
    min_size=1,
    max_size=12,
)


def build(rows: list[tuple[str, str, float, int, int | None]]) -> pd.DataFrame:
    """A desk from drawn rows."""
    names = ("priority", "list", "urgency", "created", "due")
    plain = [dict(zip(names, row, strict=True)) for row in rows]
    for i, row in enumerate(plain):
        row |= {"id": f"T{i:02}", "due": math.nan if row["due"] is None else row["due"]}
    return desk(*plain)


@settings(max_examples=50)
@given(rows=desks, seed=st.integers(0, 2**16))
def test_order_does_not_depend_on_the_input_order(rows: Any, seed: int) -> None:
    """Shuffled input gives the same queue: all ties are decided."""
    tickets = build(rows)
    shuffled = tickets.sample(frac=1.0, random_state=np.random.RandomState(seed))
    assert ordered(tickets) == ordered(shuffled)


@settings(max_examples=50)
@given(rows=desks, which=st.integers(0, 11), more=st.floats(0, 20))
def test_more_urgency_never_lowers_the_rank(rows: Any, which: int, more: float) -> None:
    """Raising one ticket's penalty, so its urgency, never moves it down."""
    tickets = build(rows)
    which %= len(tickets)
    raised = tickets.copy()
    raised.loc[which, "urgency"] += more
    ticket = tickets.loc[which, "ticket_id"]
    assert ordered(raised).index(ticket) <= ordered(tickets).index(ticket)
