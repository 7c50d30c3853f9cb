"""Facts in the words of those who act on them: what each feature says, and from when on.

A phrase is said only where its fact is notable by itself. None speaks of single agents beyond
whether somebody has the ticket: reasons must not rank people.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from serving.words import duration, percent, times

Facts = Mapping[str, Any]
Say = Callable[[Any, Facts], str | None]


@dataclass(frozen=True)
class Phrase:
    """``say(value, facts)`` gives the words for a feature's value, or None where it is ordinary.

    ``facts``: the other features of the clock, what the clock says, and is_unworked.
    """

    feature: str
    say: Say


def _hours(value: float) -> str:
    return duration(value * 3600.0)


def _customer_waits(_value: float, facts: Facts) -> str | None:
    """The customer had the last word; counted from the first reply that nobody answered."""
    waited, n = _number(facts, "ticket_unanswered_hours"), _number(facts, "ticket_unanswered")
    if math.isnan(waited):
        return None
    if n >= 2:
        return f"customer wrote {n:.0f} times without an answer, first {_hours(waited)} ago"
    return f"customer replied {_hours(waited)} ago"


def _untouched(_value: float, facts: Facts) -> str | None:
    return "nobody has picked it up yet" if facts.get("is_unworked") else None


def _silence(value: float, facts: Facts) -> str | None:
    """Not said of a ticket without a first reply: its clock says that already."""
    is_said = value < 8 or facts.get("metric") == "first_response"
    return None if is_said else f"no word from us for {_hours(value)}"


def _idle(value: float, facts: Facts) -> str | None:
    """Said where something happened after the creation: some logs tell of nothing else."""
    is_said = value >= 8 and _number(facts, "ticket_events") >= 2
    return f"nothing happened for {_hours(value)}" if is_said else None


def _since(least: float, words: str) -> Say:
    """Words with the value as a length of time, from ``least`` hours on."""
    return lambda value, _: words.format(time=_hours(value)) if value >= least else None


def _soon(most: float, words: str) -> Say:
    """Words with the value as a length of time, up to ``most`` hours."""
    return lambda value, _: words.format(time=_hours(value)) if 0 <= value <= most else None


def _count(least: float, words: str) -> Say:
    """Words with the value as a whole number, from ``least`` on."""
    return lambda value, _: words.format(n=f"{value:.0f}") if value >= least else None


def _ratio(words: str, least: float = 1.3) -> Say:
    """Words with the value as a multiple of the usual, from ``least`` on."""
    return lambda value, _: words.format(times=times(value)) if value >= least else None


def _rate(words: str) -> Say:
    """Words with the value as a share, where it lies clearly above the whole desk's."""

    def say(value: float, facts: Facts) -> str | None:
        usual = _number(facts, "desk_breach_rate")
        is_more = value >= 1.3 * usual and value >= usual + 0.02
        return words.format(share=percent(value)) if is_more else None

    return say


def _poor_health(value: float, _facts: Facts) -> str | None:
    return f"customer health is {value:.0f} of 100" if value < 40 else None


def _falling_health(value: float, _facts: Facts) -> str | None:
    return f"customer health fell by {-value:.0f} points in 28 days" if value <= -10 else None


def _few_solutions(value: float, _facts: Facts) -> str | None:
    return "group solves far less than usual today" if value <= 0.5 else None


def _number(facts: Facts, name: str) -> float:
    """A fact as a number; NaN, which compares with nothing, where it is not known."""
    value = facts.get(name)
    return float(value) if isinstance(value, int | float) else math.nan


PHRASES: tuple[Phrase, ...] = (
    Phrase("ticket_unanswered_hours", _customer_waits),
    Phrase("ticket_unanswered", _customer_waits),
    Phrase("ticket_customer_reply_hours", _customer_waits),
    Phrase("ticket_assignments", _untouched),
    Phrase("ticket_agents", _count(3, "passed through {n} agents")),
    Phrase("ticket_agent_hours", _untouched),
    Phrase("group_backlog_ratio_28d", _ratio("group has {times} its usual backlog")),
    Phrase("ticket_escalations", _count(1, "was escalated before")),
    Phrase("ticket_reopenings", _count(1, "was reopened")),
    Phrase("ticket_group_changes", _count(2, "changed groups {n} times")),
    Phrase("ticket_returns", _count(1, "came back to a group that had it before")),
    Phrase("ticket_agent_reply_hours", _silence),
    Phrase("ticket_idle_hours", _idle),
    Phrase("clock_paused_hours", _since(8, "was on hold for {time}")),
    Phrase("clock_until_closing_hours", _soon(1, "its desk closes in {time}")),
    Phrase("group_arrivals_ratio_4h", _ratio("group gets {times} its usual tickets", 1.5)),
    Phrase("group_arrivals_ratio_24h", _ratio("group got {times} its usual tickets today", 1.5)),
    Phrase("group_solutions_ratio_24h", _few_solutions),
    Phrase("category_arrivals_ratio_4h", _ratio("{times} the usual tickets of its category", 2.0)),
    Phrase("product_arrivals_ratio_4h", _ratio("{times} the usual tickets on its product", 2.0)),
    Phrase("desk_backlog_ratio_28d", _ratio("the desk has {times} its usual backlog")),
    Phrase("agent_backlog_ratio_28d", _ratio("whoever has it has {times} the usual", 1.5)),
    Phrase("group_breach_rate_28d", _rate("its group was often late lately ({share})")),
    Phrase("group_breach_rate", _rate("its group is often late ({share})")),
    Phrase("category_breach_rate", _rate("its category is often late ({share})")),
    Phrase("product_breach_rate", _rate("its product is often late ({share})")),
    Phrase("priority_breach_rate", _rate("its priority is often late ({share})")),
    Phrase("customer_breach_rate", _rate("this customer is often served late ({share})")),
    Phrase("customer_open", _count(5, "customer has {n} open tickets")),
    Phrase("customer_escalations_90d", _count(1, "customer escalated in the last 90 days")),
    Phrase("health_score", _poor_health),
    Phrase("health_change_28d", _falling_health),
)  # fmt: skip
"""By feature, in the order in which they are said where no model weighs them."""
COMPANIONS = ("desk_breach_rate", "ticket_events")
"""Features that phrases compare with."""
