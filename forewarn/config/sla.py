"""Calendars, policies and the named modes of the clocks."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from forewarn.config.base import (
    METRICS,
    Duration,
    Metric,
    Model,
    Name,
    StatusCategory,
    Text,
    ZoneName,
    as_text,
)
from forewarn.sla.calendar import read_hours


class CalendarConfig(Model):
    """Opening hours in one time zone; a weekday that is not named is closed."""

    time_zone: ZoneName
    windows: dict[str, tuple[str, ...]] = Field(
        description="weekday or range (mon, mon-fri): windows such as 09:00-17:00"
    )
    special_days: dict[dt.date, tuple[str, ...]] = Field(
        default_factory=dict, description="date: its windows; an empty list is a holiday"
    )

    @model_validator(mode="after")
    def _hours_can_hold(self) -> Self:
        read_hours(self)
        return self


def _texts(value: object) -> object:
    values = value if isinstance(value, list | tuple) else [value]
    return tuple(as_text(v) for v in values)


Values = Annotated[tuple[str, ...], BeforeValidator(_texts)]


def _default_alone(value: object) -> object:
    """Let one value stand for every priority, as ``{"default": value}``."""
    return value if isinstance(value, dict) else {"default": value}


ByPriority = Annotated[dict[Text, Duration], BeforeValidator(_default_alone)]
Amounts = Annotated[dict[Text, Annotated[float, Field(ge=0)]], BeforeValidator(_default_alone)]
ByTier = Annotated[dict[Text, Amounts], BeforeValidator(_default_alone)]


class PenaltyConfig(Model):
    """What one breach costs, by metric, tier and priority; ``default`` stands for the rest."""

    currency: str = Field("EUR", pattern="^[A-Z]{3}$")
    amounts: dict[Metric, ByTier] = Field(
        default_factory=dict, description="metric: tier (or default): priority (or default): amount"
    )

    def amount(self, metric: Metric, tier: str | None, priority: str | None) -> float:
        """Penalty of one breach in ``currency``; 1 where nothing is said."""
        tiers = self.amounts.get(metric, {})
        amounts = tiers.get(tier or "default", tiers.get("default", {}))
        return amounts.get(priority or "default", amounts.get("default", 1.0))


class PolicyConfig(Model):
    """Targets for the tickets that match; the first policy that matches wins."""

    name: Name
    when: dict[str, Values] = Field(
        default_factory=dict,
        description="column of ticket or customer: accepted values; all must hold",
    )
    calendar: str | None = Field(None, description="name of a calendar; none means 24x7")
    targets: dict[Metric, ByPriority] = Field(
        description="metric: duration, or metric: priority (or default): duration"
    )
    penalties: PenaltyConfig = PenaltyConfig()


class SlaConfig(Model):
    """Everything the clocks are computed from."""

    version: Text = Field("1", description="named in every run and model")
    metrics: tuple[Metric, ...] = METRICS
    calendars: dict[str, CalendarConfig] = Field(default_factory=dict)
    policies: tuple[PolicyConfig, ...] = ()
    pause_on: dict[Metric, tuple[StatusCategory, ...]] = Field(
        {"resolution": ("pending",)},
        description="metric: status categories in which its clock is paused",
    )
    on_change: Literal["retroactive", "frozen"] = Field(
        "retroactive", description="change of priority or policy while the clock is open"
    )
    on_reopen: Literal["new_cycle", "none"] = "new_cycle"
    unanswered: Literal["cancelled", "missed"] = Field(
        "cancelled", description="first response of a ticket solved without a reply"
    )
    bot_replies_count: bool = False

    @model_validator(mode="after")
    def _calendars_exist(self) -> Self:
        for policy in self.policies:
            if policy.calendar is not None and policy.calendar not in self.calendars:
                known = ", ".join(sorted(self.calendars)) or "none"
                raise ValueError(
                    f"policy {policy.name!r} names calendar {policy.calendar!r}, "
                    f"which is not defined (defined: {known})"
                )
        return self
