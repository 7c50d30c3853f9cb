"""What the parts of a breach model learn from."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.part import Array


@dataclass(frozen=True)
class Watched:
    """How long each observation's clock was watched, in open hours ahead of as_of.

    ``completes``: whether it completed at the end of that; else it was still open, or cancelled.
    """

    hours: Array
    completes: NDArray[np.bool_]


@dataclass(frozen=True)
class Lesson:
    """Observations of one metric; rows in the order given, undecided ones too.

    ``is_breached``: NaN where undecided. ``offset``: log-odds that the weights add to an
    observation's breach. ``watched``: None where nothing tells how long clocks ran.
    """

    features: pd.DataFrame
    is_breached: Array
    weight: Array
    offset: Array
    ticket: NDArray[np.int64]
    landmark: NDArray[np.int64]
    watched: Watched | None

    @property
    def is_decided(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.is_breached)

    def at(self, rows: NDArray[np.bool_]) -> Self:
        if rows.all():
            return self
        watched = self.watched
        return type(self)(
            features=self.features[rows],
            is_breached=self.is_breached[rows],
            weight=self.weight[rows],
            offset=self.offset[rows],
            ticket=self.ticket[rows],
            landmark=self.landmark[rows],
            watched=watched and Watched(watched.hours[rows], watched.completes[rows]),
        )
