"""One backtest window: fit everything before its cutoff, score what was opened after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from features.history import History
from features.observations import micros
from forewarn.errors import ModelError
from forewarn.sla.labels import label_clocks
from models.baselines import is_probability, prior, slack
from models.baselines_learned import fit_logistic, fit_raw_lightgbm
from models.breach import BreachModel
from models.evaluation_data import Observed
from models.evaluation_lessons import Lesson
from models.evaluation_scored import OURS, Scored, scored
from models.metrics import Floats
from models.splits import Window

RESAMPLING_SEED = 20
"""Of the bootstrap: fixed, so that figures of two evaluations differ by their models only."""


@dataclass(frozen=True)
class Fitted:
    """What was fitted before a cutoff. ``train``: decided rows of Observed, with completed_at.

    ``models``: ours, one per seed (none where refused: ``note`` says why). ``predictors``:
    learned baselines by name.
    """

    window: Window
    train: pd.DataFrame
    censored_share: float | None
    models: tuple[BreachModel, ...]
    predictors: Mapping[str, Callable[[Observed], Floats]]
    note: str | None


def fit_window(
    history: History,
    observed: Observed,
    *,
    lesson: Lesson,
    ours: Sequence[BreachModel | ModelError],
) -> Fitted:
    """``ours``, one per seed, joined by the baselines that learn from the same lesson.

    Where a seed was refused, ours is missing as a whole: a mean of the others would flatter.
    """
    decided, due = lesson.decided, lesson.outcomes[~lesson.outcomes["is_pending"]]
    labels = label_clocks(history.timelines, as_of=micros(lesson.window.cutoff))
    completed = labels.set_index("clock").loc[decided["clock"], "completed_at"].array
    refusals = [str(result) for result in ours if isinstance(result, ModelError)]
    models = [result for result in ours if isinstance(result, BreachModel)]
    return Fitted(
        window=lesson.window,
        train=decided.assign(completed_at=completed),
        censored_share=(float(due["is_censored"].mean()) if len(due) else None),
        models=() if refusals else tuple(models),
        predictors=_fit_baselines(observed, decided, seed=lesson.effort.seeds[0]),
        note=refusals[0] if refusals else None,
    )


def score_rows(fitted: Fitted, observed: Observed, *, rows: pd.Index, resamples: int) -> Scored:
    """The chosen rows, decided ones only, with the scores of ours and of every baseline."""
    part = take(observed, rows)
    scores: dict[str, list[Floats]] = {}
    if fitted.models:
        scores[OURS] = [model.probabilities(part.features) for model in fitted.models]
    scores["prior"] = [prior(part.rows, fitted.train)]
    scores |= {name: [values] for name, values in part.scores.items()}
    scores["slack"] = [slack(part.rows, fitted.train)]
    scores |= {name: [predict(part)] for name, predict in fitted.predictors.items()}
    return scored(
        part.rows,
        scores,
        probabilities=frozenset(n for n in scores if n == OURS or is_probability(n)),
        resamples=resamples,
        seed=RESAMPLING_SEED,
    )


def opened_in(rows: pd.DataFrame, window: Window) -> pd.Index:
    """The rows of tickets opened in the window."""
    inside = (rows["opened_at"] >= window.cutoff) & (rows["opened_at"] < window.test_until)
    return rows.index[inside]


def take(observed: Observed, rows: pd.Index) -> Observed:
    """Some rows, numbered anew."""
    places = rows.to_numpy()
    return Observed(
        rows=observed.rows.loc[rows].reset_index(drop=True),
        features=observed.features.loc[rows].reset_index(drop=True),
        keys=observed.keys.loc[rows].reset_index(drop=True),
        scores={name: s[places] for name, s in observed.scores.items()},
    )


def raw_features(observed: Observed) -> pd.DataFrame:
    """What an export holds as it is: the codes, the clock's hands, the hour of the week."""
    rows, at = observed.rows, observed.rows["as_of"].dt
    return observed.keys.assign(
        clock_share_elapsed=rows["share_elapsed"].clip(upper=1e3),
        clock_remaining=rows["remaining_seconds"],
        clock_target=rows["target_seconds"],
        clock_is_paused=rows["is_paused"].astype(float),
        ticket_age=(rows["as_of"] - rows["opened_at"]).dt.total_seconds(),
        hour_of_week=(at.day_of_week * 24 + at.hour).astype(float),
    )


def _fit_baselines(
    observed: Observed, decided: pd.DataFrame, *, seed: int
) -> dict[str, Callable[[Observed], Floats]]:
    if decided["is_breached"].nunique() < 2:
        return {}
    train = take(observed, decided.index)
    truth = decided["is_breached"].to_numpy(float)
    logistic = fit_logistic(train.features, truth)
    trees = fit_raw_lightgbm(raw_features(train), truth, seed=seed)
    return {
        "logistic_regression": lambda rows: logistic(rows.features),
        "lightgbm_raw": lambda rows: trees(raw_features(rows)),
    }
