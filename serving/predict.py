"""What the model says about each open clock, and when it must not be asked."""

import numpy as np
import pandas as pd

from features.catalogue import declared_features
from features.history import History
from forewarn.config import REPLIES, Config
from forewarn.local_time import local
from models.bundle import ModelBundle
from serving.desk import Desk
from serving.words import duration

_LIKELY = 0.5


def degraded_because(
    history: History, config: Config, bundle: ModelBundle | None, *, as_of: pd.Timestamp
) -> str | None:
    """Why the order must be by rule, in words; None where the model may be used."""
    if bundle is None:
        return "no model serves yet"
    age, zone = as_of - history.watermark, config.report.time_zone
    asked = local(as_of, time_zone=zone)
    if age > config.scoring.stale_after:
        return (
            f"the data ends {duration(age.total_seconds())} before {asked} (allowed: "
            f"{duration(config.scoring.stale_after.total_seconds())})"
        )
    if bundle.cutoff > as_of:
        return (
            f"the model has seen data up to {local(bundle.cutoff, time_zone=zone)}, which was not "
            f"known at {asked}"
        )
    declared = {feature.name for feature in declared_features(history)}
    missing = sorted({*bundle.feature_names, *bundle.work.feature_names} - declared)
    if missing:
        return f"the model asks for {missing[0]!r}, which this data does not have: train again"
    return None


def breach_probabilities(bundle: ModelBundle, desk: Desk) -> "pd.Series[float]":
    """P(breach) per open clock; null where it broke already, or no model knows its metric.

    Raises ModelError where a model cannot be applied.
    """
    found = pd.Series(np.nan, index=desk.clocks.index)
    for metric in bundle.models:
        rows = (desk.clocks["metric"] == metric) & ~desk.clocks["is_breached"]
        asked = desk.features.loc[rows, list(bundle.feature_names)]
        found[rows] = bundle.probabilities(asked, metric=metric)
    return found


def expected_breach_at(bundle: ModelBundle, desk: Desk) -> pd.Series:
    """Per open clock when it is expected to breach; null where it is expected to be met.

    That is its due date, where P(breach) is at least a half, or where the open time left is
    less than the hands-on work that is to be expected at the median. ``desk``: its clocks carry
    breach_probability. Null too where the clock is paused, as it has no due date, or breached.
    """
    clocks = desk.clocks
    told = bundle.work.for_tickets(desk.features)
    needed = np.where(clocks["metric"].isin(REPLIES), told.reply.log_mean, told.remaining.log_mean)
    too_late = clocks["remaining_seconds"].to_numpy(np.float64) / 60.0 < np.exp(needed)
    likely = (clocks["breach_probability"] >= _LIKELY).to_numpy(bool)
    is_live = ((clocks["state"] == "running") & ~clocks["is_breached"]).to_numpy(bool)
    return clocks["due_at"].where(is_live & (likely | too_late))


def contributions(bundle: ModelBundle, desk: Desk, clocks: pd.Index) -> pd.DataFrame:
    """Log-odds that each feature adds, for the clocks of these labels, in their order.

    A row of nulls where no model was asked. Costs some milliseconds a row: only for a few.
    """
    parts = []
    asked = desk.clocks.loc[clocks]
    for metric, model in bundle.models.items():
        rows = asked.index[(asked["metric"] == metric) & ~asked["is_breached"]]
        if len(rows):
            parts.append(model.contributions(desk.features.loc[rows, list(bundle.feature_names)]))
    found = pd.concat(parts) if parts else pd.DataFrame(dtype="float64")
    return found.reindex(clocks)
