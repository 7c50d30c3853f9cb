"""Boosted trees as their users run them: few candidates, rounds by early stopping.

Rounds are those that foretold the latest window before the cutoff best; the model that is kept
is then fitted on everything that was decided, as ours is.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.models_lesson import (
    Lesson,
    Peer,
    Predict,
    Settings,
    categories,
    levels_of,
    log_loss,
    texts,
)
from models.encoding import learn_encoder

MOST_ROUNDS = 600
PATIENCE = 30
RATE = 0.05
SEED = 1
"""Of the fits that settings are chosen by."""

Prepare = Callable[[pd.DataFrame], Any]
Trained = tuple[Predict, int, float]
"""The model, its best rounds and their log-loss on the later lesson."""


def lightgbm_peer(*, is_native: bool) -> Peer:
    """LightGBM with its native categories, or with ordinal codes."""
    size = "num_leaves"

    def choose(before: Lesson, after: Lesson) -> Settings:
        return _best(size, (15, 31), lambda n: _lightgbm(before, after, n, is_native=is_native))

    def fit(lesson: Lesson, settings: Settings, seed: int) -> Predict:
        leaves = int(settings[size])
        return _lightgbm(lesson, None, leaves, is_native=is_native, settings=settings, seed=seed)[0]

    return Peer(choose, fit)


def xgboost_peer() -> Peer:
    """XGBoost with ordinal codes."""

    def choose(before: Lesson, after: Lesson) -> Settings:
        return _best("max_depth", (4, 6), lambda n: _xgboost(before, after, n))

    def fit(lesson: Lesson, settings: Settings, seed: int) -> Predict:
        return _xgboost(lesson, None, int(settings["max_depth"]), settings, seed)[0]

    return Peer(choose, fit)


def catboost_peer() -> Peer:
    """CatBoost with its own coding of categories, or with ordinal codes where they do better."""
    name = "is_native"

    def choose(before: Lesson, after: Lesson) -> Settings:
        return _best(name, (0, 1), lambda native: _catboost(before, after, native))

    def fit(lesson: Lesson, settings: Settings, seed: int) -> Predict:
        return _catboost(lesson, None, int(settings[name]), settings, seed)[0]

    return Peer(choose, fit)


def _best(name: str, sizes: tuple[int, ...], train: Callable[[int], Trained]) -> Settings:
    found = {size: train(size)[1:] for size in sizes}
    size = min(found, key=lambda s: (found[s][1], s))
    return {name: size, "rounds": found[size][0]}


def _lightgbm(
    lesson: Lesson,
    later: Lesson | None,
    leaves: int,
    *,
    is_native: bool,
    settings: Settings | None = None,
    seed: int = SEED,
) -> Trained:
    import lightgbm  # noqa: PLC0415  # only who measures needs it

    matrix = _native(lesson) if is_native else _ordinal(lesson)
    parameters = {
        "objective": "binary", "learning_rate": RATE, "num_leaves": leaves,
        "min_data_in_leaf": 30, "feature_fraction": 0.6, "bagging_fraction": 0.8,
        "bagging_freq": 1, "lambda_l2": 1.0, "seed": seed, "deterministic": True,
        "force_row_wise": True, "num_threads": lesson.threads, "verbosity": -1,
    }  # fmt: skip
    data = lightgbm.Dataset(matrix(lesson.features), lesson.truth)
    rounds = MOST_ROUNDS if settings is None else int(settings["rounds"])
    stop = []
    against = []
    if later is not None:
        against = [lightgbm.Dataset(matrix(later.features), later.truth, reference=data)]
        stop = [lightgbm.early_stopping(PATIENCE, verbose=False)]
    booster = lightgbm.train(
        parameters, data, num_boost_round=rounds, valid_sets=against, callbacks=stop
    )
    kept = booster.best_iteration or rounds

    def predict(rows: pd.DataFrame) -> Any:
        return np.asarray(
            booster.predict(matrix(rows), num_iteration=kept, num_threads=lesson.threads)
        )

    return predict, kept, _loss(predict, later)


def _xgboost(
    lesson: Lesson,
    later: Lesson | None,
    depth: int,
    settings: Settings | None = None,
    seed: int = SEED,
) -> Trained:
    import xgboost  # noqa: PLC0415  # only who measures needs it

    matrix = _ordinal(lesson)
    model = xgboost.XGBClassifier(
        n_estimators=MOST_ROUNDS if settings is None else int(settings["rounds"]),
        learning_rate=RATE, max_depth=depth, subsample=0.8, colsample_bytree=0.6,
        min_child_weight=5, reg_lambda=1.0, tree_method="hist", random_state=seed,
        n_jobs=lesson.threads, early_stopping_rounds=None if later is None else PATIENCE,
    )  # fmt: skip
    against = None if later is None else [(matrix(later.features), later.truth)]
    model.fit(matrix(lesson.features), lesson.truth, eval_set=against, verbose=False)

    def predict(rows: pd.DataFrame) -> Any:
        return np.asarray(model.predict_proba(matrix(rows))[:, 1], float)

    kept = 0 if later is None else int(model.best_iteration) + 1
    return predict, kept, _loss(predict, later)


def _catboost(
    lesson: Lesson,
    later: Lesson | None,
    native: int,
    settings: Settings | None = None,
    seed: int = SEED,
) -> Trained:
    import catboost  # noqa: PLC0415  # only who measures needs it

    codes, ordinal = lesson.codes, _ordinal(lesson)
    model = catboost.CatBoostClassifier(
        iterations=MOST_ROUNDS if settings is None else int(settings["rounds"]),
        learning_rate=RATE, depth=6, random_seed=seed, thread_count=lesson.threads,
        od_type=None if later is None else "Iter", od_wait=None if later is None else PATIENCE,
        verbose=False, allow_writing_files=False,
    )  # fmt: skip

    def pool(rows: pd.DataFrame, truth: Any = None) -> Any:
        if not native:
            return catboost.Pool(ordinal(rows), truth)
        return catboost.Pool(texts(rows, codes), truth, cat_features=codes)

    against = None if later is None else pool(later.features, later.truth)
    model.fit(pool(lesson.features, lesson.truth), eval_set=against)

    def predict(rows: pd.DataFrame) -> Any:
        return np.asarray(model.predict_proba(pool(rows))[:, 1])

    return predict, int(model.tree_count_), _loss(predict, later)


def _ordinal(lesson: Lesson) -> Prepare:
    return learn_encoder(lesson.features).encode


def _native(lesson: Lesson) -> Prepare:
    levels = levels_of(lesson.features, lesson.codes)
    return lambda rows: categories(rows, levels)


def _loss(predict: Predict, later: Lesson | None) -> float:
    return float("nan") if later is None else log_loss(later.truth, predict(later.features))
