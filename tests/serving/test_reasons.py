"""Reasons in words: the clock first, then the facts that counted most."""

import math
from typing import Any

import pandas as pd
import pytest

from serving.reasons import PHRASES, clock_facts, explain

CLOCK: dict[str, Any] = {
    "placed_by": "value", "metric": "resolution", "state": "running", "is_breached": False,
    "remaining_seconds": 2592.0, "target_seconds": 28800.0,
}  # fmt: skip


def facts(**values: float) -> pd.DataFrame:
    """Features of one clock; what is not given is missing, as in a history without it."""
    return pd.DataFrame([values])


def weights(**values: float) -> pd.DataFrame:
    """Contributions of one clock."""
    return pd.DataFrame([values])


def said(features: pd.DataFrame, added: pd.DataFrame | None, **clock: Any) -> list[str]:
    """The reasons of one ticket."""
    return explain(pd.DataFrame([CLOCK | clock]), features, added)[0]


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ({}, ["9 % of its time left"]),
        ({"metric": "first_response"}, ["9 % of its time to the first reply left"]),
        ({"remaining_seconds": 0.0}, ["0 % of its time left"]),
        ({"is_breached": True, "remaining_seconds": -7500.0},
         ["late by 2 h 5 min of service time"]),
        ({"is_breached": True, "metric": "first_response", "remaining_seconds": -60.0},
         ["first reply late by 1 min of service time"]),
        ({"state": "paused"}, ["9 % of its time left", "its clock is paused"]),
        ({"placed_by": "top_priority"}, ["top priority", "9 % of its time left"]),
        ({"placed_by": "turn"}, ["longest untouched in its group", "9 % of its time left"]),
        ({"target_seconds": 0.0}, []),
    ],
)  # fmt: skip
def test_the_clock_speaks_first(clock: dict[str, Any], expected: list[str]) -> None:
    """Share of time left, lateness, pause and guard, in plain words."""
    assert clock_facts(CLOCK | clock) == expected


def test_the_strongest_fact_comes_first() -> None:
    """With a model the facts are said in the order of their contributions."""
    features = facts(ticket_customer_reply_hours=5.0, ticket_group_changes=3.0)
    added = weights(ticket_customer_reply_hours=0.2, ticket_group_changes=0.9)
    assert said(features, added) == [
        "9 % of its time left", "changed groups 3 times", "customer replied 5 h ago",
    ]  # fmt: skip


def test_facts_that_speak_against_a_breach_are_not_reasons() -> None:
    """A fact that lowered the probability, or hardly moved it, is not said."""
    features = facts(ticket_customer_reply_hours=5.0, ticket_group_changes=3.0)
    added = weights(ticket_customer_reply_hours=-0.2, ticket_group_changes=0.01)
    assert said(features, added) == ["9 % of its time left"]


def test_without_a_model_notable_facts_are_said_in_a_fixed_order() -> None:
    """The rule's reasons are the same phrases, most telling first."""
    features = facts(ticket_group_changes=3.0, ticket_customer_reply_hours=5.0)
    assert said(features, None) == [
        "9 % of its time left", "customer replied 5 h ago", "changed groups 3 times",
    ]  # fmt: skip
    without = weights(ticket_group_changes=math.nan, ticket_customer_reply_hours=math.nan)
    assert said(features, without) == said(features, None)


def test_ordinary_and_missing_values_are_not_said() -> None:
    """One change of group is ordinary; a null says nothing."""
    features = facts(ticket_group_changes=1.0, ticket_customer_reply_hours=math.nan)
    assert said(features, None) == ["9 % of its time left"]


def test_a_customer_who_was_answered_does_not_wait() -> None:
    """The customer's reply is a reason only while the customer had the last word."""
    answered = facts(ticket_customer_reply_hours=5.0, ticket_agent_reply_hours=2.0)
    assert said(answered, None) == ["9 % of its time left"]
    ignored = facts(ticket_customer_reply_hours=5.0, ticket_agent_reply_hours=7.0)
    assert said(ignored, None)[1] == "customer replied 5 h ago"


def test_at_most_three_facts_beside_the_clock() -> None:
    """A sentence stays readable."""
    features = facts(
        ticket_customer_reply_hours=5.0, ticket_escalations=1.0, ticket_reopenings=1.0,
        ticket_group_changes=4.0, ticket_agents=5.0,
    )  # fmt: skip
    assert len(said(features, None)) == 4


def test_no_rows() -> None:
    """An empty queue has no reasons."""
    empty = pd.DataFrame([CLOCK]).iloc[:0]
    assert explain(empty, facts(ticket_agents=1.0).iloc[:0], None) == []


def test_phrases_are_plain_words() -> None:
    """No phrase names a feature or holds markup, whatever its value."""
    for phrase in PHRASES:
        for value in (0.0, 0.4, 1.0, 3.0, 12.5, 240.0):
            words = phrase.say(value, {}) or ""
            assert not set(words) & set("_<>{}")
            assert phrase.feature not in words
