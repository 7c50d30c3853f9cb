"""The table of figures from a small scored test set."""

import numpy as np
import pandas as pd
import pytest

from models.evaluation_scored import OURS, Scored, scored
from models.evaluation_tables import (
    best_baselines,
    landmark_names,
    margins,
    replicate_table,
    tables,
)


def small() -> Scored:
    """Four tickets at opening, two at half; one undecided row that must not count."""
    rows = pd.DataFrame(
        {
            "ticket": [1, 2, 3, 4, 1, 2, 5],
            "clock": [1, 2, 3, 4, 1, 2, 5],
            "landmark": ["opening"] * 4 + ["0.5"] * 2 + ["opening"],
            "is_breached": [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, np.nan],
        }
    )
    ours = [np.array([0.9, 0.1, 0.4, 0.4, 0.8, 0.2, 0.5])] * 2
    prior = [np.array([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5])]
    hours = [np.array([1.0, 2.0, 3.0, 4.0, 2.0, 1.0, 0.0])]
    return scored(
        rows,
        {OURS: ours, "prior": prior, "time_left": hours},
        probabilities=frozenset({OURS, "prior"}),
        resamples=50,
        seed=1,
    )


def test_landmarks_stand_in_the_order_of_the_budget() -> None:
    """Opening first, then by share, not by spelling."""
    rows = pd.DataFrame({"landmark": ["0.9", "0.25", "opening", "0.5"]})
    assert landmark_names(rows) == ["opening", "0.25", "0.5", "0.9"]


def test_each_landmark_has_its_base_rate_and_all_models() -> None:
    """Opening: two of four breach; ours has three pairs right and one tied, 3.5 / 4."""
    test = small()
    found = tables(test, replicate_table(test))
    opening = found["landmarks"]["opening"]
    assert (opening["n"], opening["n_tickets"]) == (4, 4)
    assert opening["base_rate"]["value"] == 0.5
    assert opening["models"][OURS]["auc"]["value"] == 0.875
    assert opening["models"]["time_left"]["auc"]["value"] == 0.25
    assert found["all_observations"]["n"] == 6


def test_the_macro_average_weighs_landmarks_alike() -> None:
    """(.875 + 1) / 2, whatever the number of observations."""
    test = small()
    found = tables(test, replicate_table(test))
    assert found["macro"]["models"][OURS]["auc"]["value"] == pytest.approx(0.9375)


def test_an_order_has_no_brier_and_few_rows_no_calibration_error() -> None:
    """Time left is no probability; six rows are too few for a calibration error."""
    test = small()
    models = tables(test, replicate_table(test))["all_observations"]["models"]
    assert models["time_left"]["brier"]["value"] is None
    assert models["prior"]["brier"]["value"] == 0.25
    assert models[OURS]["ece"]["value"] is None


def test_reliability_has_the_bins_of_ours() -> None:
    """Opening: one row of .1, two tied at .4 (one breached), one of .9."""
    test = small()
    rows = tables(test, replicate_table(test))["landmarks"]["opening"]["reliability"]
    assert [r["n"] for r in rows] == [1, 2, 1]
    assert [r["breach_share"] for r in rows] == [0.0, 0.5, 1.0]


def test_margins_are_taken_against_the_named_baseline() -> None:
    """Macro AUC .9375 against time left's (.25 + 1) / 2."""
    test = small()
    table = replicate_table(test)
    found = margins(table, over={"auc": "time_left"})
    assert found["auc"]["over"] == "time_left"
    assert found["auc"]["value"] == pytest.approx(0.3125)
    assert list(found) == ["auc"]


def test_the_best_baseline_is_found_per_figure() -> None:
    """Time left ranks best; only the prior has a Brier score."""
    found = best_baselines(replicate_table(small()))
    assert found == {"auc": "time_left", "average_precision": "time_left", "brier": "prior"}
    assert best_baselines(replicate_table(small()), among="_rate_") == {}


def test_a_perfect_margin_has_a_positive_lower_end() -> None:
    """Paired resamples: ours right everywhere, the baseline wrong everywhere."""
    truth = np.tile([0.0, 1.0], 50)
    rows = pd.DataFrame({"ticket": range(100), "landmark": "opening", "is_breached": truth})
    test = scored(
        rows,
        {OURS: [truth], "time_left": [-truth]},
        probabilities=frozenset({OURS}),
        resamples=50,
        seed=1,
    )
    margin = margins(replicate_table(test), over={"auc": "time_left"})["auc"]
    assert (margin["value"], margin["low"], margin["high"]) == (1.0, 1.0, 1.0)
