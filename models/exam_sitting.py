"""Fit the twins of a training and have them answer to the latest tickets."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd

from features.history import History
from forewarn.config import Config
from forewarn.errors import ModelError
from models.breach import BreachModel, fit_breach_model
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
    models: Mapping[str, BreachModel],
) -> Exam:
    """Fit the twin of every metric on what was decided before the exam, and ask it.

    ``outcomes``: of the training, with the index of ``observations``; ``features``: of its rows,
    in their order. ``models``: of the training, by metric: the twin takes over their parts and
    rounds, not their calibration, which spares it windows of its own. A metric whose twin cannot
    be fitted has a note instead of answers.
    """
    begins = exam_begins(outcomes, share=config.promotion.window_share)
    earlier = label(history, observations, cutoff=begins)
    places = pd.Series(np.arange(len(outcomes)), index=outcomes.index)
    known = features.iloc[places[earlier.index].to_numpy()].reset_index(drop=True)
    asked = (first_observed(outcomes) >= begins).to_numpy()
    metrics, seed = config.sla.metrics, config.training.seeds[0]
    lesson = earlier.reset_index(drop=True)

    def fit(metric: str) -> BreachModel | str:
        try:
            return fit_breach_model(
                known, lesson, metric=metric, config=config, seed=seed, like=_raw(models, metric)
            )
        except ModelError as error:
            return str(error)

    with ThreadPoolExecutor(max_workers=2) as pool:
        twins = dict(zip(metrics, pool.map(fit, metrics), strict=True))
    parts = [_no_answers()]
    for metric, twin in twins.items():
        if isinstance(twin, BreachModel):
            rows = np.flatnonzero(asked & (outcomes["metric"].astype(str) == metric).to_numpy())
            keys = outcomes.iloc[rows][list(KEYS)].astype(str).reset_index(drop=True)
            answers = keys.assign(
                cycle=keys["cycle"].astype("int64"),
                probability=twin.probabilities(features.iloc[rows]),
            )
            parts.append(answers)
    answered = pd.concat([p for p in parts if len(p)] or parts, ignore_index=True)
    return Exam(begins, answered, {m: t for m, t in twins.items() if isinstance(t, str)})


def _raw(models: Mapping[str, BreachModel], metric: str) -> BreachModel | None:
    """The metric's model without its calibration, which was learned from the exam's tickets."""
    model = models.get(metric)
    return None if model is None else replace(model, calibrator=None)


def exam_begins(outcomes: pd.DataFrame, *, share: float) -> pd.Timestamp:
    """The instant from which on the latest ``share`` of the tickets was first observed."""
    first = first_observed(outcomes).groupby(outcomes["ticket"]).first().sort_values()
    return at_share(first, max(1.0 - share, 1.0 - MOST_TICKETS / max(len(first), 1)))


def _no_answers() -> pd.DataFrame:
    empty = pd.DataFrame(columns=[*KEYS, "probability"])
    return empty.astype({"cycle": "int64", "probability": "float64"})
