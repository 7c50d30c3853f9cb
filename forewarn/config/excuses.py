"""Excused breaches: force majeure, waivers; each with its author and reason."""

from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from forewarn.config.base import Metric, Model, Name, Values, names_differ


class ExcuseConfig(Model):
    """Breaches that cost nothing, and are marked in every figure; all conditions must hold."""

    name: Name
    author: str = Field(min_length=1, description="who granted it")
    reason: str = Field(min_length=1)
    metric: Metric | None = Field(None, description="only breaches of this metric; all if null")
    tickets: Values = Field((), description="ids; all tickets if not given")
    broken_from: AwareDatetime | None = Field(
        None, alias="from", description="broken at this instant or later"
    )
    broken_until: AwareDatetime | None = Field(
        None, alias="until", description="broken before this instant"
    )
    when: dict[str, Values] = Field(
        default_factory=dict, description="column of ticket: accepted values; all must hold"
    )

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if not (self.tickets or self.broken_from or self.broken_until or self.when):
            raise ValueError("expected tickets, from, until or when: else it excuses every breach")
        if self.broken_from and self.broken_until and self.broken_from >= self.broken_until:
            raise ValueError("until must lie after from")
        return self


Excuses = Annotated[tuple[ExcuseConfig, ...], AfterValidator(names_differ)]
