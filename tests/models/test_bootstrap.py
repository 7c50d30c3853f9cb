"""Intervals by bootstrap over tickets."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from models.bootstrap import interval, mean_over, ratio, resample_tickets, statistics
from models.metrics import expected_calibration_error

RANDOM = np.random.default_rng(3)
TICKETS = np.repeat(np.arange(40), 3)
TRUTH = (RANDOM.random(120) < 0.4).astype(float)
SCORE = np.round(0.3 * TRUTH + 0.7 * RANDOM.random(120), 2)


def test_first_row_is_the_data_itself() -> None:
    """Resample 0 counts every ticket once, so its figures are the plain ones."""
    resamples = resample_tickets(40, resamples=50, seed=1)
    figures = statistics(TRUTH, SCORE, tickets=TICKETS, resamples=resamples)[0]
    assert figures[0] == pytest.approx(roc_auc_score(TRUTH, SCORE))
    assert figures[3] == pytest.approx(expected_calibration_error(TRUTH, SCORE))


def test_each_resample_repeats_whole_tickets() -> None:
    """A weighted pass equals scikit-learn on the rows of the tickets drawn, repeated."""
    resamples = resample_tickets(40, resamples=50, seed=1)
    figures = statistics(TRUTH, SCORE, tickets=TICKETS, resamples=resamples)
    for b in (1, 17, 50):
        repeats = resamples.counts[b, TICKETS]
        truth, score = np.repeat(TRUTH, repeats), np.repeat(SCORE, repeats)
        assert figures[b, 0] == pytest.approx(roc_auc_score(truth, score))
        assert figures[b, 1] == pytest.approx(average_precision_score(truth, score))


def test_resamples_draw_as_many_tickets_as_there_are() -> None:
    """Every resample's counts add up to the number of tickets."""
    resamples = resample_tickets(40, resamples=50, seed=1)
    assert (resamples.counts.sum(axis=1, dtype=int) == 40).all()


def test_same_seed_same_interval() -> None:
    """Intervals are reproducible to the last bit."""
    first, second = (
        statistics(
            TRUTH, SCORE, tickets=TICKETS, resamples=resample_tickets(40, resamples=99, seed=5)
        )
        for _ in range(2)
    )
    assert np.array_equal(first, second)


def test_interval_of_a_share_is_near_the_normal_one() -> None:
    """Half of 400 single tickets: 0.5 with a standard error of 0.025."""
    truth = np.tile([0.0, 1.0], 200)
    resamples = resample_tickets(400, resamples=2000, seed=1)
    found = interval(ratio(truth, np.ones(400), tickets=np.arange(400), resamples=resamples))
    assert found["value"] == 0.5
    assert found["low"] == pytest.approx(0.451, abs=0.006)
    assert found["high"] == pytest.approx(0.549, abs=0.006)


def test_observations_of_one_ticket_do_not_narrow_the_interval() -> None:
    """Ten copies of each observation tell no more than one: the interval stays."""
    truth = np.tile([0.0, 1.0], 100)
    resamples = resample_tickets(200, resamples=200, seed=1)
    once = ratio(truth, np.ones(200), tickets=np.arange(200), resamples=resamples)
    copies = np.repeat(np.arange(200), 10)
    ten = ratio(truth[copies], np.ones(2000), tickets=copies, resamples=resamples)
    assert interval(once) == pytest.approx(interval(ten))


def test_a_figure_that_cannot_be_given_is_null() -> None:
    """One class has no AUC; the interval says so instead of inventing one."""
    resamples = resample_tickets(3, resamples=50, seed=1)
    figures = statistics([1, 1, 1], [0.1, 0.2, 0.3], tickets=[0, 1, 2], resamples=resamples)
    assert interval(figures[:, 0]) == {"value": None, "low": None, "high": None}
    empty = ratio([], [], tickets=[], resamples=resamples)
    assert interval(empty)["value"] is None


def test_means_pair_resamples() -> None:
    """The mean over landmarks is taken resample by resample; absent ones are left out."""
    a, b, none = np.array([0.5, 0.25]), np.array([1.0, 0.75]), np.array([np.nan, np.nan])
    assert mean_over([a, b, none]).tolist() == [0.75, 0.5]
    assert np.isnan(mean_over([none])[0])
    assert np.isnan(mean_over([])[0])
