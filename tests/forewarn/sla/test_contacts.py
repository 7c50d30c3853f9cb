"""Contacts from the event log, as an observer knew them."""

from typing import Any

import pandas as pd
import pytest
from sla_tables import make_tables

from forewarn.errors import ConfigError
from forewarn.sla.contacts import build_contacts

SECOND = 1_000_000


def event(kind: str, at: int, ticket: str = "a", **more: Any) -> dict[str, Any]:
    """An event so many seconds after the epoch."""
    late = {"known_at": more.pop("known") * SECOND} if "known" in more else {}
    return {"ticket_id": ticket, "kind": kind, "occurred_at": at * SECOND, **late, **more}


def contacts(*events: dict[str, Any], as_of: int = 1000) -> list[dict[str, Any]]:
    """The contacts, their instants as seconds after the epoch, without what is null."""
    tickets = [{"ticket_id": t, "created_at": 0, "group_id": "first", "channel": "phone"}
               for t in ("a", "b")]  # fmt: skip
    moment = pd.Timestamp(as_of, unit="s", tz="UTC")
    frame = build_contacts(make_tables(tickets, events), as_of=moment, columns=["channel"])
    return [
        {k: int(v.timestamp()) if isinstance(v, pd.Timestamp) else v
         for k, v in row.items() if not pd.isna(v)}
        for row in frame.to_dict("records")
    ]  # fmt: skip


BASE = {"ticket_id": "a", "contact": 1, "group_id": "first", "channel": "phone"}


def test_a_contact_is_arrived_queued_and_answered() -> None:
    """The first instant of each kind is kept; what comes after the answer is not this contact's."""
    found = contacts(event("arrived", 10), event("queued", 20), event("queued", 25),
                     event("answered", 40), event("abandoned", 90))  # fmt: skip
    assert found == [{**BASE, "arrived_at": 10, "queued_at": 20, "answered_at": 40}]


def test_a_ticket_can_have_several_contacts() -> None:
    """Who gave up and calls again is offered twice; a second arrival meanwhile changes nothing."""
    found = contacts(event("arrived", 10), event("abandoned", 30), event("arrived", 100),
                     event("arrived", 105), event("answered", 110))  # fmt: skip
    assert found == [
        {**BASE, "arrived_at": 10, "abandoned_at": 30},
        {**BASE, "contact": 2, "arrived_at": 100, "answered_at": 110},
    ]


def test_only_what_was_known_counts() -> None:
    """An answer that is known at the instant itself, or later, is not known yet: it waits."""
    events = (event("arrived", 10), event("answered", 20, known=50))
    assert contacts(*events, as_of=50) == [{**BASE, "arrived_at": 10}]
    assert contacts(*events, as_of=51) == [{**BASE, "arrived_at": 10, "answered_at": 20}]


def test_the_ticket_s_end_cancels_a_waiting_contact() -> None:
    """Solved or merged while it waited: nobody answered, nobody gave up."""
    solved = event("status_changed", 70, "b", to_value="solved")
    found = contacts(event("arrived", 10), event("merged", 60), event("arrived", 10, "b"), solved)
    assert found == [{**BASE, "arrived_at": 10, "cancelled_at": 60},
                     {**BASE, "ticket_id": "b", "arrived_at": 10, "cancelled_at": 70}]  # fmt: skip


def test_the_group_is_the_one_known_before_the_end() -> None:
    """A move in the instant of the answer, or after it, came too late; an unset group is none."""
    found = contacts(event("arrived", 10), event("group_changed", 15, to_value="second"),
                     event("answered", 20), event("group_changed", 20, to_value="third"),
                     event("arrived", 100), event("group_changed", 101, to_value=None))  # fmt: skip
    assert [c.get("group_id") for c in found] == ["second", None]


def test_an_end_without_a_beginning_is_no_contact() -> None:
    """Ordinary tickets that are solved have none, nor has an answer to nothing."""
    assert contacts(event("solved", 10), event("answered", 20), event("solved", 20, "b")) == []


def test_in_one_instant_the_arrival_goes_first() -> None:
    """Answered in the instant of its arrival: a wait of nothing."""
    found = contacts(event("answered", 10, sequence=0), event("arrived", 10, sequence=0))
    assert found == [{**BASE, "arrived_at": 10, "answered_at": 10}]


def test_a_column_that_tickets_do_not_have_is_named() -> None:
    """The message lists those that they have."""
    tables = make_tables([{"ticket_id": "a", "created_at": 0}])
    with pytest.raises(ConfigError, match=r"'mood', a column that tickets do not have.*channel"):
        build_contacts(tables, as_of=tables.watermark, columns=["mood"])
