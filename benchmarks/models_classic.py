"""Peers of scikit-learn: logistic regression, random forest, histogram gradient boosting.

Their settings are those, of a few, that foretold the latest window before the cutoff best.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.models_boosted import MOST_ROUNDS, PATIENCE, RATE, SEED
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
from models.baselines_learned import signed_log
from models.encoding import learn_encoder

STRENGTHS = (0.001, 0.01, 0.1)
LEAVES = (10, 30)
TREES, TREES_TO_CHOOSE = 150, 50
MOST_LEVELS = 255
"""HistGradientBoosting takes no more categories in a column; others get ordinal codes."""
FOLDS = 5


def logistic_peer() -> Peer:
    """Logistic regression: signed logs of numbers, categories by out-of-fold target rates."""

    def choose(before: Lesson, after: Lesson) -> Settings:
        return _least("C", STRENGTHS, before, after, fit)

    def fit(lesson: Lesson, settings: Settings, _seed: int) -> Predict:
        codes = lesson.codes
        model = _logistic(lesson, strength=settings["C"])
        with warnings.catch_warnings():  # where it stops early it is the peer it is
            warnings.simplefilter("ignore")
            model.fit(texts(lesson.features, codes), lesson.truth)
        return lambda rows: np.asarray(model.predict_proba(texts(rows, codes))[:, 1])

    return Peer(choose, fit, is_seeded=False)


def forest_peer() -> Peer:
    """Random forest with ordinal codes."""

    def few(lesson: Lesson, settings: Settings, seed: int) -> Predict:
        return _forest(lesson, settings, seed, trees=TREES_TO_CHOOSE)

    def choose(before: Lesson, after: Lesson) -> Settings:
        return _least("leaf", LEAVES, before, after, few)

    def fit(lesson: Lesson, settings: Settings, seed: int) -> Predict:
        return _forest(lesson, settings, seed, trees=TREES)

    return Peer(choose, fit)


def histogram_peer() -> Peer:
    """HistGradientBoosting with native categories as far as it takes them."""

    def choose(before: Lesson, after: Lesson) -> Settings:
        model, _ = _histogram(before, after, rounds=MOST_ROUNDS, seed=SEED)
        losses = -np.asarray(model.validation_score_)[1:]
        return {"rounds": int(np.argmin(losses)) + 1}

    def fit(lesson: Lesson, settings: Settings, seed: int) -> Predict:
        model, matrix = _histogram(lesson, None, rounds=int(settings["rounds"]), seed=seed)
        return lambda rows: np.asarray(model.predict_proba(matrix(rows))[:, 1])

    return Peer(choose, fit)


def _least(name: str, values: Sequence[float], before: Lesson, after: Lesson, fit: Any) -> Settings:
    losses = {
        value: log_loss(after.truth, fit(before, {name: value}, SEED)(after.features))
        for value in values
    }
    return {name: min(losses, key=losses.__getitem__)}


def _logistic(lesson: Lesson, *, strength: float) -> Any:
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415  # only who measures needs it
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.model_selection import GroupKFold  # noqa: PLC0415
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import (  # noqa: PLC0415
        FunctionTransformer,
        StandardScaler,
        TargetEncoder,
    )

    numbers = make_pipeline(
        FunctionTransformer(signed_log),
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        FunctionTransformer(np.clip, kw_args={"a_min": -5.0, "a_max": 5.0}),
    )
    folds = list(GroupKFold(FOLDS).split(lesson.features, groups=lesson.tickets))
    rates = make_pipeline(
        TargetEncoder(target_type="binary", smooth=10.0, cv=folds),
        FunctionTransformer(_log_odds),
        StandardScaler(),
    )
    prepare = ColumnTransformer(
        [("numbers", numbers, lesson.numbers), ("codes", rates, lesson.codes)]
    )
    return make_pipeline(prepare, LogisticRegression(C=strength, max_iter=200, tol=1e-3))


def _log_odds(rates: Any) -> Any:
    inside = np.clip(rates, 0.001, 0.999)
    return np.log(inside / (1.0 - inside))


def _forest(lesson: Lesson, settings: Settings, seed: int, *, trees: int) -> Predict:
    from sklearn.ensemble import RandomForestClassifier  # noqa: PLC0415

    matrix = learn_encoder(lesson.features).encode
    model = RandomForestClassifier(
        trees, min_samples_leaf=int(settings["leaf"]), max_features="sqrt", random_state=seed,
        n_jobs=lesson.threads,
    )  # fmt: skip
    model.fit(matrix(lesson.features), lesson.truth)
    return lambda rows: np.asarray(model.predict_proba(matrix(rows))[:, 1])


def _histogram(lesson: Lesson, later: Lesson | None, *, rounds: int, seed: int) -> tuple[Any, Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    levels = levels_of(lesson.features, lesson.codes)
    native = {name: known for name, known in levels.items() if len(known) < MOST_LEVELS}
    ordinal = learn_encoder(lesson.features, names=[n for n in levels if n not in native])
    told = list(lesson.features.columns[lesson.features.notna().any()])  # it fails on empty ones

    def matrix(rows: pd.DataFrame) -> pd.DataFrame:
        many = ordinal.encode(rows)
        ordered = {name: many[:, i] for i, name in enumerate(ordinal.names)}
        return categories(rows, native).assign(**ordered)[told]

    model = HistGradientBoostingClassifier(
        max_iter=rounds, learning_rate=RATE, max_leaf_nodes=31, min_samples_leaf=30,
        l2_regularization=1.0, max_features=0.6, random_state=seed,
        early_stopping=later is not None, n_iter_no_change=PATIENCE,
    )  # fmt: skip
    judged = {}
    if later is not None:
        judged = {"X_val": matrix(later.features), "y_val": later.truth}
    with threadpool_limits(lesson.threads):
        model.fit(matrix(lesson.features), lesson.truth, **judged)
    return model, matrix
