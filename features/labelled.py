"""The observations of a history at its landmarks, and those whose verdict was known at its end."""

import numpy as np
import pandas as pd

from features.history import History
from features.observations import landmark_observations, micros
from forewarn.config import Config
from forewarn.sla.labels import label_clocks

AT_MOST = 100_000
"""Observations in a sample."""


def sample_labelled(
    history: History, config: Config, *, seed: int, at_most: int = AT_MOST
) -> pd.DataFrame:
    """Observations with a verdict that was known at the watermark, at most ``at_most`` of them.

    As ``landmark_observations``, sorted alike, with ``is_breached`` (bool). Only such whose
    deadline had passed as well, as training does: what is decided early is mostly kept.
    """
    found = history_observations(history, config)
    end = history.watermark + pd.Timedelta(microseconds=1)
    found = found[found["due_at"] < end]
    if found.empty:
        return found.assign(is_breached=np.zeros(0, bool))
    verdicts = label_clocks(history.timelines, as_of=micros(end))["is_breached"].to_numpy()
    verdict = verdicts[found["clock"].to_numpy()]
    rows = np.flatnonzero(~np.isnan(verdict))
    if rows.size > at_most:
        draw = np.random.default_rng(seed)
        rows = np.sort(draw.choice(rows, at_most, replace=False))
    return found.assign(is_breached=verdict == 1.0).take(rows).reset_index(drop=True)


def history_observations(history: History, config: Config) -> pd.DataFrame:
    """Every clock at the landmarks of the configuration, up to the watermark; any outcome."""
    opened_from = config.training.opened_from
    found = landmark_observations(
        history, landmarks=config.training.landmarks, opened_from=opened_from
    )
    is_past = found["as_of"] <= history.watermark
    return found[is_past].reset_index(drop=True)
