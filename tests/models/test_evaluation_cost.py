"""Net cost of acting on predictions."""

import numpy as np
import pandas as pd
import pytest

from models.evaluation_cost import best_threshold, cost_grid, net_cost
from models.evaluation_scored import OURS, Scored, scored


def test_net_cost_of_hand_worked_decisions() -> None:
    """A breach halved for .1, a breach left alone, a kept promise acted on: (.6 + 1 + .1) / 3."""
    truth, acted = np.array([1.0, 1.0, 0.0]), np.array([True, False, True])
    assert net_cost(truth, acted, cost=0.1, effect=0.5) == pytest.approx(1.7 / 3)


def test_the_threshold_acts_while_it_pays() -> None:
    """Breaches at 1 and 2 h left, promises kept at 3 and 4: act up to 2 h."""
    remaining, truth = np.array([3.0, 1.0, 4.0, 2.0]), np.array([0.0, 1.0, 0.0, 1.0])
    assert best_threshold(remaining, truth, cost=0.1, effect=0.5) == 2.0


def test_equal_times_are_acted_on_together() -> None:
    """One breach among ten rows of the same time left does not pay for all ten."""
    truth = np.array([1.0] + [0.0] * 9)
    assert best_threshold(np.ones(10), truth, cost=0.2, effect=1.0) == -np.inf
    assert best_threshold(np.array([]), np.array([]), cost=0.2, effect=1.0) == -np.inf


def window(ours: np.ndarray, truth: np.ndarray) -> tuple[Scored, pd.DataFrame]:
    """Rows at opening whose time left says nothing."""
    rows = pd.DataFrame(
        {
            "ticket": range(truth.size),
            "landmark": "opening",
            "remaining_seconds": 3600.0,
            "is_breached": truth,
        }
    )
    rates = {OURS: [ours], "group_rate_matured": [np.full(truth.size, truth.mean())]}
    test = scored(rows, rates, probabilities=frozenset(rates), resamples=50, seed=1)
    return test, rows


def test_a_perfect_prediction_wins_every_cell() -> None:
    """Acting on breaches only is cheaper than never, always, time left and the group's rate."""
    truth = np.tile([1.0, 0.0], 50)
    found = cost_grid(*window(truth, truth))
    assert found["share_won"] == 1.0
    assert found["n_cells"] == len(found["cells"]) == 23


def test_the_prior_ties_with_the_best_simple_policy() -> None:
    """A model that says the same of all tickets is never or always: no cell is won."""
    truth = np.tile([1.0, 0.0], 50)
    found = cost_grid(*window(np.full(100, 0.5), truth))
    assert found["n_won"] == 0
    assert found["n_tied"] == found["n_cells"]


def test_a_wrong_prediction_loses() -> None:
    """Acting on the kept promises only costs more than doing nothing."""
    truth = np.tile([1.0, 0.0], 50)
    results = {c["result"] for c in cost_grid(*window(1 - truth, truth))["cells"]}
    assert results == {"lost"}
