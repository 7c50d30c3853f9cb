"""Instants as people read them: in one zone, with its name. Programs get ISO 8601 in UTC."""

import datetime as dt
from zoneinfo import ZoneInfo


def local(instant: dt.datetime | None, *, time_zone: str) -> str:
    """Date and minute in a zone, with its offset's name; empty where there is none.

    >>> local(dt.datetime(2026, 5, 2, 9, 10, tzinfo=dt.UTC), time_zone="Europe/Berlin")
    '2026-05-02 11:10 CEST'
    """
    return "" if instant is None else f"{_in(instant, time_zone):%Y-%m-%d %H:%M %Z}"


def local_date(instant: dt.datetime, *, time_zone: str) -> str:
    """The day in a zone.

    >>> local_date(dt.datetime(2026, 5, 1, 22, tzinfo=dt.UTC), time_zone="Europe/Berlin")
    '2026-05-02'
    """
    return f"{_in(instant, time_zone):%Y-%m-%d}"


def local_to_the_second(instant: dt.datetime, *, time_zone: str) -> str:
    """The same, with the second where it is not on the minute.

    >>> local_to_the_second(dt.datetime(2026, 5, 2, 9, 10, 7, tzinfo=dt.UTC), time_zone="UTC")
    '2026-05-02 09:10:07 UTC'
    """
    there = _in(instant, time_zone)
    return f"{there:%Y-%m-%d %H:%M:%S %Z}" if there.second else local(there, time_zone=time_zone)


def _in(instant: dt.datetime, time_zone: str) -> dt.datetime:
    return instant.astimezone(ZoneInfo(time_zone))
