"""Learned baselines: logistic regression, and LightGBM on what an export holds as it is.

Both learn from all decided observations alike: with tickets weighed the same they rank no
better and their probabilities come out worse.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from models.metrics import Floats
from models.trees import threads_for

Predict = Callable[[pd.DataFrame], Floats]
CATEGORIES = 40
"""One-hot columns per code; the rarer values share one."""


def fit_logistic(features: pd.DataFrame, truth: Floats) -> Predict:
    """Logistic regression: signed logs of numbers, standardised, with marks for what is missing;
    codes one-hot. Numbers stay within five standard deviations.
    """
    from sklearn.compose import ColumnTransformer
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    numeric, codes = _split(features)
    numbers = make_pipeline(
        FunctionTransformer(signed_log),
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        FunctionTransformer(np.clip, kw_args={"a_min": -5.0, "a_max": 5.0}),
    )
    one_hot = OneHotEncoder(
        max_categories=CATEGORIES, handle_unknown="infrequent_if_exist", dtype=np.float64
    )
    prepare = ColumnTransformer([("numbers", numbers, numeric), ("codes", one_hot, codes)])
    model = make_pipeline(prepare, LogisticRegression(C=0.03, max_iter=100, tol=1e-3))
    with warnings.catch_warnings():  # where it stops early it is still the baseline it is
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(_texts(features, codes), truth)
    return lambda rows: np.asarray(model.predict_proba(_texts(rows, codes))[:, 1])


def fit_raw_lightgbm(features: pd.DataFrame, truth: Floats, *, seed: int) -> Predict:
    """Plain LightGBM with its native categories and usual settings; no early stopping."""
    import lightgbm

    numeric, codes = _split(features)
    levels = {c: pd.Index(features[c].dropna().astype(str).unique()).sort_values() for c in codes}

    def matrix(rows: pd.DataFrame) -> pd.DataFrame:
        return rows[numeric].assign(**{c: _coded(rows[c], levels[c]) for c in codes})

    settings: dict[str, Any] = {
        "objective": "binary",
        "learning_rate": 0.05,
        "num_leaves": 31,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": threads_for(features.size),
        "verbosity": -1,
    }
    data = lightgbm.Dataset(matrix(features), truth)
    booster = lightgbm.train(settings, data, num_boost_round=200)
    return lambda rows: np.asarray(
        booster.predict(matrix(rows), num_threads=threads_for(rows.size))
    )


def signed_log(values: Any) -> Any:
    """``sign(x) · log(1 + |x|)``: keeps zero and sign, tames counts and durations; infinite
    becomes missing.

    >>> [round(float(x), 3) for x in signed_log(np.array([-1.0, 0.0, 1.0]))]
    [-0.693, 0.0, 0.693]
    """
    logs = np.sign(values) * np.log1p(np.abs(values))
    return np.where(np.isinf(logs), np.nan, logs)


def _coded(column: pd.Series, levels: pd.Index) -> pd.Categorical:
    """The column in the levels of the training rows; null where it is none of them."""
    places = levels.get_indexer(pd.Index(column.astype(str)))
    places[column.isna().to_numpy()] = -1
    return pd.Categorical.from_codes(places, levels)


def _split(features: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Numeric columns, and columns of codes."""
    numeric = [c for c in features.columns if pd.api.types.is_numeric_dtype(features[c].dtype)]
    return numeric, [c for c in features.columns if c not in numeric]


def _texts(rows: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """The codes as plain texts, null as a value of its own."""
    plain = {c: rows[c].astype(object).where(rows[c].notna(), "").astype(str) for c in codes}
    return rows.assign(**{c: v.astype(object) for c, v in plain.items()})
