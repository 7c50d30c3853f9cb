"""Opening hours as they stand in ``forewarn.yaml``."""

import datetime as dt
from typing import Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from forewarn.config.base import Model, Text, ZoneName
from forewarn.sla.calendar import read_hours
from forewarn.sla.icalendar_files import read_closed_days
from forewarn.sla.public_holidays import check_holidays

Windows = dict[str, tuple[str, ...]]


class HolidaysConfig(Model):
    """Public holidays of a country or region, from the ``holidays`` library."""

    country: Text = Field(description="ISO code such as DE")
    region: Text | None = Field(None, description="ISO 3166-2 part such as BY")
    only: tuple[Text, ...] = Field((), description="names of those that are kept; all if none")
    without: tuple[Text, ...] = Field((), description="names of those on which the desk works")

    @model_validator(mode="after")
    def _are_known(self) -> Self:
        check_holidays(self.country, self.region, names=(*self.only, *self.without))
        return self


class HoursConfig(Model):
    """Windows of the week, and days that differ; a weekday that is not named is closed."""

    windows: Windows = Field(
        description="weekday or range (mon, mon-fri): windows such as 09:00-17:00"
    )
    special_days: dict[dt.date, tuple[str, ...]] = Field(
        default_factory=dict, description="date: its windows; an empty list is a holiday"
    )
    holidays: tuple[HolidaysConfig, ...] = Field(
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
        folder = (info.context or {}).get("folder")
        if not isinstance(values, dict) or folder is None or not values.get("icalendar"):
            return values
        paths = values["icalendar"]
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
