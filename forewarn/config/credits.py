"""Service credits: what a customer gets back where too few promises were kept."""

from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from forewarn.config.base import Metric, Model


class CreditStep(Model):
    """From which share of kept promises on how much is given back."""

    below: float = Field(gt=0, le=1, description="share of promises kept, below this one")
    share: float = Field(gt=0, le=1, description="of the contract value of the period")


class CreditConfig(Model):
    """Steps by metric; of those that apply the largest share counts."""

    period: Literal["month", "quarter", "year"] = "month"
    of: Literal["contract_value"] = "contract_value"
    steps: dict[Metric, tuple[CreditStep, ...]] = Field(
        default_factory=dict, description="metric: steps such as {below: 0.95, share: 0.05}"
    )

    @model_validator(mode="after")
    def _deeper_is_dearer(self) -> Self:
        for metric, steps in self.steps.items():
            ordered = sorted(steps, key=lambda step: step.below)
            for deeper, milder in pairwise(ordered):
                if deeper.below == milder.below or deeper.share <= milder.share:
                    raise ValueError(
                        f"{metric}: below {deeper.below:g} must give back more than "
                        f"below {milder.below:g}"
                    )
        return self

    def share_of(self, metric: Metric, kept: float) -> float:
        """Share of the contract value that is given back; 0 where enough was kept."""
        return max((s.share for s in self.steps.get(metric, ()) if kept < s.below), default=0.0)
