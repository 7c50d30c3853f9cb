"""Policies: what is promised to which tickets, and what it costs where it is broken."""

from typing import Annotated, Self

from pydantic import AwareDatetime, BeforeValidator, Discriminator, Field, Tag, model_validator

from forewarn.config.base import Duration, Metric, Model, Name, Text, Values
from forewarn.config.credits import CreditConfig
from forewarn.config.escalations import EscalationConfig


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


class Comparison(Model):
    """A condition on the size of a number, or on what a value is not."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None
    none_of: Values = Field((), description="all values but these; a missing one is no value")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("expected one of at_least, above, at_most, below, none_of")
        return self


def _condition_kind(value: object) -> str:
    return "comparison" if isinstance(value, dict | Comparison) else "values"


Condition = Annotated[
    Annotated[Values, Tag("values")] | Annotated[Comparison, Tag("comparison")],
    Discriminator(_condition_kind),
]


def in_words(condition: Condition) -> str:
    """A condition as people say it.

    >>> in_words(("gold", "silver")), in_words(Comparison(at_least=10, below=20.5))
    ('gold or silver', 'at least 10 and below 20.5')
    """
    if not isinstance(condition, Comparison):
        return " or ".join(condition)
    limits = {
        "at least": condition.at_least,
        "above": condition.above,
        "at most": condition.at_most,
        "below": condition.below,
    }
    parts = [f"{word} {value:g}" for word, value in limits.items() if value is not None]
    return " and ".join([*parts, *(f"not {value}" for value in condition.none_of)])


class CalendarChoice(Model):
    """A calendar by the value of a column: of the group, the region, the product."""

    by: Text = Field(description="column of ticket or customer")
    use: dict[Text, Text] = Field(min_length=1, description="value: name of a calendar")
    default: Text | None = Field(None, description="for other values; none means 24x7")


class PolicyConfig(Model):
    """Targets for the tickets that match; the first policy that matches wins."""

    name: Name
    when: dict[str, Condition] = Field(
        default_factory=dict,
        description="column of ticket, customer or health: accepted values, or a comparison; "
        "all must hold",
    )
    valid_from: AwareDatetime | None = Field(None, description="holds from this instant on")
    valid_until: AwareDatetime | None = Field(None, description="and up to this one")
    calendar: str | CalendarChoice | None = Field(
        None, description="name of a calendar, or one by a column; none means 24x7"
    )
    targets: dict[Metric, ByPriority] = Field(
        description="metric: duration, or metric: priority (or default): duration"
    )
    penalties: PenaltyConfig = PenaltyConfig()
    weights: dict[Metric, ByTier] = Field(
        default_factory=dict, description="as penalties.amounts: factor of its urgency, 1 if none"
    )
    credits: CreditConfig = CreditConfig()
    escalations: tuple[EscalationConfig, ...] = ()

    @property
    def calendars(self) -> tuple[str, ...]:
        """Every calendar that it names."""
        if isinstance(self.calendar, CalendarChoice):
            named = (*self.calendar.use.values(), self.calendar.default)
            return tuple(name for name in named if name is not None)
        return () if self.calendar is None else (self.calendar,)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that it looks at."""
        chosen = (self.calendar.by,) if isinstance(self.calendar, CalendarChoice) else ()
        return (*self.when, *chosen)

    @model_validator(mode="after")
    def _holds_for_some_time(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError("valid_until must lie after valid_from")
        return self
