"""Figures of merit: hand-worked values, and agreement with scikit-learn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from models.metrics import (
    average_precision,
    brier_score,
    expected_calibration_error,
    mean_absolute_change,
    reliability_table,
    roc_auc,
    top,
    top_shares,
)

rows = st.lists(
    st.tuples(st.booleans(), st.integers(0, 8), st.integers(0, 3)), min_size=4, max_size=60
)


def test_auc_counts_pairs_in_the_right_order_and_ties_as_half() -> None:
    """Of four pairs, two are right, one is tied and one is wrong: 2.5 / 4."""
    assert roc_auc([1, 1, 0, 0], [0.9, 0.3, 0.5, 0.3]) == 0.625


def test_average_precision_of_a_hand_worked_ranking() -> None:
    """Breaches at places 1 and 3 of four: (1/1 + 2/3) / 2."""
    assert average_precision([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]) == pytest.approx(5 / 6)


def test_average_precision_takes_tied_scores_as_one_threshold() -> None:
    """One score for all gives the base rate, whatever the order of the rows."""
    assert average_precision([1, 0, 0, 0], [0.5] * 4) == 0.25
    assert average_precision([0, 0, 0, 1], [0.5] * 4) == 0.25


def test_brier_score_is_the_mean_squared_distance() -> None:
    """(0.2² + 0.4²) / 2."""
    assert brier_score([1, 0], [0.8, 0.4]) == pytest.approx(0.1)


def test_calibration_error_weighs_each_bin_by_its_mass() -> None:
    """Two bins of two: |0.5 - 0.25| and |1 - 0.75|, half the mass each."""
    error = expected_calibration_error([0, 1, 1, 1], [0.2, 0.3, 0.7, 0.8], bins=2)
    assert error == pytest.approx(0.25)


def test_a_constant_prediction_falls_into_one_bin() -> None:
    """The prior is calibrated where it equals the base rate, in whatever order rows come."""
    truth = [1] * 30 + [0] * 70
    assert expected_calibration_error(truth, [0.3] * 100) == pytest.approx(0.0)


def test_reliability_table_has_one_row_per_filled_bin() -> None:
    """Ten probabilities over two bins: means and breach shares per half."""
    table = reliability_table([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.3, 0.6, 0.7, 0.8], bins=2)
    assert table["n"].tolist() == [3, 3]
    assert table["mean_probability"].tolist() == pytest.approx([0.2, 0.7])
    assert table["breach_share"].tolist() == pytest.approx([1 / 3, 2 / 3])


@pytest.mark.parametrize("truth", [[1.0, 1.0], [0.0, 0.0]])
def test_one_class_has_no_auc(truth: list[float]) -> None:
    """Without both classes there is nothing to tell apart: NaN, not an error."""
    assert np.isnan(roc_auc(truth, [0.1, 0.9]))


def test_nothing_gives_nan() -> None:
    """No observation, no figure."""
    assert np.isnan(brier_score([], []))
    assert np.isnan(expected_calibration_error([], []))
    assert reliability_table([], []).empty


def test_top_prefers_the_earlier_of_equal_rows() -> None:
    """Ties are broken by the order of the rows, so that a selection is reproducible."""
    assert top([0.5, 0.9, 0.5, 0.5], k=2).tolist() == [True, True, False, False]
    assert top([0.5], k=3).tolist() == [True]


def test_top_shares_draw_ties_by_lot() -> None:
    """One place is left for the three rows at .5; k beyond the rows takes all of them."""
    assert top_shares([0.5, 0.9, 0.5, 0.5], k=2).tolist() == pytest.approx([1 / 3, 1, 1 / 3, 1 / 3])
    assert top_shares([0.5, 0.9], k=5).tolist() == [1.0, 1.0]
    assert top_shares([0.5], k=0).tolist() == [0.0]


def test_stability_compares_successive_scores_of_one_clock_only() -> None:
    """Clock 1 moves by .2 and .4 in the order of time; clock 2 is scored once."""
    change = mean_absolute_change([1, 2, 1, 1], [30, 5, 10, 20], [0.7, 0.9, 0.5, 0.3])
    assert change == pytest.approx(0.3)
    assert np.isnan(mean_absolute_change([1, 2], [1, 1], [0.1, 0.2]))


@settings(deadline=None)  # the first call compiles
@given(rows)
def test_weighted_figures_equal_scikit_learn(drawn: list[tuple[bool, int, int]]) -> None:
    """AUC, average precision and Brier agree with scikit-learn, with weights and ties."""
    truth = np.array([1.0, 0.0] + [float(y) for y, _, _ in drawn])
    score = np.array([0.5, 0.5] + [s / 8 for _, s, _ in drawn])
    weights = np.array([1.0, 1.0] + [float(w) for _, _, w in drawn])
    assert roc_auc(truth, score, weights=weights) == pytest.approx(
        roc_auc_score(truth, score, sample_weight=weights)
    )
    assert average_precision(truth, score, weights=weights) == pytest.approx(
        average_precision_score(truth, score, sample_weight=weights)
    )
    assert brier_score(truth, score, weights=weights) == pytest.approx(
        brier_score_loss(truth, score, sample_weight=weights)
    )


@settings(deadline=None)  # the first call compiles
@given(rows)
def test_whole_weights_are_repetitions(drawn: list[tuple[bool, int, int]]) -> None:
    """A weight of three is the row three times, for the calibration error too."""
    truth = np.array([float(y) for y, _, _ in drawn])
    score = np.array([s / 8 for _, s, _ in drawn])
    weights = np.array([w for _, _, w in drawn]) + 1
    repeated = expected_calibration_error(np.repeat(truth, weights), np.repeat(score, weights))
    assert expected_calibration_error(truth, score, weights=weights) == pytest.approx(repeated)
