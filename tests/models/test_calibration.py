import json

import numpy as np
import pytest

from models.calibration import Calibrator, brier, fit_calibrator, try_calibration

LATER = np.arange(2000) >= 1000


def _sample(n: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """True probabilities, and outcomes drawn from them."""
    draw = np.random.default_rng(seed)
    truth = draw.uniform(0.02, 0.98, n)
    return truth, (draw.uniform(0, 1, n) < truth).astype(float)


def test_overconfident_scores_are_repaired_and_kept() -> None:
    """Log-odds three times too large come back to about a third."""
    truth, outcome = _sample(2000, seed=1)
    odds = (truth / (1 - truth)) ** 3
    calibrator, trial = try_calibration(
        odds / (1 + odds), outcome, tickets=np.arange(2000), is_later=LATER
    )
    assert trial.kept
    assert trial.kind == "sigmoid"
    assert calibrator is not None
    assert calibrator.values[0] == pytest.approx(1 / 3, abs=0.04)


def test_what_does_not_help_later_is_not_kept() -> None:
    """Where the early slice shows half of the breaches that the later one has, raw scores stay."""
    truth, outcome = _sample(2000, seed=2)
    drifted = np.where(np.arange(2000) < 1000, outcome * (np.arange(2000) % 2), outcome)
    calibrator, trial = try_calibration(truth, drifted, tickets=np.arange(2000), is_later=LATER)
    assert calibrator is None
    assert not trial.kept
    assert "did not improve" in trial.note


def test_the_level_of_a_window_is_not_learned() -> None:
    """Half of the breaches in one window: the slope is that of well calibrated scores, about 1.

    The mean of the probabilities stays: a model that has learned from the window knows its level.
    """
    truth, _ = _sample(6000, seed=3)
    window = (np.arange(6000) >= 3000).astype(np.int64)
    odds = np.log(truth / (1 - truth)) - 1.0 * window
    lower = 1 / (1 + np.exp(-odds))
    outcome = (np.random.default_rng(4).uniform(0, 1, 6000) < lower).astype(float)
    calibrator = fit_calibrator(truth, outcome, window=window)
    assert calibrator.values[0] == pytest.approx(1.0, abs=0.06)
    assert calibrator.apply(truth).mean() == pytest.approx(truth.mean(), abs=1e-9)


def test_a_slice_of_one_class_is_not_tried() -> None:
    """Nothing can be judged where nothing breached."""
    calibrator, trial = try_calibration(
        np.full(10, 0.5), np.zeros(10), tickets=np.arange(10), is_later=np.arange(10) >= 5
    )
    assert calibrator is None
    assert trial.brier_raw is None


def test_a_map_that_turns_the_order_round_is_not_kept() -> None:
    """Scores that rank backwards are a fault to see, not one to calibrate away."""
    truth, outcome = _sample(2000, seed=4)
    calibrator, trial = try_calibration(1 - truth, outcome, tickets=np.arange(2000), is_later=LATER)
    assert calibrator is None
    assert not trial.kept


def test_a_gain_on_one_ticket_is_not_kept() -> None:
    """A thousand rows of a single ticket are one fact, however large the gain."""
    truth, outcome = _sample(2000, seed=1)
    odds = (truth / (1 - truth)) ** 3
    one_ticket = np.where(LATER, 7, np.arange(2000))
    calibrator, trial = try_calibration(
        odds / (1 + odds), outcome, tickets=one_ticket, is_later=LATER
    )
    assert calibrator is None
    assert trial.brier_calibrated is not None
    assert trial.brier_raw is not None
    assert trial.brier_calibrated < trial.brier_raw


def test_brier_is_the_mean_squared_difference() -> None:
    """(.5^2 + .2^2) / 2 = .145."""
    assert brier(np.array([0.5, 0.2]), np.array([1.0, 0.0])) == pytest.approx(0.145)


@pytest.mark.parametrize(
    "calibrator",
    [
        Calibrator("sigmoid", (), (0.7, -0.1)),
        Calibrator("isotonic", (0.1, 0.5, 0.9), (0.0, 0.25, 1.0)),
    ],
)
def test_json_brings_the_calibrator_back(calibrator: Calibrator) -> None:
    """What is written reads back equal and maps equally."""
    again = Calibrator.from_json(json.loads(json.dumps(calibrator.to_json())))
    assert again == calibrator


def test_isotonic_maps_of_models_trained_before_still_apply() -> None:
    """Half way between .1 and .5 lies half way between 0 and .25; outside it is constant."""
    calibrator = Calibrator("isotonic", (0.1, 0.5, 0.9), (0.0, 0.25, 1.0))
    assert calibrator.apply(np.array([0.0, 0.3, 1.0])).tolist() == pytest.approx([0.0, 0.125, 1.0])
