"""Prediction sets hold what happens as often as they promise."""

import numpy as np
import pandas as pd

from models.conformal import Conformal, error_quantile, learn_conformal
from models.exam import Exam


def draw(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities that are off (too sure), and outcomes."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(0, 1, n)
    return np.clip(truth * 1.6 - 0.3, 0.0, 1.0), (rng.uniform(0, 1, n) < truth).astype(float)


def test_sets_cover_as_promised_whatever_the_model() -> None:
    """A model that is too sure, 2,000 cases to learn from: 90 % promised, 90 % kept of 50,000."""
    p, y = draw(2000, seed=1)
    errors = np.where(y > 0, 1 - p, p)
    bound = error_quantile(errors, np.ones(2000), n=2000, coverage=0.9)
    later, came = draw(50_000, seed=2)
    share = Conformal(0.9, bound, 2000).covers(later, came).mean()
    assert 0.88 < share < 0.92


def test_a_quantile_beyond_the_data_admits_everything() -> None:
    """Of three cases none can promise 90 %: every set holds both outcomes."""
    bound = error_quantile(np.array([0.1, 0.2, 0.3]), np.ones(3), n=3, coverage=0.9)
    assert bound == 1.0
    met, breached = Conformal(0.9, bound, 3).sets(np.array([0.0, 1.0]))
    assert met.all()
    assert breached.all()


def test_sets_are_learned_from_the_exam_per_metric() -> None:
    """60 tickets are enough, 40 are not; undecided ones teach nothing."""
    ids = [f"T{i}" for i in range(100)]
    metric = ["resolution"] * 60 + ["first_response"] * 40
    keys = {"ticket_id": ids, "metric": metric, "cycle": 1, "landmark": "opening"}
    exam = Exam(
        pd.Timestamp("2026-03-02", tz="UTC"), pd.DataFrame({**keys, "probability": 0.2}), {}
    )
    outcomes = pd.DataFrame(
        {**keys, "ticket": range(100), "is_breached": [0.0] * 57 + [1.0] * 43, "is_censored": False}
    )
    found = learn_conformal(exam, outcomes, coverage=0.9)
    assert list(found) == ["resolution"]
    assert (found["resolution"].n, found["resolution"].bound) == (60, 0.2)
    outcomes["is_censored"] = [i >= 45 for i in range(100)]
    assert learn_conformal(exam, outcomes, coverage=0.9) == {}
