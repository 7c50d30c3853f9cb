"""Logistic regression as a part: what it learns, keeps, and never says."""

import json

import numpy as np
import pandas as pd
import pytest

from models.encoding import learn_encoder
from models.linear import LinearPart, fit_linear
from models.linear_design import signed_logs


def _table(n: int = 4000, *, seed: int = 4) -> tuple[pd.DataFrame, np.ndarray]:
    """Breaches that depend on hours, half of them missing, and on a group."""
    draw = np.random.default_rng(seed)
    hours = np.where(draw.random(n) < 0.5, np.nan, draw.exponential(10, n))
    group = draw.choice(["a", "b"], n)
    odds = np.nan_to_num(np.log1p(hours)) - 1.0 + 2.0 * (group == "b")
    breached = (draw.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
    return pd.DataFrame({"hours": hours, "group": pd.Categorical(group)}), breached


@pytest.fixture(scope="module")
def fitted() -> tuple[LinearPart, np.ndarray, np.ndarray]:
    """The part, its matrix and the truth."""
    features, breached = _table()
    encoder = learn_encoder(features)
    matrix = encoder.encode(features)
    part = fit_linear(matrix, breached, encoder=encoder, seed=1)
    assert part is not None
    return part, matrix, breached


def test_signed_logs_keep_sign_and_zero() -> None:
    """log(1 + 1) on both sides of zero; what is infinite is missing."""
    given = signed_logs(np.array([-1.0, 0.0, 1.0, np.inf]))
    np.testing.assert_allclose(given[:3], [-0.6931472, 0.0, 0.6931472], atol=1e-7)
    assert np.isnan(given[3])


def test_probabilities_have_the_share_that_breached(fitted) -> None:
    """The mean of the probabilities is the base rate, as for every logistic regression."""
    part, matrix, breached = fitted
    mean = float(np.mean(1 / (1 + np.exp(-part.log_odds(matrix)))))
    assert mean == pytest.approx(breached.mean(), abs=0.002)


def test_contributions_add_up_to_the_log_odds(fitted) -> None:
    """But for the intercept; of codes that are missing, unknown or new as well."""
    part, matrix, _ = fitted
    matrix = matrix.copy()
    matrix[:3, 1] = [np.nan, -1.0, 7.0]
    sums = part.contributions(matrix).sum(axis=1) + part.intercept
    np.testing.assert_allclose(sums, part.log_odds(matrix), rtol=1e-12)


def test_kept_as_json_it_says_the_same(fitted) -> None:
    """To the last bit."""
    part, matrix, _ = fitted
    again = LinearPart.from_json(json.loads(json.dumps(part.to_json())))
    assert again == part
    np.testing.assert_array_equal(again.log_odds(matrix), part.log_odds(matrix))


def test_an_unknown_code_counts_for_nothing(fitted) -> None:
    """A group that training did not see lies between the known ones."""
    part, _, _ = fitted
    rows = np.array([[3.0, 0.0], [3.0, -1.0], [3.0, 1.0]])
    low, unknown, high = part.log_odds(rows)
    assert low < unknown < high


def test_less_time_left_never_lowers_the_risk() -> None:
    """A history in which long remaining times broke more often teaches nothing about time."""
    draw = np.random.default_rng(6)
    left = draw.uniform(0, 48, 3000)
    breached = (draw.random(3000) < 0.2 + 0.6 * (left > 24)).astype(float)
    features = pd.DataFrame({"clock_remaining_hours": left, "noise": draw.random(3000)})
    encoder = learn_encoder(features)
    part = fit_linear(encoder.encode(features), breached, encoder=encoder, seed=1)
    assert part is not None
    few, many = part.log_odds(np.array([[1.0, 0.5], [47.0, 0.5]]))
    assert few == many


def test_a_single_class_gives_no_part() -> None:
    """There is nothing to tell apart."""
    features, _ = _table(200)
    encoder = learn_encoder(features)
    assert fit_linear(encoder.encode(features), np.ones(200), encoder=encoder, seed=1) is None
