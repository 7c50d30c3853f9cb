"""What a ticket and its customer have been through."""

from collections.abc import Callable

import pandas as pd

from features.build import build_features
from features.history import History
from forewarn.tables import Tables

HistoryOf = Callable[..., History]
Desk = Callable[..., Tables]
At = Callable[[float], pd.Timestamp]


def asked(history: History, as_of: pd.Timestamp, *names: str, clock: int = 0) -> list[float | None]:
    """Features of a ticket's clock; null is None."""
    frame = pd.DataFrame({"clock": [clock], "as_of": [as_of]})
    values = build_features(history, frame, names=names).iloc[0]
    return [None if pd.isna(value) else float(value) for value in values]


def test_waiting_and_statuses_add_up(history_of: HistoryOf, desk: Desk, at: At) -> None:
    """Pending from hour 2 to 5, open, on hold from 8 on: at 10 it waited 5 of 10 hours."""
    events = [
        ("A", hour, "status_changed", {"to_value": status})
        for hour, status in ((2, "pending"), (5, "open"), (8, "on_hold"))
    ]
    history = history_of(desk([("A", 0)], events))
    names = ("ticket_statuses", "ticket_waiting_share")
    assert asked(history, at(1), *names) == [1, 0]
    assert asked(history, at(4), *names) == [2, 0.5]
    assert asked(history, at(8), *names) == [3, 3 / 8]
    assert asked(history, at(10), *names) == [4, 0.5]


def test_the_first_step_and_the_hands(history_of: HistoryOf, desk: Desk, at: At) -> None:
    """A note of X at hour 3, known at 4, a second one, and one of Y."""
    events = [
        ("A", hour, "internal_note", {"actor_id": who, "known": known})
        for hour, known, who in ((3, 4, "X"), (5, 5, "X"), (6, 6, "Y"))
    ]
    history = history_of(desk([("A", 1)], events))
    names = ("ticket_first_step_hours", "ticket_acting_agents")
    assert asked(history, at(3.5), *names) == [None, 0]
    assert asked(history, at(5.5), *names) == [3, 1]
    assert asked(history, at(6.5), *names) == [3, 2]


def test_broken_promises_are_remembered(history_of: HistoryOf, desk: Desk, at: At) -> None:
    """Ten hours each: A is broken at 10, B at 15 and solved too late; D is somebody else's."""
    tickets = [("A", 0, {"customer_id": "C"}), ("B", 5, {"customer_id": "C"}),
               ("C", 20, {"customer_id": "C"}), ("D", 20, {"customer_id": "E"})]  # fmt: skip
    history = history_of(desk(tickets, [("B", 18, "solved")]))
    names = ("customer_breaches_known_180d", "customer_breach_age_hours")
    assert asked(history, at(9), *names, clock=1) == [0, None]
    assert asked(history, at(25), *names, clock=2)[0] == 2
    assert asked(history, at(25), *names, clock=3) == [0, None]
