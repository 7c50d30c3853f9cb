"""Everything that an evaluation looks at, gathered once: rows, features, codes, as-of rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.build import build_features
from features.catalogue import declared_features, feature_names
from features.history import History
from features.observations import landmark_observations, micros, snapshot_observations
from forewarn.config import Config
from forewarn.sla.clock import read_clocks
from forewarn.sla.labels import as_instants, label_clocks
from models.baselines import clock_baselines
from models.baselines_rates import Decided, rate_baselines
from models.metrics import Floats
from models.splits import history_end, training_outcomes

MICROS = 1e6
CODES = {
    "category": "ticket_category",
    "type": "ticket_type",
    "product": "ticket_product",
    "group": "ticket_group",
    "priority": "ticket_priority",
    "channel": "ticket_channel",
    "tier": "customer_tier",
}
"""Code: the feature that holds it as of then; whitelisted attributes join under their names."""
RATED = ("category", "type", "product", "group", "priority")
"""Codes whose as-of rates are always baselines, beside the attributes."""


@dataclass(frozen=True)
class Observed:
    """Observations of one metric and what stands beside them, row by row; index 0 to n - 1.

    ``rows``: the observation's columns; how it ended by all facts (is_breached, NaN where
    undecided; is_censored; weight); stage, code (the group), opened_at, share_elapsed,
    remaining_seconds and target_seconds. ``features``: all that a model may see.
    ``keys``: codes as of then; those that are null throughout are left out.
    ``scores``: baselines that need no cutoff, by name.
    """

    rows: pd.DataFrame
    features: pd.DataFrame
    keys: pd.DataFrame
    scores: Mapping[str, Floats]

    def __len__(self) -> int:
        return len(self.rows)


def observe_landmarks(history: History, config: Config, *, metric: str) -> Observed:
    """All observations of the metric at the configured landmarks."""
    rows = landmark_observations(
        history, landmarks=config.training.landmarks, opened_from=config.training.opened_from
    )
    rows = _described(history, rows[rows["metric"] == metric], config)
    return _observed(history, config, rows, decided=None)


def observe_snapshots(
    history: History, config: Config, *, instants: Sequence[pd.Timestamp], landmarks: Observed
) -> Observed:
    """The open, unbreached clocks of ``landmarks``' metric at each instant, rated by its clocks."""
    rows = snapshot_observations(history, instants=instants)
    metric = landmarks.rows["metric"].iloc[0]
    rows = _described(history, rows[rows["metric"] == metric], config)
    decided, codes = decided_clocks(history, landmarks), list(landmarks.keys.columns)
    return _observed(history, config, rows, decided=decided, codes=codes)


def observe_rules(
    history: History, config: Config, *, metric: str, shares: Sequence[float]
) -> pd.DataFrame:
    """Rows as in Observed at the shares of the budget where rules alert; without features."""
    rows = landmark_observations(history, landmarks=shares, opened_from=config.training.opened_from)
    mine = rows[(rows["metric"] == metric) & (rows["landmark"] != "opening")]
    return _described(history, mine, config)


def decided_clocks(history: History, landmarks: Observed) -> Decided:
    """The clocks that count towards as-of rates: decided ones, under their codes at opening."""
    labels = label_clocks(history.timelines, as_of=micros(history_end(history)))
    labels = labels.set_index("clock")
    chosen = (landmarks.rows["landmark"] == "opening") & ~landmarks.rows["is_censored"]
    rows = landmarks.rows[chosen]
    known_at = labels.loc[rows["clock"], "label_known_at"].to_numpy("datetime64[us]")
    due_at = rows["due_at"].to_numpy("datetime64[us]")
    return Decided(
        keys=landmarks.keys[chosen],
        truth=rows["is_breached"].to_numpy(float),
        known_at=known_at.astype(np.int64),
        matured_at=np.maximum(known_at, due_at).astype(np.int64),
    )


def _observed(
    history: History,
    config: Config,
    rows: pd.DataFrame,
    *,
    decided: Decided | None,
    codes: Sequence[str] | None = None,
) -> Observed:
    names, wanted = feature_names(history, config), code_features(history)
    every = build_features(history, rows, names=list(dict.fromkeys([*names, *wanted.values()])))
    keys = pd.DataFrame({code: every[name] for code, name in wanted.items()}, index=rows.index)
    keys = keys.loc[:, keys.notna().any()] if codes is None else keys[list(codes)]
    rows = rows.assign(code=keys["group"].astype(object) if "group" in keys else None)
    found = Observed(rows, every[list(names)], keys, clock_baselines(rows))
    counted = decided_clocks(history, found) if decided is None else decided
    rated = [k for k in keys.columns if k in RATED or k in history.attributes]
    as_of = rows["as_of"].to_numpy("datetime64[us]").astype(np.int64)
    rates = rate_baselines(keys[rated], as_of=as_of, decided=counted)
    return Observed(rows, found.features, keys, {**found.scores, **rates})


def code_features(history: History) -> dict[str, str]:
    """Code: the categorical feature that holds it, where the history declares one."""
    declared = {feature.name for feature in declared_features(history) if feature.is_category}
    wanted = CODES | {name: f"ticket_{name}" for name in history.attributes}
    return {code: name for code, name in wanted.items() if name in declared}


def _described(history: History, rows: pd.DataFrame, config: Config) -> pd.DataFrame:
    """The rows with how they ended, and what their clocks read as of then."""
    kept = rows.reset_index(drop=True)
    at = kept["as_of"].to_numpy("datetime64[us]").astype(np.int64)
    readings = read_clocks(history.timelines, kept["clock"].to_numpy(), as_of=at)
    opened = history.ticket_created_at[kept["ticket"].to_numpy()]
    ended = training_outcomes(history, kept, cutoff=history_end(history))
    ended = ended[["is_breached", "is_censored", "weight"]].reindex(kept.index)
    kept = kept.assign(
        is_breached=ended["is_breached"],
        is_censored=ended["is_censored"].astype("boolean").fillna(value=True).astype(bool),
        weight=ended["weight"].fillna(0.0),
        opened_at=as_instants(np.asarray(opened)),
        share_elapsed=readings.share,
        remaining_seconds=readings.remaining / MICROS,
        target_seconds=readings.target / MICROS,
    )
    return kept.assign(stage=_stages(kept, config))


def _stages(rows: pd.DataFrame, config: Config) -> pd.Series:
    """The landmark of a row; of a snapshot's, the last one that its clock has passed."""
    names = np.array(["opening", *(f"{s:g}" for s in sorted(config.training.landmarks))], object)
    passed = np.searchsorted(sorted(config.training.landmarks), rows["share_elapsed"], "right")
    stage = rows["landmark"].astype(object)
    return stage.where(stage.isin(list(names)), pd.Series(names[passed], index=rows.index))
