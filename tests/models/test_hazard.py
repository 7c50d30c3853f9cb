"""The time-to-event part: it learns how long clocks take, whatever their budgets are."""

import json

import numpy as np
import pytest

from models.hazard import HazardPart, fit_hazard
from models.lesson import Watched

NAMES = ("clock_remaining_hours", "clock_target_hours", "ticket_kind")
MEAN = {0.0: 5.0, 1.0: 20.0}
"""Mean hours until completion of the two kinds; exponential, so hazards are constant."""


def _clocks(n: int, *, budget: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A matrix of clocks just opened, and the hours that each will take."""
    draw = np.random.default_rng(seed)
    kind = draw.integers(0, 2, n).astype(float)
    hours = draw.exponential(np.where(kind == 0, MEAN[0.0], MEAN[1.0]))
    return np.column_stack([np.full(n, budget), np.full(n, budget), kind]), hours


def _fit(matrix: np.ndarray, watched: Watched) -> HazardPart:
    part = fit_hazard(matrix, watched, names=NAMES, seed=1)
    assert part is not None
    return part


@pytest.fixture(scope="module")
def part() -> HazardPart:
    """Learned from clocks with budgets of 16 hours, all watched to their end."""
    matrix, hours = _clocks(20_000, budget=16.0, seed=1)
    return _fit(matrix, Watched(hours, np.ones(len(hours), bool)))


def _breach(part: HazardPart, left: float, kind: float) -> float:
    odds = part.log_odds(np.array([[left, 16.0, kind]]))
    return float(1 / (1 + np.exp(-odds[0])))


@pytest.mark.parametrize(("kind", "expected"), [(0.0, 0.0408), (1.0, 0.4493)])
def test_it_learns_the_chance_of_taking_longer(
    part: HazardPart, kind: float, expected: float
) -> None:
    """exp(-16 / 5) = .0408 and exp(-16 / 20) = .4493."""
    assert _breach(part, 16.0, kind) == pytest.approx(expected, abs=0.03)


def test_it_survives_a_change_of_targets(part: HazardPart) -> None:
    """Asked about budgets of 8 hours, which it never saw: exp(-8 / 5) = .2019."""
    row = np.array([[8.0, 8.0, 0.0]])
    given = 1 / (1 + np.exp(-part.log_odds(row)[0]))
    assert given == pytest.approx(0.2019, abs=0.03)


def test_less_time_left_never_lowers_the_risk(part: HazardPart) -> None:
    """With the time that has run held, the risk only grows as the deadline comes near."""
    left = np.linspace(0.0, 30.0, 61)
    matrix = np.column_stack([left, left + 2.0, np.ones_like(left)])
    assert (np.diff(part.log_odds(matrix)) <= 0).all()


def test_what_is_still_open_teaches_too() -> None:
    """Clocks watched for 4 hours only: leaving out the open ones would halve the hours.

    The chance to take longer than 3 hours is exp(-3 / 20) = .8607 for the slow kind.
    """
    matrix, hours = _clocks(20_000, budget=16.0, seed=2)
    watched = Watched(np.minimum(hours, 4.0), hours <= 4.0)
    assert _breach(_fit(matrix, watched), 3.0, 1.0) == pytest.approx(0.8607, abs=0.02)
    ended = watched.completes
    short = _fit(matrix[ended], Watched(hours[ended], np.ones(int(ended.sum()), bool)))
    assert _breach(short, 3.0, 1.0) < 0.4


def test_kept_as_text_and_json_it_says_the_same(part: HazardPart) -> None:
    """To the last bit."""
    again = HazardPart.from_json(json.loads(json.dumps(part.to_json())), text=part.text)
    matrix, _ = _clocks(50, budget=16.0, seed=3)
    assert again == part
    np.testing.assert_array_equal(again.log_odds(matrix), part.log_odds(matrix))


def test_contributions_name_what_takes_long(part: HazardPart) -> None:
    """The kind speaks for the risk of the slow one and against that of the quick one."""
    added = part.contributions(np.array([[16.0, 16.0, 0.0], [16.0, 16.0, 1.0]]))
    assert added.shape == (2, 3)
    assert added[0, 2] < 0 < added[1, 2]


def test_without_a_budget_there_is_no_part() -> None:
    """Features that do not tell the time left cannot say what a breach is."""
    matrix, hours = _clocks(100, budget=16.0, seed=4)
    watched = Watched(hours, np.ones(100, bool))
    assert fit_hazard(matrix, watched, names=("a", "b", "c"), seed=1) is None


def test_no_rows_give_no_odds(part: HazardPart) -> None:
    """An empty desk is no error."""
    assert part.log_odds(np.empty((0, 3))).shape == (0,)
    assert part.contributions(np.empty((0, 3))).shape == (0, 3)
