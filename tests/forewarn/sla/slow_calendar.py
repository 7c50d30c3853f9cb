"""Opening hours told slowly: one question to the wall clock, and every edge listed."""

import datetime as dt
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import holidays

from forewarn.config.calendars import CalendarConfig, HoursConfig
from forewarn.config.holidays import HolidaysConfig

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
MONTH = 30 * 86_400 * 1_000_000
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def instant_of(microseconds: int) -> dt.datetime:
    """Microseconds since 1970 as an aware datetime."""
    return EPOCH + dt.timedelta(microseconds=microseconds)


def microseconds_of(instant: dt.datetime) -> int:
    """The way back, exactly."""
    return (instant - EPOCH) // MICROSECOND


class SlowCalendar:
    """Opening hours that answer: is the wall clock inside a window? None is around the clock."""

    def __init__(self, config: CalendarConfig | None) -> None:
        self.config = config
        self.is_open = cache(self._is_open)
        self.edges_of_month = cache(self._edges_of_month)

    def windows(self, day: dt.date) -> list[tuple[int, int]]:
        """Windows that begin on the day, in seconds; an end above 86,400 is on the next day."""
        assert self.config is not None
        hours = self.version(day)
        texts: Sequence[str] = ()
        if day in hours.special_days:
            texts = hours.special_days[day]
        elif day not in self.config.closed_on and not any(_is_kept(day, h) for h in hours.holidays):
            for key, value in hours.windows.items():
                first, last = key.split("-")[0], key.split("-")[-1]
                n_days = (DAYS.index(last) - DAYS.index(first)) % 7
                if (day.weekday() - DAYS.index(first)) % 7 <= n_days:
                    texts = value
        return [_seconds(text) for text in texts]

    def version(self, day: dt.date) -> HoursConfig:
        """The hours that hold on the day."""
        assert self.config is not None
        held = [v for v in self.config.versions if v.valid_from <= day]
        return held[-1] if held else self.config

    def _is_open(self, microseconds: int) -> bool:
        """Whether the wall clock shows a time inside a window, at the instant."""
        if self.config is None:
            return True
        local = instant_of(microseconds).astimezone(ZoneInfo(self.config.time_zone))
        midnight = dt.datetime.combine(local.date(), dt.time())
        passed = (local.replace(tzinfo=None) - midnight) / dt.timedelta(seconds=1)
        yesterday = local.date() - dt.timedelta(days=1)
        is_cut = self.version(yesterday) is not self.version(local.date())
        nights = [] if is_cut else self.windows(yesterday)
        return any(a <= passed < b for a, b in self.windows(local.date())) or any(
            a <= passed + 86_400 < b for a, b in nights
        )

    def edges(self, first: int, last: int) -> list[int]:
        """Every instant in (first, last) at which it may open or close: also clock changes."""
        months = range(first // MONTH, last // MONTH + 1)
        return [e for month in months for e in self.edges_of_month(month) if first < e < last]

    def _edges_of_month(self, month: int) -> list[int]:
        if self.config is None:
            return []
        first, last = month * MONTH, (month + 1) * MONTH
        zone = ZoneInfo(self.config.time_zone)
        found = set(_clock_changes(zone, first, last))
        day = instant_of(first).date() - dt.timedelta(days=3)
        while day <= instant_of(last).date() + dt.timedelta(days=3):
            for second in {0, *(s for window in self.windows(day) for s in window)}:
                wall = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=second)
                for fold in (0, 1):
                    found.add(microseconds_of(wall.replace(tzinfo=zone, fold=fold)))
            day += dt.timedelta(days=1)
        return sorted(e for e in found if first <= e < last)

    def elapsed(self, start: int, end: int) -> int:
        """Open microseconds between two instants."""
        points = [start, *self.edges(start, end), end]
        return sum(b - a for a, b in pairwise(points) if self.is_open(a))

    def add(self, start: int, duration: int, limit: int) -> int | None:
        """Least instant from ``start`` on at which ``duration`` was open; None beyond limit."""
        left = duration
        if left == 0:
            return start
        for a, b in pairwise([start, *self.edges(start, limit), limit]):
            if self.is_open(a):
                if b - a >= left:
                    return a + left
                left -= b - a
        return None


@cache
def _is_kept(day: dt.date, chosen: HolidaysConfig) -> bool:
    """Whether the library names the day in any language by what is chosen; no moved days."""
    place = {"subdiv": chosen.region, "categories": chosen.categories, "years": day.year}
    named = [
        set(holidays.country_holidays(chosen.country, language=spoken, **place).get_list(day))
        for spoken in ("de", "en_US", "en_NZ", "fa_IR")
    ]
    if not any(named):
        return False
    if chosen.only:
        return any(names & set(chosen.only) for names in named)
    return not any(names <= set(chosen.without) for names in named)


def _seconds(text: str) -> tuple[int, int]:
    start, end = (int(p[:2]) * 3600 + int(p[3:5]) * 60 for p in text.split("-"))
    return start, end if end > start else end + 86_400


def _clock_changes(zone: ZoneInfo, first: int, last: int) -> list[int]:
    """Clocks change at full quarters of an hour of UTC, in the years that the tests look at."""
    quarter = 900 * 1_000_000
    offsets = [
        (at, instant_of(at).astimezone(zone).utcoffset())
        for at in range(first - first % quarter - quarter, last + quarter, quarter)
    ]
    return [at for (_, before), (at, after) in pairwise(offsets) if before != after]
