"""Reads the tables and ``clock`` blocks of docs/clock.md as test cases."""

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from forewarn.config import METRICS, SlaConfig
from forewarn.config.base import parse_duration

PAGE = Path(__file__).parents[3] / "docs" / "clock.md"
MONDAY = dt.date(2024, 6, 3)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MICROSECOND = dt.timedelta(microseconds=1)
_TIME = (
    r"(?:(?:next )?(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)|\d{4}-\d\d-\d\d) \d\d:\d\d(?::\d\d)?"
    r"(?: [A-Z]\w+/\w+)?"
)
_ZONE = re.compile(r"[A-Z]\w+/\w+")


@dataclass(frozen=True)
class Read:
    """One ``read`` line: which clock, when, and what must be said of it."""

    at: int
    metric: str
    cycle: int
    expected: tuple[str, ...]


@dataclass
class Case:
    """One block: a ticket's life under some settings, and its readings."""

    sentence: str
    zone: str = "UTC"
    sla: dict[str, Any] = field(default_factory=dict)
    ticket: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    watermark: int | None = None

    def config(self) -> SlaConfig:
        """The settings as a validated configuration."""
        return SlaConfig.model_validate(self.sla)

    def instant(self, text: str) -> int:
        """A time of the page in the case's zone, as microseconds since 1970."""
        return instant(text, self.zone)


def tables(*headings: str) -> list[dict[str, str]]:
    """Rows of the tables that have all these headings."""
    rows: list[dict[str, str]] = []
    heads: list[str] | None = None
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            heads = None
        elif heads is None:
            heads = cells
        elif set(headings) <= set(heads) and not cells[0].startswith("---"):
            rows.append(dict(zip(heads, cells, strict=True)))
    return rows


def cases() -> list[Case]:
    """Every ``clock`` block, named by the sentence above it."""
    found, sentence, block = [], "", None
    for line in PAGE.read_text("utf-8").splitlines():
        if line == "```clock":
            block = []
        elif line == "```" and block is not None:
            found.append(_case(sentence, block))
            block = None
        elif block is not None:
            block.append(line)
        elif line.strip() and not line.startswith("```"):
            sentence = line
    return found


def instant(text: str, zone: str) -> int:
    """``Fri 16:30``, ``next Mon 09:00:01`` or ``2024-03-31 12:00`` as microseconds.

    In the zone, or in one that is named behind it: ``Fri 20:00 Asia/Kolkata``.
    """
    words = text.split()
    if _ZONE.fullmatch(words[-1]):
        zone = words.pop()
    *week, day, time = words
    if day in DAYS:
        date = MONDAY + dt.timedelta(days=DAYS.index(day) + 7 * len(week))
    else:
        date = dt.date.fromisoformat(day)
    local = dt.datetime.combine(date, dt.time.fromisoformat(time), ZoneInfo(zone))
    return (local - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // MICROSECOND


def duration(text: str) -> int:
    """``1h 30m`` as microseconds."""
    length = parse_duration(text)
    assert isinstance(length, dt.timedelta)
    return length // MICROSECOND


def calendar(text: str) -> tuple[dict[str, Any] | None, str]:
    """``mon-fri 09:00-17:00, closed 2024-06-10, Europe/Berlin`` as a calendar, and its zone."""
    if text == "always":
        return None, "UTC"
    zone = "UTC"
    hours: dict[str, Any] = {"windows": {}, "special_days": {}, "holidays": []}
    found, versions = hours, []
    for part in text.split(", "):
        words = part.split()
        if words[0] == "from":
            hours = {"windows": {}, "special_days": {}, "holidays": [], "valid_from": words[1]}
            versions.append(hours)
            words = words[2:]
        if _ZONE.fullmatch(part):
            zone = part
        elif words[0] == "closed":
            hours["special_days"][words[1]] = []
        elif words[0][0].isdigit():
            hours["special_days"][words[0]] = words[1:]
        elif words[0] == "holidays":
            country, _, region = words[1].partition("-")
            hours["holidays"].append({"country": country, "region": region or None})
        else:
            for day in _days(words[0]):
                hours["windows"][day] = hours["windows"].get(day, []) + words[1:]
    return {"time_zone": zone, **found, "versions": versions}, zone


def _days(text: str) -> list[str]:
    names = [d.lower() for d in DAYS]
    ends = [names.index(name) for name in text.split("-")]
    return [names[(ends[0] + i) % 7] for i in range((ends[-1] - ends[0]) % 7 + 1)]


def _case(sentence: str, lines: list[str]) -> Case:
    case = Case(sentence)
    targets: dict[str, Any] = {}
    policy: dict[str, Any] = {"name": "promise", "targets": targets}
    case.sla = {"policies": [policy]}
    for line in lines:
        key, _, value = line.partition(": ")
        if key == "hours":
            hours, case.zone = calendar(value)
            if hours is not None:
                case.sla["calendars"] = {"hours": hours}
                policy["calendar"] = "hours"
        elif key in METRICS:
            pairs = [p.split("=") for p in value.split(", ")]
            targets[key] = dict(pairs) if "=" in value else value
        elif key == "settings":
            name, _, setting = value.partition(" ")
            case.sla[name] = yaml.safe_load(setting)
        elif key == "watermark":
            case.watermark = case.instant(value)
        else:
            _happen(case, line, next(iter(targets), "resolution"))
    return case


def _happen(case: Case, line: str, metric: str) -> None:
    match = re.match(rf"({_TIME}) (.*)", line)
    assert match is not None, line
    at, what = case.instant(match[1]), match[2]
    if what.startswith("read"):
        head, _, tail = what.partition(": ")
        words = head.split()[1:]
        cycle = int(words[1]) if len(words) > 1 else 1
        expected = tuple(tail.split(", "))
        case.reads.append(Read(at, words[0] if words else metric, cycle, expected))
        return
    event: dict[str, Any] = {"ticket_id": "t", "occurred_at": at}
    for key, value in re.findall(rf"\((known|sequence) ({_TIME}|\d+)\)", what):
        event |= {"known_at": case.instant(value)} if key == "known" else {"sequence": int(value)}
    _add(case, event, what.partition(" (")[0])


def _add(case: Case, event: dict[str, Any], what: str) -> None:
    words = what.split()
    if words[0] == "created":
        case.ticket = {"ticket_id": "t", "created_at": event["occurred_at"]}
        case.ticket["priority"] = words[2] if words[1:2] == ["priority"] else None
        if words[1:3] == ["in", "group"]:
            case.ticket["group_id"] = words[3]
        if words[1:2] == ["due"]:
            case.ticket["resolution_due_at"] = case.instant(what.removeprefix("created due "))
        event |= {
            "kind": "created",
            "actor_kind": "agent" if what.endswith("agent") else "customer",
        }
    elif words[0] == "status":
        event |= {"kind": "status_changed", "to_value": words[1]}
    elif words[0] == "group" or what == "no group":
        event |= {"kind": "group_changed", "to_value": None if what == "no group" else words[1]}
    elif words[0] == "priority":
        event |= {"kind": "priority_changed", "to_value": words[1]}
    elif words[-1] == "reply":
        who = {"internal": "agent", "reply": "agent"}.get(words[0], words[0])
        kind = "customer_reply" if who == "customer" else "agent_reply"
        event |= {"kind": kind, "actor_kind": who, "is_public": words[0] != "internal"}
    else:
        event["kind"] = what.replace(" ", "_")
    case.events.append(event)
