"""One backtest window: fit everything before its cutoff, score what was opened after it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.history import History
from forewarn.config import Config
from forewarn.errors import ModelError
from forewarn.sla.labels import label_clocks
from models.baselines import is_probability, prior, slack
from models.baselines_learned import fit_logistic, fit_raw_lightgbm
from models.breach import BreachModel, fit_breach_model
from models.evaluation_data import Observed
from models.evaluation_scored import OURS, Scored, scored
from models.metrics import Floats
from models.splits import Window, micros, training_outcomes

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
    window: Window,
    config: Config,
    seeds: Sequence[int],
    most_tickets: int | None = None,
) -> Fitted:
    """Ours for each seed, and the learned baselines, on what was decided before the cutoff.

    ``most_tickets``: learn from no more than these, drawn at random.
    """
    outcomes = training_outcomes(history, observed.rows, cutoff=window.cutoff)
    outcomes = thinned(outcomes, most_tickets=most_tickets, seed=seeds[0])
    decided = outcomes[~outcomes["is_censored"]]
    labels = label_clocks(history.timelines, as_of=micros(window.cutoff)).set_index("clock")
    completed = labels.loc[decided["clock"], "completed_at"].array
    models, note = _fit_ours(observed, outcomes, config=config, seeds=seeds)
    return Fitted(
        window=window,
        train=decided.assign(completed_at=completed),
        censored_share=float(outcomes["is_censored"].mean()) if len(outcomes) else None,
        models=models,
        predictors=_fit_baselines(observed, decided, seed=seeds[0]),
        note=note,
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


def thinned(outcomes: pd.DataFrame, *, most_tickets: int | None, seed: int) -> pd.DataFrame:
    """The rows of at most so many tickets, drawn at random; all where None."""
    tickets = np.sort(outcomes["ticket"].unique())
    if most_tickets is None or tickets.size <= most_tickets:
        return outcomes
    drawn = np.random.default_rng(seed).permutation(tickets)[:most_tickets]
    return outcomes[outcomes["ticket"].isin(drawn)]


def opened_in(rows: pd.DataFrame, window: Window) -> pd.Index:
    """The rows of tickets opened in the window."""
    inside = (rows["opened_at"] >= window.cutoff) & (rows["opened_at"] < window.test_until)
    return rows.index[inside]


def take(observed: Observed, rows: pd.Index) -> Observed:
    """Some rows, numbered anew."""
    frames = (observed.rows, observed.features, observed.keys)
    kept = [f.loc[rows].reset_index(drop=True) for f in frames]
    places = rows.to_numpy()
    return Observed(*kept, {name: s[places] for name, s in observed.scores.items()})


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


def _fit_ours(
    observed: Observed, outcomes: pd.DataFrame, *, config: Config, seeds: Sequence[int]
) -> tuple[tuple[BreachModel, ...], str | None]:
    metric = str(observed.rows["metric"].iloc[0])
    features = observed.features.loc[outcomes.index]
    try:
        models = [
            fit_breach_model(features, outcomes, metric=metric, config=config, seed=seed)
            for seed in seeds
        ]
    except ModelError as error:
        return (), str(error)
    return tuple(models), None


def _fit_baselines(
    observed: Observed, decided: pd.DataFrame, *, seed: int
) -> dict[str, Callable[[Observed], Floats]]:
    if decided["is_breached"].nunique() < 2:
        return {}
    train = take(observed, decided.index)
    truth, weight = (decided[c].to_numpy(float) for c in ("is_breached", "weight"))
    weight = weight / np.mean(weight)
    logistic = fit_logistic(train.features, truth, weight=weight)
    trees = fit_raw_lightgbm(raw_features(train), truth, weight=weight, seed=seed)
    return {
        "logistic_regression": lambda rows: logistic(rows.features),
        "lightgbm_raw": lambda rows: trees(raw_features(rows)),
    }
