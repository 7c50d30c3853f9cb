"""Escalations: who is told, and when, while a clock runs towards its breach."""

from typing import Any, Self

from pydantic import Field, ValidationInfo, model_validator

from forewarn.config.base import Duration, Metric, Model


class EscalationConfig(Model):
    """One level: at a share of the budget, or a lead before its end; and who is told."""

    metric: Metric
    at_share: float | None = Field(None, gt=0, description="share of the budget, such as 0.75")
    before: Duration | None = Field(
        None, description="lead before the budget is spent, in the clock's own opening hours"
    )
    to: str = Field(min_length=1, description="who is told: a person, a team, a channel")
    hours: str | None = Field(
        None, description="calendar in which they can be told; around the clock if not given"
    )

    @property
    def name(self) -> str:
        """What tells this level from the others of its policy.

        >>> EscalationConfig(metric="resolution", at_share=0.75, to="lead").name
        'lead at 0.75'
        >>> EscalationConfig(metric="resolution", before="1h", to="lead").name
        'lead 3600s before'
        """
        if self.at_share is not None:
            return f"{self.to} at {self.at_share:g}"
        seconds = 0.0 if self.before is None else self.before.total_seconds()
        return f"{self.to} {seconds:g}s before"

    @model_validator(mode="after")
    def _has_one_threshold(self) -> Self:
        if (self.at_share is None) == (self.before is None):
            raise ValueError("expected either at_share or before")
        return self


def escalations_hold(policies: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
    """The policies; ValueError where an escalation of one names what is not there.

    ``info``: holds the calendars, which stand before the policies.
    """
    calendars = info.data.get("calendars")
    for policy in policies:
        for level in policy.escalations:
            where = f"policy {policy.name!r}, escalation {level.name!r}"
            if level.metric not in policy.targets:
                raise ValueError(f"{where}: the policy promises no {level.metric}")
            if level.hours is not None and calendars is not None and level.hours not in calendars:
                known = ", ".join(sorted(calendars)) or "none"
                raise ValueError(
                    f"{where}: calendar {level.hours!r} is not defined (defined: {known})"
                )
    return policies
