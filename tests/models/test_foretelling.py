"""Which parts are kept."""

import numpy as np
import pytest

from forewarn.config import Config
from models.blending import macro_loss
from models.foretelling import Foretold, choose
from models.lesson import Lesson


def _lesson(truth: np.ndarray) -> Lesson:
    n = truth.size
    ones = np.ones(n)
    zeros = np.zeros(n, np.int64)
    return Lesson(None, truth, ones, 0 * ones, np.arange(n), zeros, None)  # type: ignore[arg-type]


def _foretold(trees: np.ndarray, logistic: np.ndarray) -> Foretold:
    n = trees.size
    return Foretold(
        rows=np.arange(n),
        trees={("trees", 10): trees, ("trees", 20): trees + 9.0},
        others={"logistic": logistic},
        prior=np.full(n, 0.5),
        is_later=np.zeros(n, bool),
    )


def _with(config: Config) -> Config:
    training = config.training.model_copy(update={"parts": ("trees", "logistic")})
    return config.model_copy(update={"training": training})


def test_loss_is_the_mean_over_landmarks() -> None:
    """Log-odds of 0 cost log 2 each; three rows of one landmark count as one of the other."""
    given = macro_loss(
        np.array([0.0, 0.0, 0.0, np.log(3)]), np.array([1.0, 0, 1, 1]), np.array([0, 0, 0, 1])
    )
    assert given == pytest.approx((np.log(2) + np.log(4 / 3)) / 2)


def test_a_part_that_adds_is_kept(config: Config) -> None:
    """Two that err independently of each other are better together, and so are both kept."""
    draw = np.random.default_rng(1)
    truth = (draw.random(4000) < 0.5).astype(float)
    signal = 2.0 * truth - 1.0
    trees, logistic = (signal + draw.normal(0, 1.5, 4000) for _ in range(2))
    choice = choose(_lesson(truth), _foretold(trees, logistic), config=_with(config))
    assert choice.parts == ("trees", "logistic")
    assert choice.rounds == {"trees": 10}
    np.testing.assert_allclose(choice.log_odds, (trees + logistic) / 2)


def test_a_part_that_harms_is_not(config: Config) -> None:
    """Noise beside a good part is left out, and its loss is told."""
    draw = np.random.default_rng(2)
    truth = (draw.random(4000) < 0.5).astype(float)
    trees = 4.0 * truth - 2.0 + draw.normal(0, 0.5, 4000)
    choice = choose(_lesson(truth), _foretold(trees, draw.normal(0, 5, 4000)), config=_with(config))
    assert choice.parts == ("trees",)
    assert set(choice.losses) == {"trees", "logistic"}


def test_a_part_that_makes_no_difference_stays(config: Config) -> None:
    """What is no better within noise is no reason to leave one out: the choice is steady."""
    draw = np.random.default_rng(3)
    truth = (draw.random(1000) < 0.5).astype(float)
    trees = 2.0 * truth - 1.0 + draw.normal(0, 1.0, 1000)
    logistic = trees + draw.normal(0, 0.01, 1000)
    choice = choose(_lesson(truth), _foretold(trees, logistic), config=_with(config))
    assert choice.parts == ("trees", "logistic")


def test_thin_windows_keep_the_first_part(config: Config) -> None:
    """Ten rows tell nothing: the first part, at half of the rounds."""
    truth = np.array([0.0, 1.0] * 5)
    choice = choose(_lesson(truth), _foretold(truth, truth), config=_with(config))
    assert choice.parts == ("trees",)
    assert choice.rounds == {"trees": 30}
