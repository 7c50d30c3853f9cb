"""The table of figures: every model at every landmark, the macro average, all observations."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from models.bootstrap import interval, mean_over, ratio
from models.evaluation_scored import OURS, Scored, replicates
from models.metrics import STATISTICS, Floats, reliability_table

Replicates = dict[str, Floats]
"""Model: its figures, one row per resample, columns as STATISTICS."""
BETTER_HIGH = ("auc", "average_precision")


def landmark_names(rows: pd.DataFrame) -> list[str]:
    """The landmarks present, opening first, then by rising share of the budget."""
    return sorted(set(rows["landmark"].astype(str)), key=_place)


def replicate_table(test: Scored) -> dict[str, Replicates]:
    """The replicates of every model at every landmark, and at ``all`` of them pooled."""
    masks = {name: test.mask(name) for name in landmark_names(test.rows)}
    masks["all"] = np.ones(len(test.rows), bool)
    jobs = [(landmark, model) for landmark in masks for model in test.scores]
    found = Parallel(n_jobs=2, prefer="threads")(
        delayed(replicates)(test, model, mask=masks[landmark]) for landmark, model in jobs
    )
    table: dict[str, Replicates] = {landmark: {} for landmark in masks}
    for (landmark, model), figures in zip(jobs, found, strict=True):
        table[landmark][model] = figures
    return table


def tables(test: Scored, table: Mapping[str, Replicates]) -> dict[str, Any]:
    """``landmarks``, ``macro`` and ``all_observations`` as they stand in the JSON."""
    names = [name for name in table if name != "all"]
    return {
        "landmarks": {name: _landmark(test, table[name], name) for name in names},
        "macro": {"models": _figures(macro(table))},
        "all_observations": _all_observations(test, table["all"]),
    }


def macro(table: Mapping[str, Replicates]) -> Replicates:
    """The mean over landmarks, resample by resample; a landmark without a figure is left out."""
    parts = [figures for name, figures in table.items() if name != "all"]
    models = list(parts[0]) if parts else []
    return {model: _mean([part[model] for part in parts]) for model in models}


def margins(table: Mapping[str, Replicates], *, over: Mapping[str, str]) -> dict[str, Any]:
    """Ours less a baseline's figure, paired over resamples, macro-averaged over landmarks.

    ``over``: figure: the baseline to compare with. For Brier and calibration error lower is
    better, so a good margin is negative there.
    """
    means = macro(table)
    found: dict[str, Any] = {}
    for i, figure in enumerate(STATISTICS):
        peer = over.get(figure)
        if peer in means and OURS in means:
            difference = means[OURS][:, i] - means[peer][:, i]
            found[figure] = {"over": peer, **interval(difference)}
    return found


def best_baselines(table: Mapping[str, Replicates], *, among: str = "") -> dict[str, str]:
    """For each figure the best baseline by macro average whose name contains ``among``."""
    means = macro(table)
    best: dict[str, str] = {}
    for i, figure in enumerate(STATISTICS[:3]):
        values = {m: r[0, i] for m, r in means.items() if m != OURS and among in m}
        values = {m: v for m, v in values.items() if np.isfinite(v)}
        if values:
            choose = max if figure in BETTER_HIGH else min
            best[figure] = choose(sorted(values), key=values.__getitem__)
    return best


def _landmark(test: Scored, figures: Replicates, name: str) -> dict[str, Any]:
    mask = test.mask(name)
    ours = test.mean_score(OURS)[mask] if OURS in test.scores else np.empty(0)
    reliability = reliability_table(test.truth[mask], ours) if ours.size else pd.DataFrame()
    return {
        "n": int(mask.sum()),
        "n_tickets": int(test.rows.loc[mask, "ticket"].nunique()),
        "base_rate": base_rate(test, mask),
        "models": _figures(figures),
        "reliability": reliability.to_dict("records"),
    }


def _all_observations(test: Scored, figures: Replicates) -> dict[str, Any]:
    everything = np.ones(len(test.rows), bool)
    return {
        "n": len(test.rows),
        "n_tickets": int(test.rows["ticket"].nunique()),
        "base_rate": base_rate(test, everything),
        "models": _figures(figures),
    }


def base_rate(test: Scored, mask: Any) -> dict[str, float | None]:
    """The breach share of some rows, with its interval."""
    truth = test.truth[mask]
    found = ratio(truth, np.ones(truth.size), tickets=test.codes[mask], resamples=test.resamples)
    return interval(found)


def _figures(figures: Replicates) -> dict[str, Any]:
    return {
        model: {name: interval(rows[:, i]) for i, name in enumerate(STATISTICS)}
        for model, rows in figures.items()
    }


def _mean(figures: list[Floats]) -> Floats:
    columns = [mean_over([f[:, i] for f in figures]) for i in range(len(STATISTICS))]
    stacked: Floats = np.column_stack(columns)
    return stacked


def _place(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return -1.0
