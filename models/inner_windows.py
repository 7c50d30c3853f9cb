"""The windows inside a training, in order of time: each is foretold from what lies before it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class InnerWindow:
    """Row masks. ``before``: decided when the window begins; ``inside``: first observed in it.

    No ticket is on both sides; tickets that straddle the beginning are on none.
    """

    begins: pd.Timestamp
    before: NDArray[np.bool_]
    inside: NDArray[np.bool_]


def inner_windows(outcomes: pd.DataFrame, *, share: float) -> tuple[InnerWindow, ...]:
    """Two windows at the end of what may be learned from: choose and calibrate, judge.

    By first observation the first takes three halves of ``share`` of the tickets, the last
    half of it. ``outcomes``: decided observations with ticket, as_of, due_at, label_known_at.
    """
    first = first_observed(outcomes)
    per_ticket = first.groupby(outcomes["ticket"]).first().sort_values()
    known = outcomes[["due_at", "label_known_at"]].max(axis=1)
    decided = known.groupby(outcomes["ticket"]).transform("max")
    begins = [at_share(per_ticket, 1.0 - part * share) for part in (2.0, 0.5)]
    ends = [*begins[1:], first.max() + pd.Timedelta(microseconds=1)]
    return tuple(
        InnerWindow(
            begins=begin,
            before=((first < begin) & (decided < begin)).to_numpy(),
            inside=((first >= begin) & (first < end)).to_numpy(),
        )
        for begin, end in zip(begins, ends, strict=True)
    )


def first_observed(observations: pd.DataFrame) -> pd.Series:
    """For every row, the first instant at which its ticket was observed."""
    first: pd.Series = observations.groupby("ticket")["as_of"].transform("min")
    return first


def at_share(ordered: pd.Series, share: float) -> pd.Timestamp:
    """The value that has ``share`` of the rising values before it."""
    return pd.Timestamp(ordered.iloc[min(int(len(ordered) * share), len(ordered) - 1)])
