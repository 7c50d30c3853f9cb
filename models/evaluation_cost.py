"""What acting on the predictions would save, over costs and effects nobody knows exactly.

Unit: the penalty of one breach. Acting on an observation costs ``cost`` and prevents its
breach with chance ``effectiveness``, so the net cost of a decision is
``breach · (1 - effectiveness · acted) + cost · acted``.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.evaluation_scored import OURS, Scored
from models.evaluation_tables import landmark_names
from models.metrics import Floats

COSTS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)
"""Of one intervention, in penalties of a breach."""
EFFECTS = (0.25, 0.5, 0.75, 1.0)
"""Chance that an intervention prevents the breach."""
TIE = 1e-9


def cost_grid(test: Scored, train: pd.DataFrame) -> dict[str, Any]:
    """Cells of landmark, cost and effectiveness: our net cost beside the best simple policy's.

    The simple policies are never, always, a time-left rule (its threshold is the best on
    ``train``: decided rows with landmark, remaining_seconds, is_breached) and the group's rate.
    Cells in which the cost is not below the effect are left out: acting never pays there.
    """
    cells = [
        _cell(test, train, landmark=name, cost=c, effect=e)
        for name in landmark_names(test.rows)
        for c in COSTS
        for e in EFFECTS
        if c < e
    ]
    n = len(cells)
    won, tied = (sum(c["result"] == word for c in cells) for word in ("won", "tied"))
    return {
        "n_cells": n,
        "n_won": won,
        "n_tied": tied,
        "share_won": won / n if n else None,
        "cells": cells,
    }


def net_cost(truth: Floats, acted: NDArray[np.bool_], *, cost: float, effect: float) -> float:
    """Mean net cost of the decisions, in penalties of a breach.

    >>> net_cost(np.array([1.0, 0.0]), np.array([True, True]), cost=0.1, effect=0.5)
    0.35
    """
    return float(np.mean(truth * (1.0 - effect * acted) + cost * acted))


def best_threshold(remaining: Floats, truth: Floats, *, cost: float, effect: float) -> float:
    """The time left up to which acting saved most on these rows; -inf where it never pays."""
    if remaining.size == 0:
        return -np.inf
    order = np.argsort(remaining, kind="stable")
    values, gains = remaining[order], np.cumsum(effect * truth[order] - cost)
    last_of_tie = np.append(values[1:] != values[:-1], True)
    gains = np.where(last_of_tie, gains, -np.inf)
    best = int(np.argmax(gains))
    return float(values[best]) if gains[best] > 0 else -np.inf


def _cell(
    test: Scored, train: pd.DataFrame, *, landmark: str, cost: float, effect: float
) -> dict[str, Any]:
    mask, rows = test.mask(landmark), train[train["landmark"] == landmark]
    truth = test.truth[mask]
    limit = best_threshold(
        rows["remaining_seconds"].to_numpy(float),
        rows["is_breached"].to_numpy(float),
        cost=cost,
        effect=effect,
    )
    acted = {
        "never": np.zeros(truth.size, bool),
        "always": np.ones(truth.size, bool),
        "time_left_rule": test.rows.loc[mask, "remaining_seconds"].to_numpy() <= limit,
    }
    rate = next((n for n in ("group_rate_matured", "prior") if n in test.scores), None)
    if rate is not None:
        acted["group_rate"] = test.mean_score(rate)[mask] * effect > cost
    peers = {n: net_cost(truth, a, cost=cost, effect=effect) for n, a in acted.items()}
    best = min(peers, key=peers.__getitem__)
    ours = _ours(test, mask, cost=cost, effect=effect)
    gap = ours - peers[best]
    return {
        "landmark": landmark,
        "cost": cost,
        "effectiveness": effect,
        "ours": ours,
        "best": best,
        "best_cost": peers[best],
        "result": "tied" if abs(gap) <= TIE else "won" if gap < 0 else "lost",
    }


def _ours(test: Scored, mask: NDArray[np.bool_], *, cost: float, effect: float) -> float:
    truth = test.truth[mask]
    costs = [
        net_cost(truth, s[mask] * effect > cost, cost=cost, effect=effect)
        for s in test.scores[OURS]
    ]
    return float(np.mean(costs))
