"""What the parts of a breach model learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.encoding import Encoder, learn_encoder
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

    ``table``: features, of which ``rows`` are these observations, by position; None: all.
    ``is_breached``: NaN where undecided. ``offset``: log-odds that the weights add to an
    observation's breach. ``watched``: None where nothing tells how long clocks ran.
    """

    table: pd.DataFrame
    is_breached: Array
    weight: Array
    offset: Array
    ticket: NDArray[np.int64]
    landmark: NDArray[np.int64]
    watched: Watched | None
    rows: NDArray[np.int64] | None = None

    @property
    def is_decided(self) -> NDArray[np.bool_]:
        return ~np.isnan(self.is_breached)

    def columns(self, names: Sequence[str]) -> pd.DataFrame:
        """Those of these features that there are."""
        found = self.table[[name for name in names if name in self.table]]
        return found if self.rows is None else found.iloc[self.rows]

    def learn_encoder(self) -> Encoder:
        """Of all features."""
        return learn_encoder(self.table, rows=self.rows)

    def encode(self, encoder: Encoder) -> Array:
        """The matrix of these observations; no other copy of the features is made."""
        return encoder.encode(self.table, rows=self.rows)

    def at(self, rows: NDArray[np.bool_]) -> Self:
        if rows.all():
            return self
        watched = self.watched
        return type(self)(
            table=self.table,
            is_breached=self.is_breached[rows],
            weight=self.weight[rows],
            offset=self.offset[rows],
            ticket=self.ticket[rows],
            landmark=self.landmark[rows],
            watched=watched and Watched(watched.hours[rows], watched.completes[rows]),
            rows=np.flatnonzero(rows) if self.rows is None else self.rows[rows],
        )
