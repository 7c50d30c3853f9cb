"""Pickups as the log tells of them: assignments, or first replies where it names none."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from features.history import History, build_history
from forewarn.config import Config
from forewarn.tables import Tables
from serving.pickups import observed_pickups, pickup_stream

START = pd.Timestamp("2026-03-02T08:00", tz="UTC")


def minute(n: float) -> pd.Timestamp:
    """The instant ``n`` minutes after eight."""
    return START + pd.Timedelta(minutes=n)


def event(ticket: str, at: float, kind: str, *, known: float | None = None, to: str | None = None,
          actor: str = "agent") -> dict[str, object]:  # fmt: skip
    """One event; known at once unless told otherwise."""
    known_at = minute(at if known is None else known)
    return {
        "ticket_id": ticket, "occurred_at": minute(at), "known_at": known_at, "sequence": 0,
        "kind": kind, "to_value": to, "actor_id": "A1", "actor_kind": actor, "is_public": True,
    }  # fmt: skip


def history_of(
    events: list[dict[str, object]], folder: Path, make: Callable[..., Tables], config: Config
) -> History:
    """The history of three tickets of two groups with these events."""
    tickets = pd.DataFrame(
        {
            "ticket_id": ["T1", "T2", "T3"], "group_id": ["net", "mail", "net"],
            "created_at": START, "known_at": START, "priority": "normal",
        }
    )  # fmt: skip
    log = pd.DataFrame(events)
    created = pd.DataFrame([event(t, 0, "created", actor="customer") for t in tickets["ticket_id"]])
    frames = {"tickets": tickets, "ticket_events": pd.concat([created, log], ignore_index=True)}
    return build_history(make(frames), config, folder=folder)


def picked(history: History, since: float, until: float) -> list[tuple[str, str, float]]:
    """Group, ticket and minute of each pickup in the window."""
    rows = observed_pickups(history, since=minute(since), as_of=minute(until))
    minutes = (rows["known_at"] - START).dt.total_seconds() / 60
    return list(zip(rows["group_id"], rows["ticket_id"], minutes, strict=True))


def test_assignments_are_pickups(
    tmp_path: Path, as_tables: Callable[..., Tables], small_config: Config
) -> None:
    """Each assignment known from `since` on and before `as_of` counts; replies do not."""
    events = [
        event("T1", 1, "assigned", to="A1"),
        event("T1", 5, "assigned", to="A2"),
        event("T2", 9, "assigned", to="A1"),
        event("T3", 2, "agent_reply", actor="bot"),
        event("T3", 3, "assigned", known=7, to="A1"),
    ]
    history = history_of(events, tmp_path, as_tables, small_config)
    assert pickup_stream(history) == "assigned"
    assert picked(history, 1, 9) == [("net", "T1", 1.0), ("net", "T1", 5.0), ("net", "T3", 7.0)]
    assert picked(history, 5, 9.1) == [("net", "T1", 5.0), ("mail", "T2", 9.0), ("net", "T3", 7.0)]


def test_first_replies_count_where_nothing_is_assigned(
    tmp_path: Path, as_tables: Callable[..., Tables], small_config: Config
) -> None:
    """Without any assignment the first reply to a ticket is its pickup, later ones are not."""
    events = [
        event("T1", 1, "agent_reply"),
        event("T1", 5, "agent_reply"),
        event("T2", 4, "agent_reply"),
    ]
    history = history_of(events, tmp_path, as_tables, small_config)
    assert pickup_stream(history) == "agent_reply"
    assert picked(history, 0, 9) == [("net", "T1", 1.0), ("mail", "T2", 4.0)]
    assert picked(history, 2, 9) == [("mail", "T2", 4.0)]


def test_a_log_without_either_tells_of_no_pickup(
    tmp_path: Path, as_tables: Callable[..., Tables], small_config: Config
) -> None:
    """A log of creations and solutions alone: nothing was picked up as far as anybody knows."""
    history = history_of([event("T1", 1, "solved")], tmp_path, as_tables, small_config)
    assert pickup_stream(history) is None
    assert picked(history, 0, 9) == []
