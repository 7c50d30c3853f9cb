"""Calendars from the configuration: what is accepted, and how mistakes are told."""

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from forewarn.config import CalendarConfig, parse_config
from forewarn.errors import ConfigError
from forewarn.sla.calendar import Calendar, Window, calendar_from_config


def read(windows: dict[str, Any], special_days: dict[dt.date, Any] | None = None) -> Calendar:
    """A calendar of UTC."""
    config = CalendarConfig(time_zone="UTC", windows=windows, special_days=special_days or {})
    return calendar_from_config("office", config)


def test_ranges_wrap_and_windows_are_local_seconds() -> None:
    """A range of weekdays may pass Sunday; a window past midnight ends above 86,400."""
    calendar = read({"sat-mon": ["22:00-06:00"], "wed": ["13:00-17:30", "08:00-12:00"]})
    night = (Window(79_200, 108_000),)
    day = (Window(28_800, 43_200), Window(46_800, 63_000))
    assert calendar.hours.windows == (night, (), day, (), (), night, night)


def test_the_whole_day_ends_at_24() -> None:
    """24:00 is a legal end, and 00:00 as an end means the same."""
    assert read({"mon": ["00:00-24:00"]}).hours.windows[0] == (Window(0, 86_400),)
    assert read({"mon": ["18:00-00:00"]}).hours.windows[0] == (Window(64_800, 86_400),)


def test_special_days_may_be_holidays() -> None:
    """An empty list closes the date."""
    christmas = dt.date(2026, 12, 25)
    assert read({"fri": ["09:00-17:00"]}, {christmas: []}).hours.special_days == {christmas: ()}


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ({}, "it is never open"),
        ({"mon": []}, "it is never open"),
        ({"monday": ["09:00-17:00"]}, "'monday' is no weekday; expected mon"),
        ({"mon-tue-wed": ["09:00-17:00"]}, "'mon-tue-wed' is no weekday"),
        ({"mon": ["9-17"]}, "mon: '9-17' is no window; expected one such as 09:00-17:00"),
        ({"mon": ["09:00-25:00"]}, "'09:00-25:00' names a time that no day has"),
        ({"mon": ["09:60-17:00"]}, "'09:60-17:00' names a time that no day has"),
        ({"mon": ["09:00-09:00"]}, "'09:00-09:00' is empty; the whole day is 00:00-24:00"),
        ({"mon": ["24:00-06:00"]}, "'24:00-06:00' is empty"),
        ({"mon": ["09:00-13:00", "12:00-17:00"]}, "mon: two windows overlap"),
        ({"mon-fri": ["09:00-17:00"], "fri": ["09:00-12:00"]}, "fri is given twice"),
    ],
)
def test_mistakes_are_named(windows: dict[str, Any], message: str) -> None:
    """What cannot hold is refused when it is loaded, in words that say what to write."""
    with pytest.raises(ValidationError, match=message):
        read(windows)


def test_a_mistake_is_told_with_its_line() -> None:
    """The message of a whole configuration names file, line and key."""
    text = """
sources: [{name: a, shape: tickets, path: a.csv}]
sla:
  calendars:
    office:
      time_zone: UTC
      windows: {}
"""
    with pytest.raises(ConfigError, match=r"forewarn.yaml:5: sla.calendars.office: it is never"):
        parse_config(text)


def test_a_calendar_made_elsewhere_is_checked_too() -> None:
    """Whoever makes the configuration's object without validating gets the calendar's name."""
    config = CalendarConfig.model_construct(time_zone="UTC", windows={}, special_days={})
    with pytest.raises(ConfigError, match="calendar 'office': it is never open"):
        calendar_from_config("office", config)
