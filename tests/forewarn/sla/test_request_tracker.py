"""Due dates against a live Request Tracker 5, which has an SLA engine of its own.

Its ``Due`` is the earlier of the response and the resolution due. Response due is what our
first_response, next_response and (its KeepInLoop) periodic_update are. It leaves ``Due`` as it
was on solved tickets, so tickets are compared while they are open. Three habits are converted:
a deadline at a closing instant is for it the next opening (``_at_opening``), each excluded
wait that ends in opening hours counts its end second (``_later``), and waits move a deadline
that was missed before them (``_moved_by_waits``).
"""

import datetime as dt
import random
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from request_tracker import AGENT, CUSTOMER, Tracker, running_tracker
from sla_tables import make_tables

from forewarn.config import SlaConfig
from forewarn.sla.clock import RUNNING, read_clocks
from forewarn.sla.intervals import OpenIntervals, add
from forewarn.sla.timeline import Timelines, build_timelines

SECOND = 1_000_000
START = 1_793_577_600  # Monday, 2 November 2026, 00:00 UTC
N_TICKETS = 120
WEEKS = {
    "office": {"mon-fri": ["09:00-17:00"]},
    "lunch": {"mon-thu": ["08:30-12:15", "13:00-18:00"], "fri": ["08:30-15:00"]},
    "shop": {"mon-sat": ["08:00-20:00"]},
}
# Level: hours (none: around the clock), minutes to response, to keep in loop, to resolve.
LEVELS: dict[str, tuple[str | None, int | None, int | None, int | None]] = {
    "usual": ("office", 60, None, 480),
    "slow": ("lunch", 240, None, 2400),
    "updates": ("shop", 120, 960, 4800),
    "solve": ("office", None, None, 960),
    "answer": ("lunch", 45, None, None),
    "always": (None, 240, None, 2880),
}
STATUSES = {"new": "new", "open": "open", "stalled": "pending", "resolved": "solved"}
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")


@dataclass
class Ticket:
    """One ticket's plan, and its number in the tracker."""

    number: int
    level: str
    queue: str
    id: str = ""


def agreements() -> str:
    """Levels and business hours as the tracker's configuration."""
    hours = ", ".join(f"'{name}' => {{{_perl_week(name)}}}" for name in WEEKS)
    levels = ", ".join(f"'{name}' => {{{_perl_level(name)}}}" for name in LEVELS)
    return (
        f"Set(%ServiceBusinessHours, {hours});\n"
        f"Set(%ServiceAgreements, Default => 'usual', Levels => {{{levels}}});"
    )


def _perl_week(name: str) -> str:
    days = dict.fromkeys(range(7), "Start => undef, End => undef")
    for key, windows in WEEKS[name].items():
        first, last = DAYS.index(key.split("-")[0]), DAYS.index(key.split("-")[-1])
        times = [t for w in windows for t in w.split("-")]
        text = f"Start => '{times[0]}', End => '{times[-1]}'"
        if len(times) == 4:
            text += f", Breaks => [{{Start => '{times[1]}', End => '{times[2]}'}}]"
        days |= dict.fromkeys(range(first, last + 1), text)
    return ", ".join(f"{day} => {{Name => 'd{day}', {text}}}" for day, text in days.items())


def _perl_level(name: str) -> str:
    hours, *minutes = LEVELS[name]
    unit = "RealMinutes" if hours is None else "BusinessMinutes"
    ignored = "IgnoreOnStatuses => ['stalled'], ExcludeTimeOnIgnoredStatuses => 1"
    parts = [
        f"{kind} => {{{unit} => {value}, {ignored}}}"
        for kind, value in zip(("Response", "KeepInLoop", "Resolve"), minutes, strict=True)
        if value is not None
    ]
    return ", ".join([*parts, *([f"BusinessHours => '{hours}'"] if hours else [])])


def our_agreements() -> SlaConfig:
    """The same as policies."""
    policies = []
    for name, (hours, response, update, resolve) in LEVELS.items():
        minutes = {
            "first_response": response, "next_response": response, "periodic_update": update,
            "resolution": resolve,
        }  # fmt: skip
        targets = {metric: f"{m}m" for metric, m in minutes.items() if m is not None}
        policies.append(
            {"name": name, "when": {"sla": name}, "calendar": hours, "targets": targets}
        )
    metrics = ("first_response", "next_response", "periodic_update", "resolution")
    return SlaConfig.model_validate(
        {
            "calendars": {n: {"time_zone": "UTC", "windows": w} for n, w in WEEKS.items()},
            "policies": policies,
            "pause_on": {metric: ["pending"] for metric in metrics},
        }
    )


def plan() -> list[tuple[int, Ticket, str]]:
    """(second, ticket, act) in the order of time: creations, then up to five acts each."""
    draw = random.Random(5)  # noqa: S311 - no secret
    found = []
    for number in range(N_TICKETS):
        at = START + draw.randrange(0, 28 * 86_400)
        if number % 5 == 0:  # at full hours, where deadlines fall on closings
            at = at // 3600 * 3600
        ticket = Ticket(number, draw.choice(list(LEVELS)), draw.choice(["General", "Field"]))
        found.append((at, ticket, "create"))
        for _ in range(draw.randrange(5)):
            at += draw.choice([600, 3600, 7 * 3600, 20 * 3600, 61 * 3600]) + draw.randrange(600)
            acts = ["reply", "message", "stall", "open", "resolve"]
            found.append((at, ticket, draw.choices(acts, [4, 4, 2, 2, 1])[0]))
    return sorted(found, key=lambda act: act[0])


def live(tracker: Tracker) -> list[Ticket]:
    """Carry the plan out; acts that the tracker's workflow does not allow are left out."""
    tickets: dict[int, Ticket] = {}
    for at, ticket, act in plan():
        tracker.set_clock(at)
        tickets[ticket.number] = ticket
        if act == "create":
            body = {"Queue": ticket.queue, "Subject": f"ticket {ticket.number}", "Content": "x",
                    "Requestor": "root@localhost", "SLA": ticket.level}  # fmt: skip
            ticket.id = tracker.call(CUSTOMER, "ticket", body)["id"]
        elif act in ("reply", "message"):
            who = AGENT if act == "reply" else CUSTOMER
            body = {"Content": "x", "ContentType": "text/plain"}
            tracker.call(who, f"ticket/{ticket.id}/correspond", body)
        else:
            status = {"stall": "stalled", "open": "open", "resolve": "resolved"}[act]
            tracker.call(AGENT, f"ticket/{ticket.id}", {"Status": status}, "PUT")
    return list(tickets.values())


def _second(text: str | None) -> int | None:
    if not text or text.startswith("1970"):
        return None
    return round(dt.datetime.fromisoformat(text).timestamp())


def rows_of(tracker: Tracker, ticket: Ticket) -> list[dict[str, Any]]:
    """All that the tracker tells of a ticket, in its order."""
    fields = "fields=Type,Creator,Created,OldValue,NewValue,Field&per_page=100"
    rows = tracker.call(AGENT, f"ticket/{ticket.id}/history?{fields}")["items"]
    return sorted(rows, key=lambda row: int(row["id"]))


def said(rows: list[dict[str, Any]]) -> list[tuple[int, int | None]]:
    """(second, Due or None) after all that happened in each second in which it was not solved."""
    due: int | None = None
    found: dict[int, int | None] = {}
    for row in rows:
        at = _second(row["Created"])
        assert at is not None
        if row["Type"] == "Status" and row["NewValue"] == "resolved":
            found.pop(at, None)
            break
        if row["Type"] == "Set" and row["Field"] == "Due":
            due = _second(row["NewValue"])
        if row["Type"] in ("Create", "Correspond", "Status", "Set"):
            found[at] = due
    return list(found.items())


def events_of(ticket: Ticket, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same as our events; the creation is the first."""
    found = []
    for row in rows:
        at = _second(row["Created"])
        assert at is not None
        event: dict[str, Any] = {"ticket_id": ticket.id, "occurred_at": at * SECOND}
        by_agent = row["Creator"]["id"] == AGENT
        if row["Type"] == "Create":
            event |= {"kind": "created", "to_value": "new", "actor_kind": "customer"}
        elif row["Type"] == "Correspond":
            kind = "agent_reply" if by_agent else "customer_reply"
            event |= {
                "kind": kind,
                "is_public": True,
                "actor_kind": "agent" if by_agent else "customer",
            }
        elif row["Type"] == "Status":
            event |= {"kind": "status_changed", "to_value": STATUSES[row["NewValue"]]}
        else:
            continue
        found.append(event)
    return found


def _at_opening(hours: OpenIntervals, due: int) -> int:
    """A deadline at a closing instant is for the tracker the next opening."""
    if due not in hours.ends:
        return due
    return int(hours.starts[np.searchsorted(hours.starts, due)])


def _moved_by_waits(hours: OpenIntervals, started_at: int, duration: int) -> int:
    """Waits that begin after the budget is spent move its ``Due`` too: waiting undoes a breach.

    Ours stays where it was broken; see the clock's page.
    """
    return int(add(hours, started_at, duration)[0])


def _later(hours: OpenIntervals, due: int, waits: int) -> int:
    """Each wait that it leaves out counts its end second too, where that one is open."""
    return int(add(hours, due, waits * SECOND)[0])


def ours(timelines: Timelines, ticket: int, at: int, events: list[dict[str, Any]]) -> list[int]:
    """The due dates of the running clocks just after the second, in the tracker's habits."""
    clocks = np.flatnonzero(timelines.clock_ticket == ticket)
    readings = read_clocks(timelines, clocks, as_of=at * SECOND + 1)
    found = []
    for i in np.flatnonzero(readings.state == RUNNING):
        calendar = timelines.terms_calendar[readings.terms[i]]
        hours = timelines.calendars[calendar]
        due = int(readings.due_at[i])
        if readings.paused[i] and due <= at * SECOND:
            spent = int(readings.target[i] + readings.paused[i])
            due = _moved_by_waits(hours, int(readings.started_at[i]), spent)
        if calendar:  # around the clock has no such habits
            waits = _waits(
                events, since=int(readings.started_at[i]), until=at * SECOND, hours=hours
            )
            due = _at_opening(hours, _later(hours, due, waits))
        found.append(due // SECOND)
    return found


def _waits(events: list[dict[str, Any]], *, since: int, until: int, hours: OpenIntervals) -> int:
    """How many waits since then ended within opening hours."""
    statuses = [e for e in events if "to_value" in e and since <= e["occurred_at"] <= until]
    ends = [
        b["occurred_at"]
        for a, b in pairwise(statuses)
        if a["to_value"] == "pending" and b["to_value"] != "pending"
    ]
    return sum(int(add(hours, end, SECOND)[0]) == end + SECOND for end in ends)


@pytest.mark.slow
@pytest.mark.timeout(1800)  # about six hundred requests to a slow server
def test_due_dates_are_those_of_request_tracker(tmp_path: Path) -> None:
    """Of every open ticket, after each of its acts: the earliest due date is its ``Due``."""
    with running_tracker(tmp_path, agreements=agreements()) as tracker:
        tickets = live(tracker)
        told = {t.id: rows_of(tracker, t) for t in tickets}
    events = {t.id: events_of(t, told[t.id]) for t in tickets}
    rows = [
        {"ticket_id": t.id, "created_at": events[t.id][0]["occurred_at"], "sla": t.level}
        for t in tickets
    ]
    rows.sort(key=lambda row: str(row["ticket_id"]))
    tables = make_tables(rows, [e for t in tickets for e in events[t.id]])
    timelines = build_timelines(tables, our_agreements())
    place = {str(row["ticket_id"]): i for i, row in enumerate(rows)}
    seen: Counter[str] = Counter()
    for ticket in tickets:
        for at, theirs in said(told[ticket.id]):
            found = ours(timelines, place[ticket.id], at, events[ticket.id])
            assert (min(found) if found else None) == theirs, (ticket, events[ticket.id], at, found)
            seen["none" if theirs is None else ticket.level] += 1
    assert len(tickets) == N_TICKETS
    assert set(seen) == {*LEVELS, "none"}
    assert sum(seen.values()) > 2 * N_TICKETS
