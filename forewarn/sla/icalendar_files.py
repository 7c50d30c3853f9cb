"""Days on which a desk is closed, from an iCalendar file (RFC 5545), recurrences expanded."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

_MOST_BYTES = 5_000_000
_FIRST, _LAST = dt.date(1990, 1, 1), dt.date(2060, 1, 1)
"""Endless recurrences are followed within these years."""
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")


def read_closed_days(path: Path, *, zone: str) -> set[dt.date]:
    """Every day that an event of the file covers whole, in the calendar's zone.

    All-day events, of several days too, and timed ones that cover the day from midnight to
    midnight; shorter events close nothing, and cancelled ones are none. Whether an event says
    busy or free plays no part: feeds of holidays say free. Raises ValueError where the file
    cannot be read, is not iCalendar, holds an event that cannot be told, or closes no day.
    """
    if not path.is_file():
        raise ValueError(f"{path.name} is not a file; icalendar names files beside this one")
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path.name} is larger than 5 MB; expected a calendar of closed days")
    days = {day for event in _events(path) for day in _days(event, ZoneInfo(zone))}
    if not days:
        raise ValueError(f"{path.name} has no event that lasts a whole day")
    return days


def _events(path: Path) -> Iterator[Any]:
    import icalendar
    import recurring_ical_events

    try:
        content = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        calendars = icalendar.Calendar.from_ical(content, multiple=True)
        if not calendars:
            raise ValueError("no whole VCALENDAR in it")
        for calendar in calendars:
            for event in calendar.walk("VEVENT"):
                _refuse_fault(event)
        found = [
            event
            for calendar in calendars
            for event in recurring_ical_events.of(calendar).between(_FIRST, _LAST)
        ]
    except _FaultError as error:
        raise ValueError(f"{path.name}: {error}") from None
    except Exception as error:  # whatever a damaged file makes of the parser
        raise ValueError(f"{path.name} is not an iCalendar file: {error}") from error
    return (e for e in found if str(e.get("STATUS", "")).upper() != "CANCELLED")


class _FaultError(Exception):
    """What an event says cannot be told, though the file can be read."""


def _refuse_fault(event: Any) -> None:
    """The library lets some mistakes pass in silence, and never ends on others."""
    fault = _fault_of_times(event) or _fault_of_rule(event)
    if fault:
        name = event.get("SUMMARY") or event.get("UID") or "without a name"
        raise _FaultError(f"event {str(name)!r}: {fault}")


def _fault_of_times(event: Any) -> str | None:
    if event.errors:
        return "; ".join(f"{name}: {text}" for name, text in event.errors)
    if "DTSTART" not in event:
        return "it has no start (DTSTART)"
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        value = event.get(name)
        zone = None if value is None else value.params.get("TZID")
        if zone and isinstance(value.dt, dt.datetime) and value.dt.tzinfo is None:
            return f"{name}: time zone {zone!r} is neither known nor defined in the file"
    start, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
    if end is not None and _comparable(end) < _comparable(start):
        return f"it ends ({end}) before it starts ({start})"
    return None


def _fault_of_rule(event: Any) -> str | None:
    """Rules that repeat by the hour or never move on would be followed for ever."""
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        frequency = str(next(iter(rule.get("FREQ", ())), "nothing")).upper()
        if frequency not in _FREQUENCIES:
            return f"RRULE repeats by {frequency}; expected {', '.join(_FREQUENCIES)}"
        if any(int(n) < 1 for n in rule.get("INTERVAL", ())):
            return "RRULE has an INTERVAL below 1"
    return None


def _comparable(at: dt.date) -> dt.datetime:
    """An instant; without a zone as if in UTC."""
    instant = at if isinstance(at, dt.datetime) else dt.datetime.combine(at, dt.time())
    return instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)


def _days(event: Any, zone: ZoneInfo) -> list[dt.date]:
    start, end = event.start, event.end
    if not isinstance(start, dt.datetime):
        n_days = max((end - start).days, 1)
        return [start + dt.timedelta(days=i) for i in range(n_days)]
    begin, over = (_local(at, zone) for at in (start, end))
    first = begin.date() if begin.time() == dt.time() else begin.date() + dt.timedelta(days=1)
    n_days = (over.date() - first).days
    return [first + dt.timedelta(days=i) for i in range(max(n_days, 0))]


def _local(at: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Wall time of the zone; times without one are the zone's own."""
    return (
        at.replace(tzinfo=None) if at.tzinfo is None else at.astimezone(zone).replace(tzinfo=None)
    )
