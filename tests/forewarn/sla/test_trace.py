"""The steps of one clock: what happened, and what it did."""

import datetime as dt

import pandas as pd
from clock_cases import instant
from sla_tables import make_tables

from forewarn.config import SlaConfig
from forewarn.sla.timeline import build_timelines
from forewarn.sla.trace import Step, name_of, one_ticket, trace_clock

SLA = SlaConfig.model_validate(
    {
        "calendars": {"office": {"time_zone": "UTC", "windows": {"mon-fri": ["09:00-17:00"]}}},
        "policies": [
            {
                "name": "usual",
                "calendar": "office",
                "targets": {"resolution": {"1": "4h", "2": "8h"}},
            }
        ],
    }
)
LIFE = (
    ("Mon 16:00", {"kind": "created"}),
    ("Mon 16:30", {"kind": "internal_note"}),
    ("Mon 17:00", {"kind": "status_changed", "to_value": "pending"}),
    ("Tue 10:00", {"kind": "status_changed", "to_value": "open"}),
    ("Tue 11:00", {"kind": "priority_changed", "to_value": "1"}),
    ("Tue 15:00", {"kind": "solved"}),
)


def traced(as_of: str) -> list[Step]:
    """The steps of the ticket above as of an instant of the page's week."""
    events = [{"ticket_id": "t", "occurred_at": at(when), **what} for when, what in LIFE]
    other = {"ticket_id": "u", "created_at": at("Mon 10:00"), "priority": "2"}
    mine = {"ticket_id": "t", "created_at": at("Mon 16:00"), "priority": "2"}
    tables = one_ticket(make_tables([mine, other], events), "t")
    timelines = build_timelines(tables, SLA)
    assert [name_of(timelines, c) for c in range(len(timelines))] == ["resolution"]
    return trace_clock(timelines, 0, as_of=at(as_of))


def at(text: str) -> int:
    """An instant of the page's week, UTC."""
    return instant(text, "UTC")


def said(step: Step) -> tuple[str, str, str, float, float]:
    """What a step says, in hours."""
    return (
        f"{step.at:%a %H:%M}", step.what, step.state,
        step.elapsed_seconds / 3600, step.held_seconds / 3600,
    )  # fmt: skip


def test_each_change_is_a_step() -> None:
    """Start, pause, resumption, another promise, solution; a note is none."""
    assert [said(step) for step in traced("Wed 09:00")] == [
        ("Mon 16:00", "started", "running", 1.0, 0.0),
        ("Mon 17:00", "paused", "paused", 1.0, 1.0),
        ("Tue 10:00", "resumed", "running", 2.0, 1.0),
        ("Tue 11:00", "promise changed", "running", 6.0, 1.0),
        ("Tue 15:00", "solved", "completed", 6.0, 1.0),
    ]


def test_due_dates_follow_the_changes() -> None:
    """8 open hours from Monday 16:00; an hour's pause; then 4 hours; broken from Tuesday 13:00."""
    steps = traced("Wed 09:00")
    assert [s.due_at and f"{s.due_at:%a %H:%M}" for s in steps] == [
        "Tue 16:00", None, "Tue 17:00", "Tue 13:00", None,
    ]  # fmt: skip
    assert [s.target_seconds for s in steps] == [28800, 28800, 28800, 14400, 14400]
    assert steps[-1].breached_at == pd.Timestamp("2024-06-04 13:00", tz=dt.UTC)


def test_only_what_was_known_is_told() -> None:
    """At Monday 16:45 the ticket runs, with nothing to come."""
    (step,) = traced("Mon 16:45")
    assert (step.what, step.state, step.elapsed_seconds, f"{step.until:%H:%M}") == (
        "started", "running", 2700.0, "16:45",
    )  # fmt: skip
    assert traced("Mon 15:00") == []
