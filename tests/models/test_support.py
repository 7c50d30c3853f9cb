import json

import numpy as np
import pandas as pd
import pytest

from forewarn.config import Config
from models.breach import fit_breach_model
from models.support import Support, learn_support

SUPPORT = Support(most=48.0, shares=(0.0, 0.5), rates=(0.25, 0.75))


def _features(budget: list[float], share: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"clock_target_hours": budget, "clock_elapsed_share": share})


def test_longer_budgets_are_not_covered() -> None:
    """48 hours were learned from, 49 were not; without a budget nothing speaks against it."""
    assert SUPPORT.covers(_features([4, 48, 49, np.nan], [0] * 4)).tolist() == [
        True,
        True,
        False,
        True,
    ]


def test_the_rate_is_that_of_the_share_that_has_passed() -> None:
    """Up to half of the budget a quarter breached, from there on three quarters."""
    given = SUPPORT.rate(_features([99] * 5, [0.0, 0.49, 0.5, 0.9, np.nan]))
    assert given.tolist() == [0.25, 0.25, 0.75, 0.75, 0.25]


def test_the_longest_budget_is_one_that_twenty_tickets_reach() -> None:
    """Nineteen tickets of 100 hours are too few, with them 30 hours are reached by twenty."""
    budget = [100.0] * 19 + [30.0] + [4.0] * 50
    support = learn_support(_features(budget, [0.0] * 70), np.zeros(70), np.arange(70))
    assert support is not None
    assert support.most == 30.0


def test_many_observations_of_one_ticket_count_once() -> None:
    """Forty rows of one ticket of 100 hours are one ticket."""
    budget = [100.0] * 40 + [4.0] * 30
    tickets = np.array([0] * 40 + list(range(1, 31)))
    support = learn_support(_features(budget, [0.0] * 70), np.zeros(70), tickets)
    assert support is not None
    assert support.most == 4.0


def test_rates_are_learned_by_share() -> None:
    """One of two breached at opening, both at half."""
    features = _features([4.0] * 4, [0.0, 0.001, 0.5, 0.501])
    support = learn_support(features, np.array([0.0, 1.0, 1.0, 1.0]), np.arange(4))
    assert support is not None
    assert support.shares == (0.0, 0.5)
    assert support.rates == (0.5, 1.0)


def test_without_the_budget_among_the_features_nothing_is_said() -> None:
    """A model that was not shown budgets cannot tell which are too long."""
    assert learn_support(pd.DataFrame({"other": [1.0]}), np.zeros(1), np.zeros(1, int)) is None


def test_a_model_answers_with_the_rate_beyond_its_support(planted, config: Config) -> None:
    """A promise of a year gets the breach rate, and says that it is not known."""
    features = planted.features.assign(clock_target_hours=8.0, clock_elapsed_share=0.0)
    model = fit_breach_model(features, planted.outcomes, metric="resolution", config=config, seed=1)
    rows = features.head(3).assign(clock_target_hours=[8.0, 8760.0, 8.0])
    assert model.is_known(rows).tolist() == [True, False, True]
    base = planted.outcomes["is_breached"].mean()
    assert model.probabilities(rows)[1] == pytest.approx(base)
    assert model.probabilities(rows)[0] == model.raw_probabilities(rows)[0]


def test_json_brings_the_support_back() -> None:
    """What is written reads back equal."""
    assert Support.from_json(json.loads(json.dumps(SUPPORT.to_json()))) == SUPPORT
