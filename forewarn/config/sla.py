"""The named modes of the clocks, beside calendars and policies."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from forewarn.config.base import (
    IMPORTABLE,
    METRICS,
    Duration,
    Metric,
    Model,
    StatusCategory,
    Text,
)
from forewarn.config.calendars import CalendarConfig
from forewarn.config.escalations import escalations_hold
from forewarn.config.excuses import Excuses
from forewarn.config.policies import PolicyConfig
from forewarn.config.service_levels import ServiceLevels
from forewarn.config.tightening import TighteningConfig

PAUSE_ON: dict[Metric, tuple[StatusCategory, ...]] = {
    "resolution": ("pending",),
    "requester_wait": ("pending",),
    "agent_work": ("pending", "on_hold"),
}


def _targets_of(policy: object) -> Mapping[object, object]:
    """What a policy promises, as it stands in the file or as it was read."""
    targets = policy.get("targets") if isinstance(policy, dict) else getattr(policy, "targets", {})
    return targets if isinstance(targets, Mapping) else {}


class SlaConfig(Model):
    """Everything the clocks are computed from."""

    version: Text = Field("1", description="named in every run and model")
    metrics: tuple[Metric, ...] = Field(
        (), description="which have clocks; those that a policy or the data promises if not given"
    )
    calendars: dict[str, CalendarConfig] = Field(default_factory=dict)
    policies: Annotated[tuple[PolicyConfig, ...], AfterValidator(escalations_hold)] = ()
    service_levels: ServiceLevels = ()
    excuses: Excuses = ()
    tighten: TighteningConfig = Field(
        TighteningConfig(), description="internal targets, which only order the queue"
    )
    pause_on: dict[Metric, tuple[StatusCategory, ...]] = Field(
        default_factory=lambda: dict(PAUSE_ON),
        description="metric: status categories in which its clock is paused",
    )
    on_change: Literal["retroactive", "carry", "restart", "frozen"] = Field(
        "retroactive", description="change of priority or policy while the clock is open"
    )
    on_reopen: Literal["new_cycle", "resume", "restart", "none"] = Field(
        "new_cycle", description="of resolution, requester_wait and agent_work"
    )
    on_calendar_change: Literal["split", "last"] = Field(
        "split", description="a new version of a calendar: from then on, or for all of open clocks"
    )
    unanswered: Literal["cancelled", "missed"] = Field(
        "cancelled", description="first response of a ticket solved without a reply"
    )
    bot_replies_count: bool = False
    answer_starts: Literal["arrived", "queued"] = "arrived"
    short_abandon: Duration | None = Field(
        None, description="contacts abandoned so soon count by abandoned_within; the target if null"
    )
    abandoned_within: Literal["normal", "missed", "ignored"] = "normal"
    abandoned_after: Literal["missed", "normal", "ignored"] = "missed"

    @model_validator(mode="before")
    @classmethod
    def _derive_metrics(cls, values: object) -> object:
        """Metrics that any policy promises; deadlines of two more may come with the tickets."""
        if not isinstance(values, dict) or values.get("metrics"):
            return values
        policies = values.get("policies")
        promised = [
            _targets_of(policy)
            for policy in (policies if isinstance(policies, list | tuple) else ())
        ]
        named = {metric for targets in promised for metric in targets} | set(IMPORTABLE)
        return values | {"metrics": tuple(m for m in METRICS if m in named)}

    @model_validator(mode="after")
    def _calendars_exist(self) -> Self:
        for policy in self.policies:
            unknown = [name for name in policy.calendars if name not in self.calendars]
            if unknown:
                known = ", ".join(sorted(self.calendars)) or "none"
                raise ValueError(
                    f"policy {policy.name!r} names calendar {unknown[0]!r}, "
                    f"which is not defined (defined: {known})"
                )
        return self
