"""Days on which a desk is closed, from an iCalendar file (RFC 5545), recurrences expanded."""

import datetime as dt
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

_MOST_BYTES = 5_000_000
_FIRST, _LAST = dt.date(1990, 1, 1), dt.date(2060, 1, 1)
"""Endless recurrences are followed within these years."""


def read_closed_days(path: Path, *, zone: str) -> set[dt.date]:
    """Every day that an event of the file covers whole, in the calendar's zone.

    All-day events, of several days too, and timed ones that cover the day from midnight to
    midnight; shorter events close nothing, and cancelled ones are none. Raises ValueError
    where the file cannot be read, is not iCalendar, or closes no day at all.
    """
    if not path.is_file():
        raise ValueError(f"{path.name} is not a file; icalendar names files beside forewarn.yaml")
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError(f"{path.name} is larger than 5 MB; expected a calendar of closed days")
    days = {day for event in _events(path) for day in _days(event, ZoneInfo(zone))}
    if not days:
        raise ValueError(f"{path.name} has no event that lasts a whole day")
    return days


def _events(path: Path) -> list[Any]:
    import icalendar
    import recurring_ical_events

    try:
        calendar = icalendar.Calendar.from_ical(path.read_bytes())
        found: list[Any] = recurring_ical_events.of(calendar).between(_FIRST, _LAST)
    except Exception as error:  # whatever a damaged file makes of the parser
        raise ValueError(f"{path.name} is not an iCalendar file: {error}") from error
    return [e for e in found if str(e.get("STATUS", "")).upper() != "CANCELLED"]


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
