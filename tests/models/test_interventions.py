"""Treated tickets are found in the log, and weigh what their propensity or the setting says."""

import pandas as pd
import pytest

from forewarn.config.watching import InterventionsConfig
from models.interventions import NOTHING_LOGGED, Logged, mark_treated, treated_share

SETTINGS = InterventionsConfig()
NINE = pd.Timestamp("2026-03-02T09:00Z")
HOUR = pd.Timedelta(hours=1)


def outcomes_of(*breached: float) -> pd.DataFrame:
    """One clock per ticket T0, T1, ..., known two days after nine; NaN is undecided."""
    n = len(breached)
    return pd.DataFrame(
        {
            "ticket_id": [f"T{i}" for i in range(n)],
            "metric": "resolution",
            "cycle": 1,
            "clock": range(n),
            "is_breached": breached,
            "is_censored": pd.isna(list(breached)),
            "label_known_at": NINE + 48 * HOUR,
        }
    )


def logged(
    scores: list[tuple[str, float, str | None, float]], actions: list[tuple[str, float]]
) -> Logged:
    """Scores at nine (ticket, probability, arm, propensity), actions hours after nine."""
    rows = pd.DataFrame(scores, columns=["ticket_id", "probability", "arm", "propensity"])
    return Logged(
        rows.assign(metric="resolution", cycle=1, as_of=NINE),
        pd.DataFrame([(t, NINE + h * HOUR) for t, h in actions], columns=["ticket_id", "acted_at"]),
    )


@pytest.mark.parametrize(
    ("score", "hours", "breached", "treated"),
    [
        (0.8, 2, 0.0, True),  # warned of, acted upon, met
        (0.8, 2, 1.0, False),  # acted upon in vain: as breached as any other
        (0.4, 2, 0.0, False),  # nobody was warned
        (0.8, -1, 0.0, False),  # acted upon before the warning
        (0.8, 25, 0.0, False),  # more than a day later: not due to it
    ],
)
def test_who_is_treated(score: float, hours: float, breached: float, *, treated: bool) -> None:
    """A warning, an action soon after it, and a promise that was kept."""
    log = logged([("T0", score, None, float("nan"))], [("T0", hours)])
    marked = mark_treated(outcomes_of(breached), log, settings=SETTINGS)
    assert marked["is_treated"].tolist() == [treated]
    assert marked["treatment_weight"].tolist() == [0.3 if treated else 1.0]


def test_an_action_after_the_end_saves_nothing() -> None:
    """The label was known before anybody acted."""
    log = logged([("T0", 0.8, None, float("nan"))], [("T0", 5)])
    outcomes = outcomes_of(0.0).assign(label_known_at=NINE + 4 * HOUR)
    assert mark_treated(outcomes, log, settings=SETTINGS)["treatment_weight"].tolist() == [1.0]


def test_lotteries_weigh_by_the_inverse_of_their_propensity() -> None:
    """At a chance of .75, those left weigh four, those acted upon nothing, whatever came."""
    log = logged(
        [("T0", 0.8, "act", 0.75), ("T1", 0.8, "wait", 0.75), ("T2", 0.8, "wait", 0.99)],
        [("T0", 1)],
    )
    marked = mark_treated(outcomes_of(1.0, 1.0, 0.0, 0.0), log, settings=SETTINGS)
    assert marked["treatment_weight"].tolist() == pytest.approx([0.0, 4.0, 10.0, 1.0])


def test_the_share_of_treated_clocks_is_told() -> None:
    """One of two decided clocks; the undecided one does not count."""
    log = logged([("T0", 0.8, None, float("nan"))], [("T0", 2)])
    marked = mark_treated(outcomes_of(0.0, 0.0, float("nan")), log, settings=SETTINGS)
    assert treated_share(marked) == 0.5


def test_without_a_log_nothing_changes() -> None:
    """Every clock weighs as it did."""
    marked = mark_treated(outcomes_of(0.0, 1.0), NOTHING_LOGGED, settings=SETTINGS)
    assert marked["treatment_weight"].tolist() == [1.0, 1.0]
    assert not marked["is_treated"].any()
