"""Who may be learned from at a cutoff, and the windows of the rolling backtest."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.history import History
from features.observations import micros
from forewarn.config import Config
from forewarn.errors import DataError
from forewarn.sla.labels import label_clocks
from models.inner_windows import at_share

DEFAULT_QUANTILES = (0.55, 0.7, 0.85)
"""Of the tickets' first observations: the cutoffs where the configuration names none."""


@dataclass(frozen=True)
class Window:
    """Train before ``cutoff``; test on tickets opened in ``[cutoff, test_until)``."""

    cutoff: pd.Timestamp
    test_until: pd.Timestamp


def training_outcomes(
    history: History, observations: pd.DataFrame, *, cutoff: pd.Timestamp
) -> pd.DataFrame:
    """What was decided before the cutoff, as it was known then.

    One row per observation with ``as_of`` and ``due_at`` (as read at as_of) before the
    cutoff: the observation's columns and ``outcome``, ``is_breached`` (1, 0; NaN where
    censored), ``label_known_at``, ``is_censored`` (undecided at the cutoff, or cancelled),
    and ``weight`` (0 where censored; the rows of one ticket and metric sum to 1, raised
    where observations like them were censored).
    """
    before = (observations["as_of"] < cutoff) & (observations["due_at"] < cutoff)
    return _outcomes(history, observations[before], known_before=cutoff)


def pending_outcomes(
    history: History, observations: pd.DataFrame, *, cutoff: pd.Timestamp
) -> pd.DataFrame:
    """What was observed before the cutoff with a deadline behind it: for time-to-event models.

    The columns of ``training_outcomes``; all rows are censored and weigh nothing, whatever
    became of them, as those that were decided by then are successes only.
    """
    before = (observations["as_of"] < cutoff) & ~(observations["due_at"] < cutoff)
    found = _outcomes(history, observations[before], known_before=cutoff)
    return found.assign(is_breached=np.nan, is_censored=True, weight=0.0, is_pending=True)


def rolling_cutoffs(
    history: History, observations: pd.DataFrame, config: Config
) -> tuple[Window, ...]:
    """The backtest's windows, oldest first; at least three where none are configured.

    A window ends after ``training.test_window``, or at the next cutoff (the end of the
    data behind the last). Raises DataError where the data has no room for them.
    """
    end = history_end(history)
    cutoffs = [pd.Timestamp(c).tz_convert("UTC") for c in config.training.cutoffs]
    if not cutoffs:
        cutoffs = _chosen_cutoffs(observations)
    ends = [*cutoffs[1:], end]
    length = config.training.test_window
    if length is not None:
        ends = [min(c + length, end) for c in cutoffs]
    windows = tuple(Window(c, e) for c, e in zip(cutoffs, ends, strict=True))
    for window in windows:
        if window.test_until <= window.cutoff:
            raise DataError(
                "the backtest's cutoff {cutoff} leaves no time to test: the data ends at {end}; "
                "name earlier times in training.cutoffs",
                cutoff=window.cutoff,
                end=end,
            )
    return windows


def history_end(history: History) -> pd.Timestamp:
    """The first instant at which every fact of the history is known."""
    return history.watermark + pd.Timedelta(microseconds=1)


def equal_ticket_weights(outcomes: pd.DataFrame) -> NDArray[np.float64]:
    """Weights that sum to 1 over the decided rows of each ticket and metric; 0 if censored.

    Observations of a landmark (paused or not) of which a share was censored stand for
    those too: their weight is divided by the share that was decided.
    """
    decided = (~outcomes["is_censored"]).astype(float)
    like = [outcomes["landmark"].astype(str), outcomes["is_paused"]]
    share = decided.groupby(like).transform("mean")
    rows = decided.groupby([outcomes["ticket"], outcomes["metric"].astype(str)]).transform("sum")
    weight = decided / rows.clip(lower=1.0) / share.where(share > 0, 1.0)
    return weight.to_numpy(dtype=np.float64)


def _outcomes(
    history: History, observations: pd.DataFrame, *, known_before: pd.Timestamp
) -> pd.DataFrame:
    labels = label_clocks(history.timelines, as_of=micros(known_before)).set_index("clock")
    found = labels.loc[
        observations["clock"].to_numpy(),
        ["outcome", "is_breached", "label_known_at", "completed_at", "elapsed_seconds"],
    ]
    outcomes = observations.assign(
        outcome=found["outcome"].to_numpy(),
        is_breached=found["is_breached"].to_numpy(dtype=np.float64),
        label_known_at=found["label_known_at"].array,
        is_completed=found["completed_at"].notna().to_numpy(),
        elapsed_seconds=found["elapsed_seconds"].to_numpy(dtype=np.float64),
        is_pending=False,
    )
    outcomes["is_censored"] = outcomes["is_breached"].isna()
    return outcomes.assign(weight=equal_ticket_weights(outcomes))


def _chosen_cutoffs(observations: pd.DataFrame) -> list[pd.Timestamp]:
    if observations.empty:
        raise DataError("no clock was ever observed open: there is nothing to learn from")
    per_ticket = observations.groupby("ticket")["as_of"].min().sort_values()
    cutoffs = [at_share(per_ticket, q).floor("D") for q in DEFAULT_QUANTILES]
    if any(later <= earlier for earlier, later in pairwise(cutoffs)):
        raise DataError(
            f"the tickets span {per_ticket.iloc[0]} to {per_ticket.iloc[-1]}: too short for three "
            "cutoffs on different days; name them in training.cutoffs"
        )
    return cutoffs
