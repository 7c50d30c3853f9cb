"""Alerts at the volume of a rule: hand-worked precision, recall and lead time."""

import numpy as np
import pandas as pd
import pytest

from models.evaluation_rules import first_alerts, rule_comparison
from models.evaluation_scored import OURS, scored

BREACHED = {1: 1.0, 2: 0.0, 3: 1.0, 4: 0.0}


def rows(landmark: str, share: float, *clocks: int) -> pd.DataFrame:
    """Observations of clocks with a budget of ten hours."""
    return pd.DataFrame(
        {
            "ticket": clocks,
            "clock": clocks,
            "landmark": landmark,
            "as_of": share,
            "share_elapsed": share,
            "remaining_seconds": 36_000.0 * (1 - share),
            "is_breached": [BREACHED[c] for c in clocks],
        }
    )


def test_a_clock_is_alerted_when_it_first_reaches_the_threshold() -> None:
    """Clocks 2 (.9) and 1 (.7) are the riskiest two; clock 1 passes .7 only at its second row."""
    observed = pd.concat([rows("opening", 0.0, 1, 2, 3), rows("0.25", 0.25, 1, 2)])
    score = np.array([0.2, 0.8, 0.6, 0.7, 0.9])
    alerts = first_alerts(observed, score, volume=2)
    assert alerts["clock"].tolist() == [1, 2]
    assert alerts["landmark"].tolist() == ["0.25", "opening"]


def test_no_volume_no_alert() -> None:
    """A rule that never alerts is compared with nothing."""
    assert first_alerts(rows("opening", 0.0, 1), np.array([0.9]), volume=0).empty


def test_a_rule_and_our_early_alerts_at_its_volume() -> None:
    """The 75 % rule alerts 1, 2 and 3: precision 2/3 with 2.5 h left; ours at opening 1, 3, 4."""
    test = scored(
        rows("opening", 0.0, 1, 2, 3, 4),
        {OURS: [np.array([0.9, 0.1, 0.8, 0.7])]},
        probabilities=frozenset({OURS}),
        resamples=50,
        seed=1,
    )
    rules = pd.concat([rows("0.75", 0.75, 1, 2, 3), rows("0.5", 0.5, 1, 2, 3, 4)])
    half, late, *_ = rule_comparison(test, rules, seed=1)
    assert (late["share"], late["volume"]) == (0.75, 3)
    assert late["rule"]["precision"]["value"] == pytest.approx(2 / 3)
    assert late["rule"]["recall"]["value"] == 1.0
    assert late["rule"]["lead_hours_median"] == 2.5
    assert late["early"]["precision"]["value"] == pytest.approx(2 / 3)
    assert late["early"]["lead_hours_median"] == 10.0
    assert late["early"]["lead_share_median"] == 1.0
    assert late["early"]["alerts_per_true_breach"] == pytest.approx(1.5)
    assert late["early_precision_over_rule"]["value"] == pytest.approx(1.0)
    assert late["early_lead_over_rule"] == 4.0
    assert half["volume"] == 4


def test_a_rule_without_observations_gives_nulls() -> None:
    """No clock reaches 90 % of its budget: nothing to compare, no error."""
    test = scored(
        rows("opening", 0.0, 1, 2),
        {OURS: [np.array([0.9, 0.1])]},
        probabilities=frozenset({OURS}),
        resamples=50,
        seed=1,
    )
    found = rule_comparison(test, rows("0.5", 0.5, 1), seed=1)[-1]
    assert found["volume"] == 0
    assert found["rule"]["precision"]["value"] is None
    assert found["early"]["lead_hours_median"] is None
    assert found["early_lead_over_rule"] is None
