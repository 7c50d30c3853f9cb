"""Whether ours is first in a cell, or within noise of the peer that was chosen before."""

import numpy as np
import pytest

from benchmarks.models_cells import best_peer, cells, judge_difference, share_first
from models.metrics import Floats

NAN = np.nan


def _figures(auc: list[float], precision: list[float], brier: list[float]) -> Floats:
    """Replicates: the value, then those of the resamples; no calibration error."""
    return np.column_stack([auc, precision, brier, [NAN] * len(auc)])


VALIDATION = {
    "opening": {"alpha": _figures([0.7], [0.6], [0.20]), "beta": _figures([0.8], [0.5], [0.25])},
    "0.5": {"alpha": _figures([NAN], [0.6], [0.20]), "beta": _figures([NAN], [0.7], [NAN])},
}
TEST = {
    "opening": {
        "forewarn": _figures([0.80, 0.79, 0.81], [0.50, 0.49, 0.51], [0.20, 0.20, 0.20]),
        "alpha": _figures([0.90, 0.90, 0.90], [0.55, 0.54, 0.50], [0.10, 0.10, 0.10]),
        "beta": _figures([0.75, 0.75, 0.75], [0.60, 0.60, 0.60], [0.30, 0.30, 0.30]),
    },
    "all": {"forewarn": _figures([0.9], [0.9], [0.1])},
}


def test_the_peer_is_chosen_on_the_validation() -> None:
    """Beta by AUC and alpha by Brier score, whatever they do on the test."""
    assert best_peer(VALIDATION, "opening", "auc") == "beta"
    assert best_peer(VALIDATION, "opening", "average_precision") == "alpha"
    assert best_peer(VALIDATION, "opening", "brier") == "alpha"


def test_a_landmark_without_a_figure_takes_the_mean_over_landmarks() -> None:
    """At half of the budget nobody has an AUC; over all landmarks beta's is the higher one."""
    assert best_peer(VALIDATION, "0.5", "auc") == "beta"
    assert best_peer(VALIDATION, "0.9", "brier") == "alpha"


def test_nobody_to_compare_with_is_an_error() -> None:
    """A validation without any peer says so."""
    with pytest.raises(ValueError, match="no peer has a auc"):
        best_peer({"opening": {"forewarn": _figures([0.7], [0.6], [0.2])}}, "opening", "auc")


def test_cells_compare_with_the_chosen_peer() -> None:
    """Before beta by AUC, within noise of alpha by AP, behind alpha by Brier score."""
    found = {cell.figure: cell for cell in cells("desk", TEST, VALIDATION)}
    assert [(c.peer, c.verdict) for c in found.values()] == [
        ("beta", "first"),
        ("alpha", "within noise"),
        ("alpha", "behind"),
    ]
    assert found["auc"].difference["value"] == pytest.approx(0.05)
    assert found["average_precision"].difference["value"] == pytest.approx(-0.05)
    assert (found["auc"].best, found["auc"].best_value) == ("alpha", 0.9)


def test_without_ours_there_is_no_cell() -> None:
    """A refused model is neither first nor behind."""
    others = {"opening": {"alpha": TEST["opening"]["alpha"]}}
    assert cells("desk", others, VALIDATION) == []
    assert np.isnan(share_first([]))


def test_the_share_counts_first_and_within_noise() -> None:
    """Two of the three cells."""
    assert share_first(cells("desk", TEST, VALIDATION)) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("value", "low", "high", "figure", "verdict"),
    [
        (0.0, -0.1, 0.1, "auc", "first"),
        (-0.02, -0.03, -0.01, "auc", "behind"),
        (-0.02, -0.03, 0.0, "average_precision", "within noise"),
        (0.02, 0.01, 0.03, "brier", "behind"),
        (0.02, -0.01, 0.03, "brier", "within noise"),
        (-0.02, -0.03, -0.01, "brier", "first"),
    ],
)
def test_a_verdict_needs_the_whole_interval(
    value: float, low: float, high: float, figure: str, verdict: str
) -> None:
    """Behind is only who is worse at every point of the interval; a low Brier score is good."""
    difference = {"value": value, "low": low, "high": high}
    assert judge_difference(difference, figure=figure) == verdict
