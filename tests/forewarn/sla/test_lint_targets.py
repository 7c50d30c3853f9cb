"""Targets and pauses that cannot be meant so, by the configuration alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from forewarn.config import SlaConfig, parse_config
from forewarn.errors import ConfigError
from forewarn.sla.lint_findings import Finding
from forewarn.sla.lint_targets import (
    calendars,
    crossed_metrics,
    crossed_priorities,
    impossible_budgets,
    pauses,
)

OFFICE = {"time_zone": "UTC", "windows": {"mon-fri": ["09:00-17:00"]}}
FAIR = {"time_zone": "UTC", "windows": {}, "special_days": {"2026-06-01": ["09:00-12:00"]}}
MONDAYS = {"time_zone": "UTC", "windows": {"mon": ["09:00-10:00"]}}


def sla(*targets: dict[str, Any], calendar: str | None = None, **settings: Any) -> SlaConfig:
    """Policies p0, p1 … with these targets."""
    policies = [
        {"name": f"p{i}", "targets": target, "calendar": calendar}
        for i, target in enumerate(targets)
    ]
    hours = {"office": OFFICE, "fair": FAIR, "mondays": MONDAYS}
    return SlaConfig.model_validate({"calendars": hours, "policies": policies, **settings})


def codes(
    rule: Callable[[SlaConfig], Iterator[Finding]], config: SlaConfig
) -> list[tuple[str, str, str | None]]:
    """Severity, code and metric of what a rule finds."""
    return [(f.severity, f.code, f.metric) for f in rule(config)]


def test_a_target_of_nothing_is_refused_when_it_is_loaded() -> None:
    """The line is named; there is nothing left to look over."""
    text = "sources: [{name: t, shape: tickets, path: t.csv}]\nsla:\n  policies:\n"
    with pytest.raises(ConfigError, match=r"forewarn.yaml:5: .*resolution.*greater than"):
        parse_config(text + "    - name: p\n      targets: {resolution: 0h}\n")


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["new", "open", "pending", "on_hold"], [("error", "never-runs", "resolution")]),
        (["new", "open"], [("warning", "rarely-runs", "resolution")]),
        (["open", "pending", "on_hold"], []),
    ],
)
def test_a_clock_that_pauses_wherever_work_is_done(
    statuses: list[str], expected: list[tuple[str, str, str]]
) -> None:
    """In every status it never runs; in new and open only while nobody works."""
    config = sla({"resolution": "8h"}, pause_on={"resolution": statuses})
    assert codes(pauses, config) == expected


def test_a_pause_of_a_metric_that_nobody_promises_is_none() -> None:
    """The clock does not exist."""
    every = ["new", "open", "pending", "on_hold"]
    assert codes(pauses, sla({"resolution": "8h"}, pause_on={"ownership": every})) == []


def test_a_budget_that_special_days_cannot_hold_is_never_due() -> None:
    """Open for three hours in all: three can be spent, four cannot."""
    assert codes(impossible_budgets, sla({"resolution": "3h"}, calendar="fair")) == []
    config = sla({"resolution": "4h"}, calendar="fair")
    assert codes(impossible_budgets, config) == [("error", "beyond-calendar", "resolution")]
    assert "open for 3h in all" in next(impossible_budgets(config)).why


def test_hours_that_come_later_can_hold_a_budget() -> None:
    """Special days only at first, from July on Mondays too: four hours are spent some day."""
    later = {"valid_from": "2026-07-01", "windows": {"mon": ["09:00-10:00"]}}
    fair = {**FAIR, "versions": [later]}
    policy = {"name": "p", "calendar": "fair", "targets": {"resolution": "4h"}}
    config = SlaConfig.model_validate({"calendars": {"fair": fair}, "policies": [policy]})
    assert codes(impossible_budgets, config) == []


def test_a_deadline_more_than_a_year_away_is_doubtful() -> None:
    """At an hour a week 52 hours take a year and 53 more."""
    assert codes(impossible_budgets, sla({"resolution": "52h"}, calendar="mondays")) == []
    config = sla({"resolution": "53h"}, calendar="mondays")
    assert codes(impossible_budgets, config) == [("warning", "distant-deadline", "resolution")]
    assert next(impossible_budgets(config)).why == (
        "Calendar mondays is open for 1h a week: 53 weeks."
    )


def test_a_resolution_due_before_the_first_response_is_doubtful() -> None:
    """Compared per priority, the default where a priority has no target of its own."""
    config = sla({"first_response": {"1": "2h", "default": "1h"}, "resolution": {"default": "90m"}})
    assert [(f.code, f.priority) for f in crossed_metrics(config)] == [("resolution-first", "1")]
    assert codes(crossed_metrics, sla({"first_response": "1h", "resolution": "1h"})) == []
    assert codes(crossed_metrics, sla({"first_response": "1h"}, {"resolution": "1m"})) == []


def test_a_higher_priority_may_not_take_longer() -> None:
    """By queue.priorities, the most urgent first; what is not named there is not compared."""
    config = sla({"resolution": {"high": "8h", "urgent": "9h", "low": "8h", "odd": "1m"}})
    found = list(crossed_priorities(config, ("urgent", "high", "low")))
    assert [(f.severity, f.priority) for f in found] == [("warning", "urgent")] * 2
    assert found[0].why == "9h for urgent, 8h for high, and queue.priorities puts urgent first."


def test_calendars_without_use_and_policies_without_calendar_are_noticed() -> None:
    """One policy counts by the office, the other never stops; nothing counts by Mondays."""
    office = {"name": "p", "calendar": "office", "targets": {"resolution": "8h"}}
    always = {"name": "q", "targets": {"resolution": "8h"}}
    config = sla().model_validate({"calendars": {"office": OFFICE, "mondays": MONDAYS},
                                   "policies": [office, always]})  # fmt: skip
    assert [(f.severity, f.code, f.policy) for f in calendars(config)] == [
        ("notice", "unused-calendar", None), ("notice", "around-the-clock", "q"),
    ]  # fmt: skip


def test_around_the_clock_alone_is_no_notice() -> None:
    """Where no policy has hours nobody has forgotten them; a calendar of escalations is used."""
    level = {"metric": "resolution", "at_share": 0.5, "to": "lead", "hours": "office"}
    alone = {"name": "p", "targets": {"resolution": "8h"}, "escalations": [level]}
    config = SlaConfig.model_validate({"calendars": {"office": OFFICE}, "policies": [alone]})
    assert list(calendars(config)) == []
