"""Learned baselines find a planted signal, survive odd columns and repeat themselves."""

import numpy as np
import pandas as pd
import pytest

from models.baselines_learned import fit_logistic, fit_raw_lightgbm
from models.metrics import roc_auc


def planted(n: int, *, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Breaches at .9 in group a and at .1 elsewhere; the number says nothing."""
    random = np.random.default_rng(seed)
    group = random.choice(["a", "b", "c"], n)
    truth = (random.random(n) < np.where(group == "a", 0.9, 0.1)).astype(float)
    number = random.normal(size=n)
    number[::7] = np.nan
    frame = pd.DataFrame({"group": pd.Categorical(group), "number": number, "empty": np.nan})
    return frame, truth


def fit(name: str, frame: pd.DataFrame, truth: np.ndarray):  # either baseline
    """The named baseline, fitted."""
    if name == "logistic_regression":
        return fit_logistic(frame, truth)
    return fit_raw_lightgbm(frame, truth, seed=1)


NAMES = ["logistic_regression", "lightgbm_raw"]


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_signal_is_found(name: str) -> None:
    """The group alone gives an AUC near .87 on rows that were not fitted."""
    predict = fit(name, *planted(2000, seed=1))
    frame, truth = planted(1000, seed=2)
    assert roc_auc(truth, predict(frame)) > 0.8


@pytest.mark.parametrize("name", NAMES)
def test_codes_never_seen_and_nulls_are_scored(name: str) -> None:
    """A new group, a null and an infinite number get a probability, not an error."""
    predict = fit(name, *planted(500, seed=1))
    odd = pd.DataFrame(
        {
            "group": pd.Categorical(["new", None, "a"]),
            "number": [np.inf, np.nan, -1e12],
            "empty": [1.0, np.nan, 0.0],
        }
    )
    found = predict(odd)
    assert ((found > 0) & (found < 1)).all()


@pytest.mark.parametrize("name", NAMES)
def test_same_data_same_scores(name: str) -> None:
    """Two fits agree to the last bit."""
    first, second = (fit(name, *planted(500, seed=1))(planted(50, seed=3)[0]) for _ in range(2))
    assert np.array_equal(first, second)
