"""When outcomes count: after the deadline or at once, and never before they were known."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.history import History
from features.outcomes import Outcomes, read_outcomes
from forewarn.tables import Tables

Desk = Callable[..., Tables]
HistoryOf = Callable[..., History]
HOUR = 3_600_000_000
MONDAY = 1_772_409_600_000_000  # 2026-03-02T00:00Z
Row = tuple[float, int, int]


def rows_of(outcomes: Outcomes) -> list[Row]:
    """(hour since Monday, n, breached) of each row."""
    hours = (outcomes.at - MONDAY) / HOUR
    columns = (hours.round(6).tolist(), outcomes.n.astype(int).tolist(),
               outcomes.breached.astype(int).tolist())  # fmt: skip
    return list(zip(*columns, strict=True))


@pytest.fixture
def outcomes_of(desk: Desk, history_of: HistoryOf) -> Callable[..., tuple[list[Row], list[Row]]]:
    """Matured and decided outcomes of one ticket, opened at hour 0, to be solved within 10 h."""

    def read(
        *events: tuple[Any, ...], delay: float = 0.0, **ticket: Any
    ) -> tuple[list[Row], list[Row]]:
        later = ("OTHER", 500.0, {})  # moves the watermark
        tables = desk([("T", 0.0, ticket), later], [("T", *event) for event in events])
        history = history_of(tables)
        known_at = history.arrays["clock/known_at"]
        matured, decided = read_outcomes(
            history.timelines, observable_at=known_at + int(delay * HOUR) + 1
        )
        of_ticket = history.timelines.clock_ticket[matured.clock] == 1
        also = history.timelines.clock_ticket[decided.clock] == 1
        return rows_of(_only(matured, of_ticket)), rows_of(_only(decided, also))

    return read


def _only(outcomes: Outcomes, rows: np.ndarray) -> Outcomes:
    return Outcomes(
        outcomes.clock[rows], outcomes.at[rows], outcomes.n[rows], outcomes.breached[rows]
    )


OutcomesOf = Callable[..., tuple[list[Row], list[Row]]]


def test_a_kept_promise_matures_at_its_deadline(outcomes_of: OutcomesOf) -> None:
    """Solved at 3 of 10 h: decided at 3, matured at 10."""
    assert outcomes_of((3, "solved")) == ([(10.0, 1, 0)], [(3.0, 1, 0)])


def test_a_broken_promise_counts_from_the_breach(outcomes_of: OutcomesOf) -> None:
    """Solved at 12 of 10 h: broken at 10, by both."""
    assert outcomes_of((12, "solved")) == ([(10.0, 1, 1)], [(10.0, 1, 1)])


def test_an_open_clock_breaks_without_any_fact(outcomes_of: OutcomesOf) -> None:
    """Nothing ever happens to the ticket: broken at 10."""
    assert outcomes_of() == ([(10.0, 1, 1)], [(10.0, 1, 1)])


def test_a_pause_moves_the_deadline_once_it_is_known(outcomes_of: OutcomesOf) -> None:
    """On hold from 2 to 7: the deadline is 15, the solution at 8 matures then."""
    events = (
        (2, "status_changed", {"to_value": "pending"}),
        (7, "status_changed", {"to_value": "open"}),
        (8, "solved"),
    )
    assert outcomes_of(*events) == ([(15.0, 1, 0)], [(8.0, 1, 0)])


def test_a_clock_solved_on_hold_matures_as_if_it_resumed_then(outcomes_of: OutcomesOf) -> None:
    """On hold from 2, solved at 9: 8 h were left, so 17."""
    events = ((2, "status_changed", {"to_value": "pending"}), (9, "solved"))
    assert outcomes_of(*events) == ([(17.0, 1, 0)], [(9.0, 1, 0)])


def test_a_solution_known_late_corrects_the_breach_from_then_on(outcomes_of: OutcomesOf) -> None:
    """Solved at 9, known at 20: taken for broken from 10 to 20, met after."""
    matured, decided = outcomes_of((9, "solved", {"known": 20}))
    assert matured == decided == [(10.0, 1, 1), (20.0, -1, -1), (20.0, 1, 0)]


def test_a_pause_known_late_takes_the_breach_back(outcomes_of: OutcomesOf) -> None:
    """On hold from 2, known at 13: broken from 10 to 13, then open again."""
    matured, _ = outcomes_of((2, "status_changed", {"to_value": "pending", "known": 13}))
    assert matured == [(10.0, 1, 1), (13.0, -1, -1)]


def test_a_cancelled_clock_has_no_outcome(outcomes_of: OutcomesOf) -> None:
    """Merged at 5: neither met nor broken."""
    assert outcomes_of((5, "merged")) == ([], [])


def test_a_clock_that_was_over_before_it_could_be_observed_does_not_count(
    outcomes_of: OutcomesOf,
) -> None:
    """Known at 4 together with its solution; or solved within the opening delay."""
    assert outcomes_of((3, "solved", {"known": 4}), known=4) == ([], [])
    assert outcomes_of((0.5, "solved"), delay=1.0) == ([], [])
    assert outcomes_of((1.5, "solved"), delay=1.0) == ([(10.0, 1, 0)], [(1.5, 1, 0)])


def test_a_clock_that_was_broken_before_it_could_be_observed_does_not_count(
    outcomes_of: OutcomesOf,
) -> None:
    """Known at 11 of 10 h; at 9 it could still be observed."""
    assert outcomes_of((20, "solved"), known=11) == ([], [])
    assert outcomes_of((20, "solved"), known=9) == ([(10.0, 1, 1)], [(10.0, 1, 1)])
