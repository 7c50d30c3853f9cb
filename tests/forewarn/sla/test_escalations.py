"""Escalations: each level once, in open time, to somebody who is there."""

import datetime as dt
from collections.abc import Collection
from typing import Any

import numpy as np
import pytest
from sla_tables import make_tables

from forewarn.config import SlaConfig
from forewarn.sla.escalations import (
    OLD,
    SPENT,
    Escalation,
    due_escalations,
    reached_levels,
    recipient_hours,
)
from forewarn.sla.timeline import build_timelines

MONDAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
OFFICE = {"time_zone": "UTC", "windows": {"mon-fri": ["08:00-18:00"]}}
TEAM = {"time_zone": "UTC", "windows": {"mon-fri": ["09:00-17:00"]}}
HALF, MOST, FULL = ({"metric": "resolution", "at_share": s, "to": "lead"} for s in (0.5, 0.75, 1.0))
HOUR_BEFORE = {"metric": "resolution", "before": "1h", "to": "lead"}
Event = tuple[str, str, dict[str, Any]]


def instant(text: str) -> int:
    """``Mon 09:30`` in microseconds."""
    day, clock = text.split()
    at = (
        MONDAY
        + dt.timedelta(days=DAYS.index(day))
        + dt.timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))
    )
    return int(at.timestamp()) * 1_000_000


def words(at: int) -> str:
    """Microseconds as ``Mon 09:30``."""
    moment = dt.datetime.fromtimestamp(at / 1_000_000, dt.UTC)
    return f"{DAYS[moment.weekday()]} {moment:%H:%M}"


def event(at: str, kind: str, **more: Any) -> Event:
    """Something that happens to the ticket."""
    return at, kind, more


def status(at: str, category: str) -> Event:
    """A change of status."""
    return event(at, "status_changed", to_value=category)


def find(
    *events: Event,
    levels: list[dict[str, Any]],
    as_of: str,
    created: str = "Mon 08:00",
    target: Any = "4h",
    calendar: str | None = None,
    priority: str = "2",
    already: Collection[Any] = (),
    installed: str | None = None,
    **settings: Any,
) -> list[Escalation]:
    """What is due for one ticket under one policy."""
    metrics = sorted({level["metric"] for level in levels})
    policy = {"name": "p", "calendar": calendar, "escalations": levels,
              "targets": dict.fromkeys(metrics, target)}  # fmt: skip
    sla = SlaConfig.model_validate(
        {"calendars": {"office": OFFICE, "team": TEAM}, "policies": [policy], **settings}
    )
    tickets = [{"ticket_id": "T1", "created_at": instant(created), "priority": priority}]
    rows = [{"ticket_id": "T1", "occurred_at": instant(at), "kind": kind, **more}
            for at, kind, more in events]  # fmt: skip
    timelines = build_timelines(make_tables(tickets, rows), sla)
    moment = instant(as_of)
    reached = reached_levels(
        timelines, np.arange(len(timelines)), sla, ticket_ids=["T1"], as_of=moment
    )
    return due_escalations(
        reached,
        hours=recipient_hours(timelines, sla),
        as_of=moment,
        already=already,
        installed_at=None if installed is None else instant(installed),
    )


def shown(found: list[Escalation]) -> list[tuple[str, str, str | None]]:
    """Level, due instant, and why nobody is told."""
    return [(e.key.level, words(e.due_at), e.suppressed) for e in found]


def test_all_levels_fire_each_once_however_late_the_program_looks() -> None:
    """After all have passed each is there with its own instant; raised ones never again."""
    found = find(levels=[FULL, HALF, MOST, HOUR_BEFORE], as_of="Mon 20:00")
    assert shown(found) == [
        ("lead at 0.5", "Mon 10:00", None),
        ("lead 3600s before", "Mon 11:00", None),
        ("lead at 0.75", "Mon 11:00", None),
        ("lead at 1", "Mon 12:00", None),
    ]
    raised = [e.key for e in found[:2]]
    again = find(levels=[FULL, HALF, MOST, HOUR_BEFORE], as_of="Tue 20:00", already=raised)
    assert [e.key.level for e in again] == ["lead at 0.75", "lead at 1"]
    everything = [e.key for e in found]
    assert find(levels=[FULL, HALF, MOST, HOUR_BEFORE], as_of="Tue 20:00", already=everything) == []


def test_a_level_is_due_from_its_instant_on_not_before() -> None:
    """A minute earlier there is nothing."""
    assert find(levels=[HALF], as_of="Mon 09:59") == []
    assert shown(find(levels=[HALF], as_of="Mon 10:00")) == [("lead at 0.5", "Mon 10:00", None)]


def test_the_share_of_the_budget_leaves_pauses_out() -> None:
    """An hour of pause moves half of the budget from 10:00 to 11:00."""
    pause = (status("Mon 09:00", "pending"), status("Mon 10:00", "open"))
    assert find(*pause, levels=[HALF], as_of="Mon 10:59") == []
    assert shown(find(*pause, levels=[HALF], as_of="Mon 11:30")) == [
        ("lead at 0.5", "Mon 11:00", None)
    ]


def test_a_level_that_was_reached_before_a_pause_keeps_its_instant() -> None:
    """The lead of an hour was reached at 11:00, before the pause; not an hour before the end."""
    found = find(status("Mon 11:30", "pending"), status("Mon 15:00", "open"),
                 levels=[HOUR_BEFORE], as_of="Mon 15:10")  # fmt: skip
    assert shown(found) == [("lead 3600s before", "Mon 11:00", None)]


def test_the_lead_is_counted_in_business_time_across_a_day_boundary() -> None:
    """Open 8 to 18: four hours from Monday 17:00 end Tuesday 11:00; an hour before is 10:00,
    and two and a half hours before are 8:30; three and a half are Monday 17:30.
    """
    levels = [HOUR_BEFORE | {"before": lead} for lead in ("1h", "2h 30m", "3h 30m")]
    found = find(levels=levels, as_of="Tue 10:00", created="Mon 17:00", calendar="office")
    assert [words(e.due_at) for e in found] == ["Mon 17:30", "Tue 08:30", "Tue 10:00"]


def test_a_paused_clock_raises_nothing_new() -> None:
    """What it came to before the pause waits until it runs again."""
    pause = status("Mon 11:00", "pending")
    assert find(pause, levels=[HALF], as_of="Mon 12:00") == []
    resumed = find(pause, status("Mon 13:00", "open"), levels=[HALF], as_of="Mon 13:01")
    assert shown(resumed) == [("lead at 0.5", "Mon 10:00", None)]


@pytest.mark.parametrize("kind", ["solved", "closed", "merged", "sla_removed"])
def test_an_ended_clock_raises_nothing_new(kind: str) -> None:
    """Also where its breach was never told: it is over."""
    assert find(event("Mon 14:00", kind), levels=[HALF, FULL], as_of="Mon 15:00") == []


def test_a_next_response_does_not_escalate_after_the_agent_answered() -> None:
    """The reply ends it; the customer's next message has a level of its own, in cycle 2."""
    level = {"metric": "next_response", "at_share": 0.5, "to": "lead"}
    talk = (event("Mon 08:00", "agent_reply", is_public=True, actor_kind="agent"),
            event("Mon 09:00", "customer_reply", is_public=True),
            event("Mon 12:00", "agent_reply", is_public=True, actor_kind="agent"),
            event("Mon 20:00", "customer_reply", is_public=True))  # fmt: skip
    asked = find(*talk[:2], levels=[level], as_of="Mon 11:30")
    assert [(e.key.cycle, words(e.due_at)) for e in asked] == [(1, "Mon 11:00")]
    assert find(*talk, levels=[level], as_of="Mon 21:00") == []
    later = find(*talk, levels=[level], as_of="Mon 23:00", already=[e.key for e in asked])
    assert [(e.key.cycle, words(e.due_at)) for e in later] == [(2, "Mon 22:00")]


def test_a_budget_spent_when_the_promise_is_made_is_recorded_and_suppressed() -> None:
    """No promise until Tuesday, then counted from Monday: a breach, but nobody is woken."""
    target = {"2": "4h"}
    change = event("Tue 08:00", "priority_changed", to_value="2")
    found = find(change, levels=[HALF, FULL, FULL | {"at_share": 10}], as_of="Wed 08:00",
                 target=target, priority="custom")  # fmt: skip
    assert shown(found) == [
        ("lead at 0.5", "Tue 08:00", SPENT),
        ("lead at 1", "Tue 08:00", SPENT),
        ("lead at 10", "Wed 00:00", None),
    ]


def test_a_backlog_on_the_first_run_makes_no_burst() -> None:
    """What was reached by the installation is recorded and suppressed; what comes after is told."""
    first = find(levels=[HALF, MOST], as_of="Mon 10:30", installed="Mon 10:30")
    assert shown(first) == [("lead at 0.5", "Mon 10:00", OLD)]
    second = find(levels=[HALF, MOST], as_of="Mon 12:00", installed="Mon 10:30",
                  already=[e.key for e in first])  # fmt: skip
    assert shown(second) == [("lead at 0.75", "Mon 11:00", None)]
    missed = find(status("Mon 10:10", "pending"), status("Mon 11:00", "open"),
                  levels=[HALF], as_of="Mon 11:30", installed="Mon 10:30")  # fmt: skip
    assert shown(missed) == [("lead at 0.5", "Mon 10:00", OLD)]


def test_outside_the_recipients_hours_it_waits_for_their_next_opening() -> None:
    """Reached as they close at 17:00, told at 9:00; what is solved meanwhile never."""
    level = HALF | {"hours": "team"}
    within = find(levels=[level], as_of="Mon 16:00", created="Mon 14:00")
    assert shown(within) == [("lead at 0.5", "Mon 16:00", None)]
    assert find(levels=[level], as_of="Mon 23:00", created="Mon 15:00") == []  # 17:00: just closed
    morning = find(levels=[level], as_of="Tue 09:00", created="Mon 15:00")
    assert [(words(e.reached_at), words(e.due_at)) for e in morning] == [("Mon 17:00", "Tue 09:00")]
    weekend = find(levels=[level], as_of="Sun 23:00", created="Fri 16:00")
    assert weekend == []
    assert find(event("Mon 20:00", "solved"), levels=[level], as_of="Tue 09:00",
                created="Mon 15:00") == []  # fmt: skip


def test_another_promise_is_another_event() -> None:
    """Raised at half of 8 h, it is raised again at half of 4 h, in the instant of the change."""
    target = {"1": "4h", "2": "8h"}
    first = find(levels=[HALF], as_of="Mon 12:00", target=target)
    assert shown(first) == [("lead at 0.5", "Mon 12:00", None)]
    raised = event("Mon 13:00", "priority_changed", to_value="1")
    again = find(raised, levels=[HALF], as_of="Mon 14:00", target=target,
                 already=[e.key for e in first])  # fmt: skip
    assert shown(again) == [("lead at 0.5", "Mon 13:00", None)]


def test_a_longer_promise_is_escalated_when_its_own_share_is_reached() -> None:
    """Half of 4 h was reached at 10:00; under 8 h from 11:00 on it is 12:00, without pauses."""
    target = {"1": "8h", "2": "4h"}
    longer = event("Mon 11:00", "priority_changed", to_value="1")
    assert find(longer, levels=[HALF], as_of="Mon 11:59", target=target) == []
    found = find(longer, levels=[HALF], as_of="Mon 18:00", target=target)
    assert shown(found) == [("lead at 0.5", "Mon 12:00", None)]
    paused = find(longer, status("Mon 11:30", "pending"), status("Mon 12:30", "open"),
                  levels=[HALF], as_of="Mon 18:00", target=target)  # fmt: skip
    assert shown(paused) == [("lead at 0.5", "Mon 13:00", None)]


def test_a_clock_that_begins_anew_escalates_anew() -> None:
    """Reopened under 'restart': the level of the first run is another event."""
    again = (event("Mon 11:00", "solved"), status("Mon 14:00", "open"))
    first = find(levels=[HALF], as_of="Mon 10:30")
    second = find(*again, levels=[HALF], as_of="Mon 17:00", on_reopen="restart",
                  already=[e.key for e in first])  # fmt: skip
    assert shown(second) == [("lead at 0.5", "Mon 16:00", None)]
    assert find(*again, levels=[HALF], as_of="Mon 15:59", on_reopen="restart") == []


def test_an_imported_deadline_has_no_levels() -> None:
    """It comes without a policy, so nobody is named."""
    sla = SlaConfig.model_validate({"policies": [
        {"name": "p", "targets": {"resolution": "4h"}, "escalations": [HALF]}]})  # fmt: skip
    tickets = [{"ticket_id": "T1", "created_at": 0, "resolution_due_at": 10}]
    timelines = build_timelines(make_tables(tickets), sla)
    assert len(timelines) == 1
    assert reached_levels(timelines, np.arange(1), sla, ticket_ids=["T1"], as_of=9) == []


def test_reading_no_clock_finds_nothing() -> None:
    """An empty desk is quiet."""
    sla = SlaConfig.model_validate({"policies": [
        {"name": "p", "targets": {"resolution": "4h"}, "escalations": [HALF]}]})  # fmt: skip
    timelines = build_timelines(make_tables([]), sla)
    assert reached_levels(timelines, np.arange(0), sla, ticket_ids=[], as_of=0) == []
