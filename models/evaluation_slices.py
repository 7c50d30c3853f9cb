"""The figures of single groups, priorities, channels and tiers; small numbers are suppressed."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evaluation_scored import OURS, Scored
from models.evaluation_tables import landmark_names
from models.metrics import brier_score, roc_auc

MOST = 20
"""Values shown per dimension, the largest first."""
LEAST_TICKETS = 50
LEAST_OF_CLASS = 10
"""Tickets of either outcome below which a value is not shown: chance, and people, stand out."""


def slice_figures(test: Scored, keys: pd.DataFrame) -> dict[str, Any]:
    """By dimension (a column of ``keys``, aligned with ``test.rows``): the figures of its values.

    ``auc`` is the mean over landmarks, weighted by their observations: within a landmark
    only, because a pooled one would mostly tell landmarks apart. Means of the seeds.
    """
    return {name: _dimension(test, keys[name]) for name in keys.columns}


def _dimension(test: Scored, column: pd.Series) -> dict[str, Any]:
    values = column.astype(object).where(column.notna(), None)
    shown: list[dict[str, Any]] = []
    suppressed = 0
    for value, rows in sorted(_positions(values), key=lambda item: (-item[1].size, str(item[0]))):
        if not _is_large(test, rows):
            suppressed += 1
        elif len(shown) < MOST:
            shown.append({"value": value, **_figures(test, rows)})
    return {"values": shown, "n_suppressed": suppressed}


def _positions(values: pd.Series) -> list[tuple[Any, NDArray[np.int64]]]:
    codes, names = pd.factorize(values, use_na_sentinel=False)
    return [
        (None if pd.isna(name) else str(name), np.flatnonzero(codes == code))
        for code, name in enumerate(names)
    ]


def _is_large(test: Scored, rows: NDArray[np.int64]) -> bool:
    tickets = test.rows["ticket"].to_numpy()[rows]
    breached = test.truth[rows] == 1.0
    classes = [np.unique(tickets[breached]).size, np.unique(tickets[~breached]).size]
    return np.unique(tickets).size >= LEAST_TICKETS and min(classes) >= LEAST_OF_CLASS


def _figures(test: Scored, rows: NDArray[np.int64]) -> dict[str, Any]:
    truth = test.truth[rows]
    found: dict[str, Any] = {
        "n": int(rows.size),
        "n_tickets": int(test.rows["ticket"].iloc[rows].nunique()),
        "base_rate": float(truth.mean()),
    }
    scores = [s[rows] for s in test.scores.get(OURS, [])]
    landmarks = test.rows["landmark"].astype(str).to_numpy()[rows]
    names = landmark_names(test.rows)
    aucs = [_within(landmarks, names, truth, s) for s in scores]
    found["auc"] = float(np.mean(aucs)) if aucs else None
    found["brier"] = float(np.mean([brier_score(truth, s) for s in scores])) if scores else None
    return found


def _within(landmarks: Any, names: list[str], truth: Any, score: Any) -> float:
    """AUC within landmarks, weighted by their observations."""
    total, weight = 0.0, 0
    for name in names:
        mask = landmarks == name
        auc = roc_auc(truth[mask], score[mask])
        if np.isfinite(auc):
            total, weight = total + auc * int(mask.sum()), weight + int(mask.sum())
    return total / weight if weight else float("nan")
