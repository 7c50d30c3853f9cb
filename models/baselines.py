"""What a model must beat: what desks rank by today, and what needs no model.

``rows`` everywhere: one row per observation with ``stage`` (the landmark it stands at, or the
last one it has passed), as_of, due_at, remaining_seconds, share_elapsed. Higher scores mean
more risk. Nothing here looks at the outcomes of the rows that are scored.
"""

import numpy as np
import pandas as pd

from models.metrics import Floats

LEAST_FOR_MEDIAN = 20
"""Rows of a code at a stage below which the stage's own median is taken."""
NEVER_SECONDS = 10 * 365 * 86_400.0
"""Stands for the remaining time of a clock that was not completed before the cutoff."""
PROBABILITIES = ("prior", "logistic_regression", "lightgbm_raw")
"""Baselines whose scores are probabilities, beside all as-of rates."""


def clock_baselines(rows: pd.DataFrame) -> dict[str, Floats]:
    """What the clock alone says: budget used, open time left, time to the due date.

    ``share_elapsed`` is a rule's view (50, 75, 80, 90 %), ``time_left`` counts open hours,
    ``earliest_due_date`` hours on the wall.
    """
    return {
        "share_elapsed": rows["share_elapsed"].to_numpy(float),
        "time_left": -rows["remaining_seconds"].to_numpy(float),
        "earliest_due_date": -_seconds(rows["due_at"] - rows["as_of"]),
    }


def prior(rows: pd.DataFrame, train: pd.DataFrame) -> Floats:
    """The breach share of the training rows at the same stage; of all of them where it has none.

    ``train``: decided rows with stage and is_breached.
    """
    shares = train.groupby("stage")["is_breached"].mean()
    overall = float(train["is_breached"].mean()) if len(train) else 0.5
    probability: Floats = rows["stage"].map(shares).fillna(overall).to_numpy(float)
    return probability


def slack(rows: pd.DataFrame, train: pd.DataFrame) -> Floats:
    """Less the remaining budget after the historical median remaining time, wall seconds.

    The median is that of the training rows at the same stage and with the same ``code`` (the
    group), or of the stage where the code has fewer than LEAST_FOR_MEDIAN rows. ``train``:
    rows with stage, code, as_of and completed_at as known at the cutoff (NaT: not completed).
    """
    taken = _seconds(train["completed_at"] - train["as_of"])
    history = train[["stage", "code"]].assign(taken=np.where(np.isnan(taken), NEVER_SECONDS, taken))
    by_stage = history.groupby("stage")["taken"].median()
    grouped = history.groupby(["stage", "code"], dropna=False)["taken"]
    by_code = grouped.median()[grouped.size() >= LEAST_FOR_MEDIAN]
    overall = float(np.median(history["taken"])) if len(history) else 0.0
    pairs = pd.MultiIndex.from_frame(rows[["stage", "code"]])
    expected = pd.Series(by_code.reindex(pairs).to_numpy(float), index=rows.index)
    expected = expected.fillna(rows["stage"].map(by_stage)).fillna(overall)
    return expected.to_numpy(float) - _seconds(rows["due_at"] - rows["as_of"])


def is_probability(name: str) -> bool:
    """Whether a baseline's scores are probabilities."""
    return name in PROBABILITIES or name.endswith(("_rate_known", "_rate_matured"))


def _seconds(durations: pd.Series) -> Floats:
    seconds: Floats = durations.dt.total_seconds().to_numpy(float)
    return seconds
