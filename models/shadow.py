"""The challenger beside the champion: what both said of the same clocks at the same time."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from features.history import History
from models.bootstrap import interval, ratio, resample_tickets
from models.matured import matured
from models.metrics import brier_score, roc_auc

SEED = 20


def compare_shadow(
    history: History, said: pd.DataFrame, *, champion: str, challenger: str, warned_from: float
) -> dict[str, dict[str, Any]]:
    """By metric: how far they agree, and how well each did on what has matured.

    ``said``: rows of the log; those of the challenger say what the champion said in the same
    run. ``agreement``: share of the clocks that both warn of, or neither
    does (from ``warned_from`` on). Empty before both were scored in one run.
    """
    ours = said[said["model_version"] == challenger]
    both = ours[(ours["beside_version"] == champion) & ours["beside_probability"].notna()]
    both = both.assign(
        probability_challenger=both["probability"], probability_champion=both["beside_probability"]
    )
    if both.empty:
        return {}
    known = matured(history, both)
    return {
        str(metric): _agreement(rows, warned_from=warned_from)
        | _realised(known[known["metric"] == metric])
        for metric, rows in both.groupby("metric")
    }


def _agreement(rows: pd.DataFrame, *, warned_from: float) -> dict[str, Any]:
    champion = rows["probability_champion"].to_numpy(float)
    challenger = rows["probability_challenger"].to_numpy(float)
    same = (champion >= warned_from) == (challenger >= warned_from)
    return {
        "n": len(rows),
        "n_runs": int(rows["run_id"].nunique()),
        "agreement": float(same.mean()),
        "mean_difference": float(np.abs(challenger - champion).mean()),
        "mean_champion": float(champion.mean()),
        "mean_challenger": float(challenger.mean()),
    }


def _realised(rows: pd.DataFrame) -> dict[str, Any]:
    """Brier and AUC of both, and the paired difference of Brier with its interval."""
    found: dict[str, Any] = {"n_matured": len(rows), "n_breached": int(rows["is_breached"].sum())}
    if rows.empty:
        return found
    truth = rows["is_breached"].to_numpy(float)
    errors: dict[str, np.ndarray[Any, Any]] = {}
    for name in ("champion", "challenger"):
        p = rows[f"probability_{name}"].to_numpy(float)
        errors[name] = (p - truth) ** 2
        auc = roc_auc(truth, p)
        found |= {
            f"brier_{name}": brier_score(truth, p),
            f"auc_{name}": auc if np.isfinite(auc) else None,
        }
    return found | {"brier_difference": _difference(rows, errors)}


def _difference(rows: pd.DataFrame, errors: Mapping[str, "np.ndarray[Any, Any]"]) -> dict[str, Any]:
    codes = pd.factorize(rows["ticket_id"])[0]
    resamples = resample_tickets(int(codes.max()) + 1, resamples=500, seed=SEED)
    above = errors["challenger"] - errors["champion"]
    return interval(ratio(above, np.ones(len(rows)), tickets=codes, resamples=resamples))
