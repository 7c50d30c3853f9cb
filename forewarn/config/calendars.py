"""Opening hours as they stand in ``forewarn.yaml``."""

import datetime as dt
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from forewarn.config.base import Model, ZoneName
from forewarn.config.holidays import HolidaysConfig
from forewarn.sla.calendar import read_hours
from forewarn.sla.icalendar_files import read_closed_days

Windows = dict[str, tuple[str, ...]]


def _one_or_many(value: object) -> object:
    """Let one entry stand for a list of it."""
    return [value] if isinstance(value, dict | HolidaysConfig) else value


SomeHolidays = Annotated[tuple[HolidaysConfig, ...], BeforeValidator(_one_or_many)]


class HoursConfig(Model):
    """Windows of the week, and days that differ; a weekday that is not named is closed."""

    windows: Windows = Field(
        description="weekday or range (mon, mon-fri): windows such as 09:00-17:00"
    )
    special_days: dict[dt.date, tuple[str, ...]] = Field(
        default_factory=dict, description="date: its windows; an empty list is a holiday"
    )
    holidays: SomeHolidays = Field(
        (), description="closed on these, unless special_days names the date"
    )

    @model_validator(mode="after")
    def _hours_can_hold(self) -> Self:
        read_hours(self)
        return self


class CalendarVersion(HoursConfig):
    """Other opening hours from a day on."""

    valid_from: dt.date = Field(description="in the calendar's zone, from 00:00")


class CalendarConfig(HoursConfig):
    """Opening hours in one time zone."""

    time_zone: ZoneName
    icalendar: tuple[str, ...] = Field(
        (), description="files of calendar events; the desk is closed on their days"
    )
    closed_on: tuple[dt.date, ...] = Field(
        (), description="further days on which it is closed; those of icalendar are added"
    )
    versions: tuple[CalendarVersion, ...] = Field(
        (), description="other hours from a day on, oldest first"
    )

    @model_validator(mode="before")
    @classmethod
    def _read_icalendar(cls, values: Any, info: ValidationInfo) -> Any:
        """The days of the files stand in the configuration: its hash tells when they change."""
        if not isinstance(values, dict) or not values.get("icalendar") or info.context is None:
            return values  # made in code, or read once already: its days stand in closed_on
        paths, folder = values["icalendar"], info.context["folder"]
        if folder is None:
            raise ValueError("icalendar names files beside the file it stands in; this is none")
        days = {
            day
            for path in ([paths] if isinstance(paths, str) else paths)
            for day in read_closed_days(folder / str(path), zone=str(values.get("time_zone")))
        }
        return values | {
            "icalendar": [paths] if isinstance(paths, str) else paths,
            "closed_on": sorted({*days, *values.get("closed_on", ())}),
        }

    @field_validator("versions")
    @classmethod
    def _in_order(cls, versions: tuple[CalendarVersion, ...]) -> tuple[CalendarVersion, ...]:
        days = [version.valid_from for version in versions]
        if days != sorted(set(days)):
            raise ValueError("versions must be given oldest first, each with a day of its own")
        return versions
