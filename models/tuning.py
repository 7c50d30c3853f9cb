"""Settings of the trees by Optuna, within a stated time, on windows before the cutoff.

A study lies in a SQLite file under the name of its data: run again, it goes on where it was.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from forewarn.config import Config
from forewarn.errors import ModelError
from forewarn.progress import Progress, silent
from models.blending import macro_loss
from models.breach import lesson_of
from models.foretelling import rounds_to_try, usable
from models.inner_windows import InnerWindow, inner_windows
from models.lesson import Lesson
from models.part import Array
from models.trees import grow

LEAST_TRIALS = 2
"""What is configured now, and one more, however short the time."""


@dataclass(frozen=True)
class Fold:
    """A metric's window before the cutoff: what to learn from, what to foretell."""

    before: Lesson
    inside: Lesson


@dataclass(frozen=True)
class Tuned:
    """``settings``: of the best trial, keys of ``training``. Losses are mean log-losses.

    ``n_trials``: of the study, earlier runs counted; ``n_pruned`` of them ended early.
    """

    settings: Mapping[str, float | int]
    loss: float
    loss_now: float
    n_trials: int
    n_pruned: int


def tune(
    features: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    config: Config,
    seconds: float,
    storage: Path,
    study: str,
    seed: int,
    progress: Progress = silent,
) -> Tuned:
    """Try settings until the time is up; the present ones are the first trial.

    ``outcomes`` as of `training_outcomes`, all metrics. Raises ModelError where no metric has
    windows to judge by.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folds = list(_folds(features, outcomes, config=config))
    if not folds:
        raise ModelError("too little was decided before the cutoff to tune by: the defaults serve")
    found = optuna.create_study(
        study_name=study,
        storage=f"sqlite:///{storage}",
        load_if_exists=True,
        sampler=optuna.samplers.TPESampler(seed=seed),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
    )
    if not found.trials:
        found.enqueue_trial(_present(config))
    begin = time.monotonic()
    done = 0
    while done < LEAST_TRIALS or time.monotonic() - begin < seconds:
        found.optimize(lambda trial: _try(trial, folds, config=config, seed=seed), n_trials=1)
        done += 1
        share = min((time.monotonic() - begin) / max(seconds, 1e-9), 1.0)
        progress(f"Tuning: {len(found.trials)} trials, best {found.best_value:.4f}", share)
    return _tuned(found)


def with_settings(config: Config, settings: Mapping[str, float | int]) -> Config:
    """The configuration with other settings of training."""
    training = config.training.model_copy(update=dict(settings))
    return config.model_copy(update={"training": training})


def _present(config: Config) -> dict[str, float | int]:
    training = config.training
    return {
        "learning_rate": training.learning_rate,
        "leaves": training.leaves,
        "least_in_leaf": training.least_in_leaf,
        "columns_per_tree": training.columns_per_tree,
        "penalty": training.penalty,
    }


def _suggest(trial: Any) -> dict[str, float | int]:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.3, log=True),
        "leaves": trial.suggest_int("leaves", 4, 128, log=True),
        "least_in_leaf": trial.suggest_int("least_in_leaf", 5, 400, log=True),
        "columns_per_tree": trial.suggest_float("columns_per_tree", 0.1, 0.99),
        "penalty": trial.suggest_float("penalty", 0.01, 100.0, log=True),
    }


def _folds(features: pd.DataFrame, outcomes: pd.DataFrame, *, config: Config) -> Iterator[Fold]:
    for metric in sorted(set(outcomes["metric"].astype(str))):
        mine = outcomes[(outcomes["metric"].astype(str) == metric) & ~outcomes["is_censored"]]
        if mine["ticket"].nunique() < config.training.minimum_tickets:
            continue
        lesson = lesson_of(features, mine)
        windows = inner_windows(mine, share=config.training.calibration_share)
        yield from _usable_folds(lesson, windows)


def _usable_folds(lesson: Lesson, windows: Sequence[InnerWindow]) -> Iterator[Fold]:
    for window in windows:
        fold = Fold(lesson.at(window.before), lesson.at(window.inside))
        if usable(fold.before.is_breached) and usable(fold.inside.is_breached):
            yield fold


def _try(trial: Any, folds: Sequence[Fold], *, config: Config, seed: int) -> float:
    """Mean loss over the folds, two at a time; ended early where it lags behind the others."""
    import optuna
    from joblib import Parallel, delayed

    tried = with_settings(config, _suggest(trial))
    losses: list[float] = []
    side_by_side = Parallel(n_jobs=2, backend="threading", return_as="generator")
    for step, loss in enumerate(
        side_by_side(delayed(_loss)(fold, config=tried, seed=seed) for fold in folds)
    ):
        losses.append(loss)
        trial.report(float(np.mean(losses)), step)
        if trial.should_prune() and step + 1 < len(folds):
            raise optuna.TrialPruned
    return float(np.mean(losses))


def _loss(fold: Fold, *, config: Config, seed: int) -> float:
    """The least log-loss over the numbers of rounds, landmarks counting alike."""
    encoder = fold.before.learn_encoder()
    matrix, asked = (part.encode(encoder) for part in (fold.before, fold.inside))
    steps = rounds_to_try(config.training.trees)
    booster = grow("trees", matrix, fold.before, encoder, steps[-1], config=config, seed=seed)

    def at(rounds: int) -> float:
        odds: Array = booster.predict(asked, raw_score=True, num_iteration=rounds, num_threads=1)
        return macro_loss(odds, fold.inside.is_breached, fold.inside.landmark)

    return min(at(rounds) for rounds in steps)


def _tuned(study: Any) -> Tuned:
    from optuna.trial import TrialState

    whole = study.get_trials(states=[TrialState.COMPLETE])
    return Tuned(
        settings=dict(study.best_params),
        loss=float(study.best_value),
        loss_now=float(whole[0].value),
        n_trials=len(study.trials),
        n_pruned=len(study.get_trials(states=[TrialState.PRUNED])),
    )
