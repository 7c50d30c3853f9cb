"""Service levels: the share of contacts that is answered within so many seconds."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from forewarn.config.base import Duration, Model, Name, Values, names_differ

Lost = Literal["missed", "normal", "ignored"]
"""How a contact counts that was abandoned: as not answered in time; judged as if it had been
answered at that instant; not at all."""


class ServiceLevelConfig(Model):
    """A promise about many contacts together, such as 80 % answered within 20 s."""

    name: Name
    groups: Values = Field((), description="only contacts of these groups; all if not given")
    when: dict[str, Values] = Field(
        default_factory=dict,
        description="column of ticket: accepted values; all must hold",
    )
    share: float = Field(0.8, gt=0, le=1, description="to be answered in time, at least")
    within: Duration = Field(dt.timedelta(seconds=20), description="in time is up to this wait")
    start: Literal["arrived", "queued"] = Field(
        "arrived", description="the wait begins with the arrival, or the entry into the queue"
    )
    short_abandon: Duration | None = Field(
        None, description="who gives up so soon counts by abandoned_within; 'within' if null"
    )
    abandoned_within: Lost = "normal"
    abandoned_after: Lost = "missed"

    @property
    def threshold(self) -> dt.timedelta:
        """Up to this wait an abandoned contact was abandoned early."""
        return self.within if self.short_abandon is None else self.short_abandon


ServiceLevels = Annotated[tuple[ServiceLevelConfig, ...], AfterValidator(names_differ)]
