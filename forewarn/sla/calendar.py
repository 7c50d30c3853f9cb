"""Opening hours as people write them: local windows per weekday, and special days.

An instant is open when the wall clock of the calendar's zone shows a time inside one of the
windows of that day. That alone decides the days on which clocks change: a window, or a part
of one, that falls into the skipped hour does not exist; the repeated hour counts twice.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from forewarn.errors import ConfigError
from forewarn.sla.public_holidays import Holidays

if TYPE_CHECKING:
    from forewarn.config.calendars import CalendarConfig, HoursConfig

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SECONDS = 86_400
_WINDOW = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*-\s*(\d{1,2}):(\d{2})(?::(\d{2}))?")


@dataclass(frozen=True)
class Window:
    """Local seconds since midnight; ``end`` above 86,400 reaches into the next day."""

    start: int
    end: int


Week = tuple[tuple[Window, ...], ...]
SpecialDays = Mapping[dt.date, tuple[Window, ...]]


@dataclass(frozen=True)
class Hours:
    """Opening hours for as long as they hold.

    ``windows``: for Monday to Sunday. ``special_days``: they replace the windows that begin
    on that date; none at all is a holiday. A night shift belongs to the day it begins on.
    ``holidays``: closed on these, where no special day says otherwise.
    """

    windows: Week
    special_days: SpecialDays = field(default_factory=dict)
    holidays: tuple[Holidays, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """Opening hours in one IANA zone; ``later``: other ones, each from a local date on."""

    name: str
    time_zone: str
    hours: Hours
    later: tuple[tuple[dt.date, Hours], ...] = ()


def calendar_from_config(name: str, config: "CalendarConfig") -> Calendar:
    """The calendar that the configuration describes.

    Raises ConfigError where a weekday or window cannot be read, where windows of one day
    overlap, where a weekday is given twice, and where the calendar is never open.
    """
    try:
        closed = dict.fromkeys(config.closed_on, ())
        hours = _hours(config, closed)
        later = tuple((v.valid_from, _hours(v, closed)) for v in config.versions)
    except ValueError as error:
        raise ConfigError(f"calendar {name!r}: {error}") from None
    return Calendar(name, config.time_zone, hours, later)


def _hours(config: "HoursConfig", closed: SpecialDays) -> Hours:
    windows, special_days = read_hours(config)
    kept = tuple(Holidays(h.country, h.region, h.only, h.without) for h in config.holidays)
    return Hours(windows, {**closed, **special_days}, kept)


def read_hours(config: "HoursConfig") -> tuple[Week, SpecialDays]:
    """The windows of the week and of the special days; ValueError where they cannot hold."""
    week: list[tuple[Window, ...] | None] = [None] * 7
    for key, texts in config.windows.items():
        windows = _windows(texts, key)
        for day in _weekdays(key):
            if week[day] is not None:
                raise ValueError(f"{WEEKDAYS[day]} is given twice")
            week[day] = windows
    special = {day: _windows(texts, str(day)) for day, texts in config.special_days.items()}
    if not any(week) and not any(special.values()):
        raise ValueError(
            "it is never open; give it a window such as mon-fri: ['09:00-17:00'], or leave the "
            "calendar out for around the clock"
        )
    return tuple(day or () for day in week), special


def _weekdays(key: str) -> tuple[int, ...]:
    """Days of ``mon``, ``mon-fri`` or ``sat-mon``, Monday is 0."""
    ends = [part.strip().lower() for part in key.split("-")]
    if len(ends) > 2 or any(part not in WEEKDAYS for part in ends):
        raise ValueError(
            f"{key!r} is no weekday; expected mon, tue, wed, thu, fri, sat, sun or a range such "
            "as mon-fri"
        )
    first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
    return tuple((first + i) % 7 for i in range((last - first) % 7 + 1))


def _windows(texts: Sequence[str], where: str) -> tuple[Window, ...]:
    windows = sorted((_window(text, where) for text in texts), key=lambda w: w.start)
    for earlier, later in pairwise(windows):
        if later.start < earlier.end:
            raise ValueError(f"{where}: two windows overlap; write them as one")
    return tuple(windows)


def _window(text: str, where: str) -> Window:
    match = _WINDOW.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{where}: {text!r} is no window; expected one such as 09:00-17:00")
    numbers = [int(part or 0) for part in match.groups()]
    start, end = _seconds(numbers[:3], text, where), _seconds(numbers[3:], text, where)
    if start in (end, DAY_SECONDS):
        raise ValueError(f"{where}: {text!r} is empty; the whole day is 00:00-24:00")
    return Window(start, end if end > start else end + DAY_SECONDS)


def _seconds(parts: Sequence[int], text: str, where: str) -> int:
    hours, minutes, seconds = parts
    total = hours * 3600 + minutes * 60 + seconds
    if minutes > 59 or seconds > 59 or total > DAY_SECONDS:
        raise ValueError(f"{where}: {text!r} names a time that no day has; 24:00 is the last")
    return total
