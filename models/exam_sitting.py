"""Fit the twins of a training and have them answer to the latest tickets."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from features.history import History
from forewarn.config import Config
from forewarn.errors import ModelError
from models.breach import fit_breach_model
from models.exam import KEYS, Exam
from models.inner_windows import at_share, first_observed

Label = Callable[..., pd.DataFrame]
"""Makes outcomes of observations, as ``training_outcomes`` does."""
MOST_TICKETS = 20_000
"""The latest so many tickets sit the exam: a larger one tells no more and costs space."""


def sit_exam(
    history: History,
    observations: pd.DataFrame,
    outcomes: pd.DataFrame,
    features: pd.DataFrame,
    *,
    config: Config,
    label: Label,
) -> Exam:
    """Fit the twin of every metric on what was decided before the exam, and ask it.

    ``outcomes``: of the training, with the index of ``observations``; ``features``: of its rows,
    in their order. A metric whose twin cannot be fitted has a note instead of answers.
    """
    begins = exam_begins(outcomes, share=config.promotion.window_share)
    earlier = label(history, observations, cutoff=begins)
    places = pd.Series(np.arange(len(outcomes)), index=outcomes.index)
    known = features.iloc[places[earlier.index].to_numpy()].reset_index(drop=True)
    asked = (first_observed(outcomes) >= begins).to_numpy()
    parts: list[pd.DataFrame] = []
    notes: dict[str, str] = {}
    for metric in config.sla.metrics:
        rows = np.flatnonzero(asked & (outcomes["metric"].astype(str) == metric).to_numpy())
        try:
            twin = fit_breach_model(
                known, earlier.reset_index(drop=True), metric=metric, config=config,
                seed=config.training.seeds[0],
            )  # fmt: skip
        except ModelError as error:
            notes[metric] = str(error)
            continue
        keys = outcomes.iloc[rows][list(KEYS)].reset_index(drop=True)
        parts.append(keys.assign(probability=twin.probabilities(features.iloc[rows])))
    answers = pd.concat(parts, ignore_index=True) if parts else _no_answers()
    return Exam(begins, answers, notes)


def exam_begins(outcomes: pd.DataFrame, *, share: float) -> pd.Timestamp:
    """The instant from which on the latest ``share`` of the tickets was first observed."""
    first = first_observed(outcomes).groupby(outcomes["ticket"]).first().sort_values()
    return at_share(first, max(1.0 - share, 1.0 - MOST_TICKETS / max(len(first), 1)))


def _no_answers() -> pd.DataFrame:
    empty = pd.DataFrame(columns=[*KEYS, "probability"])
    return empty.astype({"cycle": "int64", "probability": "float64"})
