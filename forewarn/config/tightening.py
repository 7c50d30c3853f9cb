"""Internal targets: tighter than what is promised, for some tickets; they only order the queue."""

from typing import Annotated

from pydantic import AfterValidator, Field

from forewarn.config.base import Metric, Model, Name, names_differ
from forewarn.config.policies import Condition

Part = Annotated[float, Field(gt=0, lt=1)]


class TighteningRule(Model):
    """Tickets that match are worked on as if less time had been promised.

    A share of the promised target lies below 1, so no rule can be looser than the contract.
    """

    name: Name
    when: dict[str, Condition] = Field(
        min_length=1,
        description="column of ticket, customer or health: accepted values, or a comparison; "
        "all must hold",
    )
    shares: dict[Metric, Part] = Field(
        min_length=1, description="metric: share of the promised target, such as 0.5"
    )


class TighteningConfig(Model):
    """Rules in order: of those that match and name a metric, the first one counts."""

    rules: Annotated[tuple[TighteningRule, ...], AfterValidator(names_differ)] = ()
    most_moved: float = Field(
        0.2,
        gt=0,
        le=1,
        description="share of the work that may be due earlier, at most; above it no "
        "rule counts in that run",
    )
