"""Reasons in words: the clock first, then the facts that counted most."""

import math
from typing import Any

import pandas as pd
import pytest

from serving.phrases import PHRASES
from serving.reasons import clock_facts, explain
from serving.words import sentence

CLOCK: dict[str, Any] = {
    "placed_by": "value", "metric": "resolution", "state": "running", "is_breached": False,
    "remaining_seconds": 2592.0, "target_seconds": 28800.0, "is_unworked": False,
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
    features = facts(ticket_unanswered_hours=5.0, ticket_group_changes=3.0)
    added = weights(ticket_unanswered_hours=0.2, ticket_group_changes=0.9)
    assert said(features, added) == [
        "9 % of its time left", "changed groups 3 times", "customer replied 5 h ago",
    ]  # fmt: skip


def test_facts_that_speak_against_a_breach_are_not_reasons() -> None:
    """A fact that lowered the probability, or hardly moved it, is not said."""
    features = facts(ticket_unanswered_hours=5.0, ticket_group_changes=3.0)
    added = weights(ticket_unanswered_hours=-0.2, ticket_group_changes=0.01)
    assert said(features, added) == ["9 % of its time left"]


def test_without_a_model_notable_facts_are_said_in_a_fixed_order() -> None:
    """The rule's reasons are the same phrases, most telling first."""
    features = facts(ticket_group_changes=3.0, ticket_unanswered_hours=5.0)
    assert said(features, None) == [
        "9 % of its time left", "customer replied 5 h ago", "changed groups 3 times",
    ]  # fmt: skip
    without = weights(ticket_group_changes=math.nan, ticket_unanswered_hours=math.nan)
    assert said(features, without) == said(features, None)


def test_ordinary_and_missing_values_are_not_said() -> None:
    """One change of group is ordinary; a null says nothing."""
    features = facts(ticket_group_changes=1.0, ticket_unanswered_hours=math.nan)
    assert said(features, None) == ["9 % of its time left"]


def test_a_customer_who_was_answered_does_not_wait() -> None:
    """The customer's reply is a reason only while the customer had the last word."""
    answered = facts(ticket_customer_reply_hours=5.0, ticket_unanswered_hours=math.nan)
    assert said(answered, weights(ticket_customer_reply_hours=0.9)) == ["9 % of its time left"]


def test_a_customer_who_wrote_again_is_said_once() -> None:
    """Two features tell of the same thing: the words come once, with how often."""
    again = facts(ticket_unanswered_hours=30.0, ticket_unanswered=3.0)
    assert said(again, weights(ticket_unanswered_hours=0.9, ticket_unanswered=0.5)) == [
        "9 % of its time left", "customer wrote 3 times without an answer, first 30 h ago",
    ]  # fmt: skip


def test_the_sentence_of_the_example() -> None:
    """The example of the documentation comes out word for word."""
    features = facts(ticket_unanswered_hours=5.1, group_backlog_ratio_28d=2.05)
    added = weights(ticket_unanswered_hours=0.4, group_backlog_ratio_28d=0.3)
    assert sentence(said(features, added)) == (
        "9 % of its time left, customer replied 5 h ago, group has twice its usual backlog"
    )


def test_nobody_has_it() -> None:
    """Said of untouched tickets only."""
    for is_unworked, expected in ((True, ["nobody has picked it up yet"]), (False, [])):
        found = said(facts(ticket_assignments=0.0), None, is_unworked=is_unworked)
        assert found[1:] == expected


def test_silence_is_not_said_of_a_ticket_without_a_first_reply() -> None:
    """The first-response clock says by itself that nobody answered."""
    features = facts(ticket_agent_reply_hours=30.0)
    assert said(features, None)[1:] == ["no word from us for 30 h"]
    assert said(features, None, metric="first_response")[1:] == []


def test_idleness_needs_something_to_have_happened() -> None:
    """A log of creations alone makes every ticket idle: that is no reason."""
    for n_events, expected in ((1.0, []), (2.0, ["nothing happened for 30 h"])):
        features = facts(ticket_idle_hours=30.0, ticket_events=n_events)
        assert said(features, None)[1:] == expected


def test_rates_are_said_where_they_stand_out() -> None:
    """A group that is late with 22 % on a desk at 10 % is a reason; one at 11 % is not."""
    high = facts(group_breach_rate=0.22, desk_breach_rate=0.10)
    usual = facts(group_breach_rate=0.11, desk_breach_rate=0.10)
    assert said(high, None)[1:] == ["its group is often late (22 %)"]
    assert said(usual, None)[1:] == []


def test_at_most_three_facts_beside_the_clock() -> None:
    """A sentence stays readable."""
    features = facts(
        ticket_unanswered_hours=5.0, ticket_escalations=1.0, ticket_reopenings=1.0,
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
            words = phrase.say(value, {"desk_breach_rate": 0.01, "is_unworked": True}) or ""
            assert not set(words) & set("_<>{}")
            assert phrase.feature not in words
