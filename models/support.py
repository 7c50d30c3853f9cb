"""Where a model has nothing to say: budgets longer than those it learned from.

A promise of a year cannot be learned from four months of history: only short budgets were
decided by then. There the answer is unknown; what stands in for it where a number is
needed is the breach rate at the same share of the budget, whatever the ticket.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.encoding import numbers

BUDGET, SHARE = "clock_target_hours", "clock_elapsed_share"
"""The features that tell a clock's budget and how much of it has passed."""
LEAST_TICKETS = 20
"""So many tickets must have had a budget as long, or longer."""


@dataclass(frozen=True)
class Support:
    """``most``: the longest budget in hours that was learned from.

    ``rates``: breach rate of the observations from each of ``shares`` of the budget on.
    """

    most: float
    shares: tuple[float, ...]
    rates: tuple[float, ...]

    def covers(self, features: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether the model has something to say, per row."""
        return ~(numbers(features[BUDGET]) > self.most)

    def rate(self, features: pd.DataFrame) -> NDArray[np.float64]:
        """The breach rate at each row's share of its budget."""
        share = np.nan_to_num(numbers(features[SHARE]))
        place = np.searchsorted(np.array(self.shares), share, side="right") - 1
        return np.array(self.rates)[np.maximum(place, 0)]

    def to_json(self) -> dict[str, Any]:
        return {"most": self.most, "shares": list(self.shares), "rates": list(self.rates)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(value["most"], tuple(value["shares"]), tuple(value["rates"]))


def learn_support(
    features: pd.DataFrame, is_breached: NDArray[np.float64], tickets: NDArray[np.int64]
) -> Support | None:
    """From decided observations; None where the features do not tell the budget.

    Rates are by the elapsed shares at which clocks were observed, in steps of a twentieth.
    """
    if not {BUDGET, SHARE} <= set(features.columns):
        return None
    budget = pd.Series(numbers(features[BUDGET])).groupby(tickets).max().dropna()
    if budget.empty:
        return None
    longest = budget.sort_values(ascending=False).to_numpy()
    most = float(longest[min(LEAST_TICKETS, len(longest)) - 1])
    step = np.floor(np.nan_to_num(numbers(features[SHARE])) * 20) / 20
    rates = pd.Series(is_breached).groupby(step).mean()
    return Support(most, tuple(map(float, rates.index)), tuple(map(float, rates)))
