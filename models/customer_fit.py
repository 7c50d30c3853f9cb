"""Choose and fit the customer models: rolling origin, an embargo of one horizon, then all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.history import History
from forewarn.errors import ModelError
from models.breach_model import BreachModel
from models.customer_model import KINDS, CustomerModel, Kind, fit_customer_model
from models.customer_weeks import (
    BREACHES_WITHIN,
    ESCALATION_WITHIN,
    LEAST_BREACHES,
    WEEK,
    CustomerWeeks,
    is_known,
    look_ahead,
    read_customer_weeks,
    weekly_cuts,
)
from models.part import Array

BREACHES, ESCALATION = "breaches", "escalation"
EVENTS = (BREACHES, ESCALATION)
HORIZON = {BREACHES: BREACHES_WITHIN, ESCALATION: ESCALATION_WITHIN}
VOLUME = "customer_tickets_28d"
"""What the baseline ranks by."""
_WORDS = ("customer_region", "health_segment")
_SAME = ("customer_ticket_age_hours", "customer_loyalty", "customer_csat_change_28d")
_ROWS, _EVENTS, _FOLDS = 300, 20, 6


@dataclass(frozen=True)
class Learned:
    """``models``: by event; an event without a model is in ``refused`` with the reason.

    ``features``: of the customers and weeks that were learned from.
    """

    models: Mapping[str, CustomerModel]
    refused: Mapping[str, str]
    features: pd.DataFrame


def fit_customers(
    history: History,
    *,
    cutoff: pd.Timestamp,
    risk_from: pd.Timestamp,
    risk: Mapping[str, BreachModel],
    metrics: Sequence[str],
    k: int,
    seed: int,
) -> Learned:
    """A model per event from weekly cuts between ``risk_from`` and the cutoff.

    ``risk``: breach models by metric that saw nothing from ``risk_from`` on, so that the open
    risk of every cut is foretold. Raises nothing: what cannot be learned is in ``refused``.
    """
    cuts = weekly_cuts(first=risk_from, last=cutoff - WEEK)
    weeks = read_customer_weeks(history, cuts, models=risk, metrics=metrics)
    happened = events_of(history, weeks, known_before=cutoff, metrics=metrics)
    models: dict[str, CustomerModel] = {}
    refused: dict[str, str] = {}
    for event in EVENTS:
        try:
            models[event] = choose_model(
                weeks, happened[event], event=event, cutoff=cutoff, k=k, seed=seed
            )
        except ModelError as error:
            refused[event] = str(error)
    return Learned(models, refused, weeks.features)


def events_of(
    history: History,
    weeks: CustomerWeeks,
    *,
    known_before: pd.Timestamp,
    metrics: Sequence[str],
) -> dict[str, Array]:
    """0 or 1 per row and event; only rows whose horizon is over may be used."""
    ahead = look_ahead(history, weeks.rows, known_before=known_before, metrics=metrics)
    return {
        BREACHES: (ahead.breaches >= LEAST_BREACHES).astype(np.float64),
        ESCALATION: (ahead.escalations >= 1).astype(np.float64),
    }


def chosen_features(features: pd.DataFrame) -> pd.DataFrame:
    """What the models see: all but what tells few customers apart, or repeats the rest."""
    return features.drop(columns=[n for n in (*_WORDS, *_SAME) if n in features])


def choose_model(
    weeks: CustomerWeeks,
    happened: Array,
    *,
    event: str,
    cutoff: pd.Timestamp,
    k: int,
    seed: int,
) -> CustomerModel:
    """The kind with the least log-loss over the last weeks before the cutoff, fitted on all.

    Each of those weeks is foretold from what was known a horizon before it. Raises ModelError
    where there is too little to learn from.
    """
    horizon, rows = HORIZON[event], weeks.rows
    usable = is_known(rows, horizon, at=cutoff)
    features = chosen_features(weeks.features)
    n, n_events = int(usable.sum()), int(happened[usable].sum())
    if n < _ROWS or not _EVENTS <= n_events <= n - _EVENTS:
        raise ModelError(
            f"{event}: {n} weeks of customers with {n_events} events are known before the cutoff; "
            f"a model needs {_ROWS} with {_EVENTS} of both kinds: the volume serves"
        )
    report = backtest(weeks, happened, usable, event=event, k=k, seed=seed)
    losses = {kind: report["log_loss"][kind] for kind in KINDS if kind in report["log_loss"]}
    kind: Kind = min(losses, key=lambda name: losses[name]) if losses else "logistic"
    return fit_customer_model(
        features[usable], happened[usable], event=event, kind=kind, seed=seed,
        report=report | {"n": n, "n_events": n_events},
    )  # fmt: skip


def backtest(
    weeks: CustomerWeeks,
    happened: Array,
    usable: Any,
    *,
    event: str,
    k: int,
    seed: int,
) -> dict[str, Any]:
    """Log-loss of each kind, and precision at k of each and of the volume, over the last weeks."""
    cuts = sorted(weeks.rows["as_of"][usable].unique())[-_FOLDS:]
    losses: dict[str, list[float]] = {kind: [] for kind in KINDS}
    hits: dict[str, list[float]] = {name: [] for name in (*KINDS, "volume")}
    for cut in cuts:
        now = (weeks.rows["as_of"] == cut).to_numpy()
        told = foretell(weeks, happened, cut, event=event, seed=seed)
        if not told:
            continue
        truth = happened[now]
        for kind, chance in told.items():
            inside = np.clip(chance, 1e-6, 1 - 1e-6)
            loss = -np.where(truth > 0, np.log(inside), np.log1p(-inside)).mean()
            losses[kind].append(float(loss))
            hits[kind].append(precision_at(chance, truth, k=k))
        hits["volume"].append(precision_at(volume_of(weeks)[now], truth, k=k))
    return {
        "weeks": len(hits["volume"]),
        "log_loss": {kind: float(np.mean(v)) for kind, v in losses.items() if v},
        "precision_at_k": {name: float(np.mean(v)) for name, v in hits.items() if v},
        "k": k,
    }


def foretell(
    weeks: CustomerWeeks,
    happened: Array,
    cut: pd.Timestamp,
    *,
    event: str,
    seed: int,
    kinds: Sequence[Kind] = KINDS,
) -> dict[Kind, Array]:
    """P(event) of the customers at a cut by each kind, from what was known then; {}: too little."""
    before = is_known(weeks.rows, HORIZON[event], at=cut)
    truth = happened[before]
    if before.sum() < _ROWS or not _EVENTS <= truth.sum() <= before.sum() - _EVENTS:
        return {}
    features = chosen_features(weeks.features)
    now = (weeks.rows["as_of"] == cut).to_numpy()
    return {
        kind: fit_customer_model(
            features[before], truth, event=event, kind=kind, seed=seed
        ).probabilities(features[now])
        for kind in kinds
    }


def volume_of(weeks: CustomerWeeks) -> Array:
    """The baseline's score: tickets of four weeks."""
    found: Array = np.nan_to_num(weeks.features[VOLUME].to_numpy(np.float64))
    return found


def precision_at(scores: Array, truth: Array, *, k: int) -> float:
    """Share of events among the k highest scores; ties by position."""
    top = np.argsort(-scores, kind="stable")[:k]
    return float(truth[top].mean()) if top.size else 0.0
