"""The figures of part ``models`` that have goals, each from the results of the data sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.models_answers import Answers
from benchmarks.models_cells import Cell, Table, share_first
from benchmarks.models_problems import MADE_SLA
from benchmarks.record import Goal
from models.bootstrap import interval
from models.evaluation_scored import OURS, Scored
from models.evaluation_tables import best_baselines, macro
from models.metrics import STATISTICS

UCI, BOSTON, DEMO = "UCI policy", "Boston", "demo"
GOALS = {
    "uci_policy_auc_open": Goal(">=", 0.870),
    "uci_policy_ap_open": Goal(">=", 0.770),
    "uci_policy_auc_50": Goal(">=", 0.800),
    "uci_policy_brier": Goal("<=", 0.112),
    "uci_made_sla_auc_first": Goal(">=", 0.830),
    "uci_made_sla_auc_macro": Goal(">=", 0.780),
    "boston_auc_open": Goal(">=", 0.880),
    "boston_ap_open": Goal(">=", 0.745),
    "boston_margin_low": Goal(">", 0),
    "cells_first_share": Goal(">=", 0.9),
    "ece_max_demo": Goal("<=", 0.03),
    "ece_max_real": Goal("<=", 0.05),
    "precision_early_vs_75_rule": Goal(">=", 0.95),
    "train_overhead_seconds": Goal("<=", 30),
}
_READ = {
    "uci_policy_auc_open": (UCI, "opening", "auc"),
    "uci_policy_ap_open": (UCI, "opening", "average_precision"),
    "uci_policy_auc_50": (UCI, "0.5", "auc"),
    "uci_policy_brier": (UCI, "all", "brier"),
    "uci_made_sla_auc_first": (MADE_SLA, "opening", "auc"),
    "uci_made_sla_auc_macro": (MADE_SLA, "macro", "auc"),
    "boston_auc_open": (BOSTON, "opening", "auc"),
    "boston_ap_open": (BOSTON, "opening", "average_precision"),
}
"""Figures that are read off a table: data set, landmark, figure."""
RULE = 0.75


@dataclass(frozen=True)
class Result:
    """One data set, judged. ``chance_auc``: macro, ours on a split by chance; None if refused.

    ``rules``: as of ``rule_comparison``, empty where there is no deadline or no model.
    """

    name: str
    about: Mapping[str, Any]
    answers: Answers
    test: Scored
    table: Table
    cells: tuple[Cell, ...]
    rules: tuple[Mapping[str, Any], ...]
    chance_auc: float | None

    @property
    def has_ours(self) -> bool:
        return OURS in self.table["all"]


def figures_of(results: Mapping[str, Result]) -> dict[str, float]:
    """All but the training's overhead; those of data sets that were not measured are left out."""
    judged = {name: result for name, result in results.items() if result.has_ours}
    found = {
        figure: read(judged[name].table, landmark, statistic)
        for figure, (name, landmark, statistic) in _READ.items()
        if name in judged
    }
    if BOSTON in judged:
        found["boston_margin_low"] = margin_low(judged[BOSTON].table)
    if judged:
        every = [cell for result in judged.values() for cell in result.cells]
        found["cells_first_share"] = share_first(every)
    demo = [r.table for name, r in judged.items() if name.startswith(DEMO)]
    real = [r.table for name, r in judged.items() if not name.startswith(DEMO)]
    found |= {
        f"ece_max_{kind}": worst_ece(tables)
        for kind, tables in (("demo", demo), ("real", real))
        if tables
    }
    if UCI in judged and judged[UCI].rules:
        found["precision_early_vs_75_rule"] = early_over_rule(judged[UCI].rules)
    return found


def read(table: Table, landmark: str, figure: str, *, model: str = OURS) -> float:
    """A model's figure at a landmark, over all observations, or the mean over landmarks."""
    at = macro(table) if landmark == "macro" else table[landmark]
    return float(at[model][0, STATISTICS.index(figure)])


def margin_low(table: Table) -> float:
    """Lower end of the interval of our average precision less that of the best as-of rate."""
    figure = "average_precision"
    best = best_baselines(table, among="_rate_")[figure]
    means, i = macro(table), STATISTICS.index(figure)
    low = interval(means[OURS][:, i] - means[best][:, i])["low"]
    return float("nan") if low is None else low


def worst_ece(tables: list[Table]) -> float:
    """Our largest calibration error at a landmark that has enough observations for one."""
    errors = [
        read(table, landmark, "ece") for table in tables for landmark in table if landmark != "all"
    ]
    return float(np.nanmax(errors)) if np.isfinite(errors).any() else float("nan")


def early_over_rule(rules: tuple[Mapping[str, Any], ...]) -> float:
    """Precision of our early alerts over that of the rule at 75 % of the budget."""
    (rule,) = (r for r in rules if r["share"] == RULE)
    value = rule["early_precision_over_rule"]["value"]
    return float("nan") if value is None else float(value)
