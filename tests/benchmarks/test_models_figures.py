"""The figures that have goals, from tables written by hand."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from benchmarks.models_cells import Cell
from benchmarks.models_figures import (
    GOALS,
    early_over_rule,
    figures_of,
    margin_low,
    read,
    worst_ece,
)
from models.metrics import Floats

NAN = np.nan
Models = dict[str, Floats]


def _row(auc: float, precision: float, brier: float, ece: float = NAN) -> Floats:
    """The value and two resamples that agree with it."""
    return np.tile([auc, precision, brier, ece], (3, 1))


def _ours(auc: float, precision: float, brier: float, ece: float = NAN) -> Models:
    return {"forewarn": _row(auc, precision, brier, ece)}


TABLE = {
    "opening": _ours(0.87, 0.77, 0.16, 0.02),
    "0.5": _ours(0.81, 0.95, 0.10, 0.04),
    "0.9": _ours(0.75, 0.98, 0.05),
    "all": _ours(0.90, 0.97, 0.11, 0.09),
}


def _cell(verdict: str) -> Cell:
    zero: dict[str, float | None] = {"value": 0.0, "low": 0.0, "high": 0.0}
    return Cell("x", "opening", "auc", "p", 0.5, 0.5, zero, verdict, "p", 0.5)  # type: ignore[arg-type]


def _result(table: Any, *, verdicts: tuple[str, ...] = (), rules: Any = ()) -> Any:
    return SimpleNamespace(
        table=table,
        cells=[_cell(verdict) for verdict in verdicts],
        rules=rules,
        has_ours="forewarn" in table["all"],
    )


def test_a_figure_is_read_where_it_stands() -> None:
    """At a landmark, over all observations, and as the mean over landmarks."""
    assert read(TABLE, "0.5", "auc") == 0.81
    assert read(TABLE, "all", "brier") == 0.11
    assert read(TABLE, "macro", "auc") == pytest.approx((0.87 + 0.81 + 0.75) / 3)


def test_the_worst_calibration_is_that_of_a_landmark() -> None:
    """Neither the pooled one nor that of a landmark with too few observations counts."""
    assert worst_ece([TABLE, {"opening": _ours(0.8, 0.8, 0.2, 0.03), "all": TABLE["all"]}]) == 0.04
    assert np.isnan(worst_ece([{"0.9": TABLE["0.9"], "all": TABLE["all"]}]))


def test_the_margin_is_taken_over_the_best_rate() -> None:
    """AP .70 with resamples .69 and .71 less the better rate's .65: at least .04, nearly."""
    ours = np.array([[NAN, 0.70, NAN, NAN], [NAN, 0.69, NAN, NAN], [NAN, 0.71, NAN, NAN]])
    rates = {
        "group_rate_known": _row(NAN, 0.65, NAN),
        "type_rate_matured": _row(NAN, 0.60, NAN),
        "random forest": _row(NAN, 0.80, NAN),
    }
    table = {"opening": {"forewarn": ours, **rates}, "all": {"forewarn": ours, **rates}}
    assert margin_low(table) == pytest.approx(0.0405)


def test_the_ratio_is_that_of_the_rule_at_75_percent() -> None:
    """Other rules stand beside it and are not taken."""
    rules = tuple(
        {"share": share, "early_precision_over_rule": {"value": value}}
        for share, value in ((0.5, 0.99), (0.75, 0.91), (0.9, 0.85))
    )
    assert early_over_rule(rules) == 0.91


def test_figures_of_all_data_sets() -> None:
    """Each figure comes from its data set; cells of all of them count alike."""
    rules = ({"share": 0.75, "early_precision_over_rule": {"value": 0.96}},)
    boston = {
        "opening": {**_ours(0.88, 0.75, 0.12, 0.05), "group_rate_known": _row(0.86, 0.70, 0.13)},
    }
    boston["all"] = boston["opening"]
    made_sla = {"opening": _ours(0.83, 0.6, 0.15), "4h": _ours(0.77, 0.7, 0.2)}
    made_sla["all"] = _ours(0.8, 0.7, 0.2)
    demo = {"opening": _ours(0.9, 0.8, 0.1, 0.03), "all": _ours(0.9, 0.8, 0.1)}
    found = figures_of(
        {
            "UCI policy": _result(TABLE, verdicts=("first", "behind"), rules=rules),
            "UCI made_sla": _result(made_sla),
            "Boston": _result(boston, verdicts=("within noise",)),
            "demo resolution": _result(demo, verdicts=("first",)),
        }
    )
    assert found == pytest.approx(
        {
            "uci_policy_auc_open": 0.87,
            "uci_policy_ap_open": 0.77,
            "uci_policy_auc_50": 0.81,
            "uci_policy_brier": 0.11,
            "uci_made_sla_auc_first": 0.83,
            "uci_made_sla_auc_macro": 0.80,
            "boston_auc_open": 0.88,
            "boston_ap_open": 0.75,
            "boston_margin_low": 0.05,
            "cells_first_share": 0.75,
            "ece_max_demo": 0.03,
            "ece_max_real": 0.05,
            "precision_early_vs_75_rule": 0.96,
        }
    )
    assert {*found, "train_overhead_seconds"} == set(GOALS)


def test_what_was_not_measured_has_no_figure() -> None:
    """Without the public logs, or where ours was refused, figures are missing, not zero."""
    refused = {"opening": {"prior": _row(0.5, 0.3, 0.2)}, "all": {"prior": _row(0.5, 0.3, 0.2)}}
    assert figures_of({"UCI policy": _result(refused)}) == {}
