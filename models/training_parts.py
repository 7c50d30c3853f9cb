"""The inner windows of a training: fit, stop and calibrate, in order of time."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray


@dataclass(frozen=True)
class TrainingParts:
    """Row masks of the inner windows, in order of time; no ticket is in two of them.

    ``fit`` is decided before ``stop`` begins, and so on; tickets that straddle a border
    are in none (they come back when the model is fitted again on everything).
    """

    fit: NDArray[np.bool_]
    stop: NDArray[np.bool_]
    calibrate: NDArray[np.bool_]
    before_calibrate: NDArray[np.bool_]
    is_later: NDArray[np.bool_]
    borders: tuple[pd.Timestamp, pd.Timestamp]


def split_training(outcomes: pd.DataFrame, *, share: float) -> TrainingParts:
    """Cut what may be learned from into fit, stop and calibrate, in order of time.

    Each of the two later windows takes ``share`` of the tickets, by first observation.
    """
    first = first_observed(outcomes)
    per_ticket = first.groupby(outcomes["ticket"]).first().sort_values()
    stop_at = at_share(per_ticket, 1.0 - 2.0 * share)
    calibrate_at = at_share(per_ticket, 1.0 - share)
    late = outcomes[["due_at", "label_known_at"]].max(axis=1)
    decided = late.groupby(outcomes["ticket"]).transform("max")
    calibrate = (first >= calibrate_at).to_numpy()
    middle = first[calibrate].quantile(0.5) if calibrate.any() else calibrate_at
    return TrainingParts(
        fit=((first < stop_at) & (decided < stop_at)).to_numpy(),
        stop=((first >= stop_at) & (first < calibrate_at) & (decided < calibrate_at)).to_numpy(),
        calibrate=calibrate,
        before_calibrate=((first < calibrate_at) & (decided < calibrate_at)).to_numpy(),
        is_later=(first >= middle).to_numpy(),
        borders=(stop_at, calibrate_at),
    )


def first_observed(observations: pd.DataFrame) -> pd.Series:
    """For every row, the first instant at which its ticket was observed."""
    first: pd.Series = observations.groupby("ticket")["as_of"].transform("min")
    return first


def at_share(ordered: pd.Series, share: float) -> pd.Timestamp:
    """The value that has ``share`` of the rising values before it."""
    return pd.Timestamp(ordered.iloc[min(int(len(ordered) * share), len(ordered) - 1)])
