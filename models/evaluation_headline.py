"""What stands only beside the headline window: alerts, snapshots, cost, slices, flattery."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from features.history import History
from forewarn.config import Config
from forewarn.errors import ModelError
from forewarn.progress import Progress
from models.breach import BreachModel
from models.evaluation_cost import cost_grid
from models.evaluation_data import Observed, observe_rules, observe_snapshots
from models.evaluation_lessons import Chance
from models.evaluation_rules import RULE_SHARES, rule_comparison
from models.evaluation_scored import OURS, Scored
from models.evaluation_slices import slice_figures
from models.evaluation_snapshots import snapshot_figures, snapshot_instants
from models.evaluation_tables import Replicates, best_baselines, margins
from models.evaluation_window import RESAMPLING_SEED, Fitted, opened_in, score_rows, take
from models.metrics import mean_absolute_change, roc_auc

SLICED = ("priority", "group", "channel", "tier")


def headline_extras(
    history: History,
    config: Config,
    *,
    observed: Observed,
    fitted: Fitted,
    test: Scored,
    table: Mapping[str, Replicates],
    before: Mapping[str, Replicates] | None,
    progress: Progress,
) -> dict[str, Any]:
    """The keys that the headline has beyond those of every window; null without a model.

    ``before``: the table of the window before, on which the baseline to compare with is chosen.
    """
    progress("snapshots", 0.9)
    snapshots = _snapshots(history, config, observed=observed, fitted=fitted)
    keys = ("margins", "rules", "cost", "stability", "slices", "random_split", "calibration")
    extras: dict[str, Any] = dict.fromkeys(keys)
    capacity = snapshot_figures(snapshots, capacity=config.evaluation.daily_capacity)
    extras |= {"capacity": capacity.pop("capacity"), "snapshots": capacity}
    if not fitted.models or not len(test.rows):
        return extras
    progress("rules, costs, slices", 0.95)
    rules = observe_rules(
        history, config, metric=str(observed.rows["metric"].iloc[0]), shares=RULE_SHARES
    )
    rules = rules.loc[opened_in(rules, fitted.window)]
    rules = rules[~rules["is_censored"]]
    kept = opened_in(observed.rows, fitted.window)
    kept = kept[~observed.rows.loc[kept, "is_censored"]]
    sliced = take(observed, kept).keys
    extras |= {
        "margins": _margins(table, before),
        "rules": rule_comparison(test, rules, seed=RESAMPLING_SEED),
        "cost": cost_grid(test, fitted.train),
        "stability": {"landmarks": _stability(test), "snapshots": _stability(snapshots)},
        "slices": slice_figures(test, sliced[[c for c in SLICED if c in sliced]]),
        "calibration": [dict(model.report.calibration) for model in fitted.models],
    }
    return extras


def flattery(
    observed: Observed,
    chance: Chance,
    model: BreachModel | ModelError,
    honest: Mapping[str, Any],
) -> dict[str, Any]:
    """What a split by chance would have reported: macro AUC, and that less the honest one.

    ``model``: fitted on ``chance.train``. ``honest``: the window's macro entry.
    """
    rolling = honest["models"][OURS]["auc"]["value"]
    found: dict[str, Any] = {"auc": None, "rolling_auc": rolling, "flattery": None, "note": None}
    if isinstance(model, ModelError):
        return found | {"note": str(model)}
    rows = chance.later
    scores = pd.Series(model.probabilities(observed.features.loc[rows.index]), rows.index)
    parts = [(part["is_breached"], scores[part.index]) for _, part in rows.groupby("landmark")]
    aucs = [roc_auc(truth, score) for truth, score in parts]
    auc = float(np.nanmean(aucs)) if np.isfinite(aucs).any() else None
    both = auc is not None and rolling is not None
    return found | {"auc": auc, "flattery": auc - rolling if both else None}


def _snapshots(history: History, config: Config, *, observed: Observed, fitted: Fitted) -> Scored:
    instants = snapshot_instants(
        config.evaluation.snapshots, start=fitted.window.cutoff, end=fitted.window.test_until
    )
    rows = observe_snapshots(history, config, instants=list(instants), landmarks=observed)
    return score_rows(fitted, rows, rows=rows.rows.index, resamples=config.evaluation.bootstrap)


def _margins(
    table: Mapping[str, Replicates], before: Mapping[str, Replicates] | None
) -> dict[str, Any]:
    """Ours against the baseline that was best one window earlier, and against the best rate."""
    chosen = best_baselines(table if before is None else before)
    return {
        "over_best_baseline": margins(table, over=chosen),
        "over_best_rate": margins(table, over=best_baselines(table, among="_rate_")),
    }


def _stability(test: Scored) -> float | None:
    if OURS not in test.scores:
        return None
    rows = test.rows
    changes = [mean_absolute_change(rows["clock"], rows["as_of"], s) for s in test.scores[OURS]]
    return float(np.mean(changes))
