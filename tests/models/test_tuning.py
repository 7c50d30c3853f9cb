"""Tuning: it never does worse than what is configured, and goes on where it was."""

from pathlib import Path

import pytest

from forewarn.config import Config
from forewarn.errors import ModelError
from models.tuning import Tuned, tune, with_settings


def _tune(planted, config: Config, folder: Path, *, seconds: float = 0.0) -> Tuned:
    return tune(
        planted.features,
        planted.outcomes,
        config=config,
        seconds=seconds,
        storage=folder / "tuning.db",
        study="planted",
        seed=1,
    )


def test_the_present_settings_are_the_first_trial(planted, config: Config, tmp_path: Path) -> None:
    """So the best is at least as good, and what was gained can be told."""
    tuned = _tune(planted, config, tmp_path)
    assert tuned.n_trials == 2
    assert tuned.loss <= tuned.loss_now < 0.7


def test_run_again_it_goes_on(planted, config: Config, tmp_path: Path) -> None:
    """A second run adds trials to the same study and loses nothing of the first."""
    first = _tune(planted, config, tmp_path)
    second = _tune(planted, config, tmp_path)
    assert second.n_trials == 4
    assert second.loss <= first.loss
    assert second.loss_now == first.loss_now


def test_settings_enter_the_configuration(config: Config) -> None:
    """Keys of training, with their kinds."""
    tuned = with_settings(config, {"leaves": 7, "penalty": 2.5})
    assert (tuned.training.leaves, tuned.training.penalty) == (7, 2.5)
    assert tuned.training.learning_rate == config.training.learning_rate


def test_too_little_to_judge_by_is_said(planted, config: Config, tmp_path: Path) -> None:
    """A hundred tickets have no windows worth a trial."""
    few = planted.outcomes.head(200)
    with pytest.raises(ModelError, match="too little was decided before the cutoff to tune by"):
        tune(
            planted.features, few, config=config, seconds=0.0, storage=tmp_path / "t.db",
            study="few", seed=1,
        )  # fmt: skip
