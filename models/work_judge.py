"""Averages or trees: judged on a later window, kept where they are surely better."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.calibration import sure_gain
from models.work import WorkModel
from models.work_averages import (
    TARGETS,
    WORK_FEATURES,
    Array,
    Minutes,
    Target,
    average_targets,
)
from models.work_rows import WorkRows
from models.work_trees import WorkTrees, best_rounds, fit_trees

Mask = NDArray[np.bool_]
ROUNDS = (25, 50, 100)
LEAST_TOUCHES = 300
"""Timed touches below which trees are not tried, and of the window that judges."""
_QUANTILE = 1.2815515655446004
"""Of the standard normal: 80 % lie between it and its negative."""


@dataclass(frozen=True)
class Judged:
    """How estimates of one target did on the rows of a window.

    ``log_loss``: mean negative log-likelihood of the minutes under the log-normal. ``log_error``:
    mean absolute error of the log. ``bias``: mean of the expected minutes over the mean of the
    truth. ``worst_decile``: the same ratio where it is furthest from 1, by tenths of the
    expected minutes. ``coverage``: share of the truth within the 80 % interval.
    """

    n: int
    log_loss: float
    log_error: float
    bias: float
    worst_decile: float
    coverage: float


def choose_trees(
    model: WorkModel, learned: WorkRows, features: pd.DataFrame, *, seed: int
) -> WorkModel:
    """The model with trees for every target of which they beat the averages.

    ``features``: of the learned rows, same index. By arrival the last fifth of the tickets
    judges, the fifth before it chooses the number of rounds, and each is foretold from
    tickets that arrived, and were worked on to the end, before it. What is kept is fitted
    again on everything.
    """
    rows = learned.rows
    trees: dict[Target, WorkTrees] = {}
    judged: dict[str, Mapping[str, Any]] = {}
    if len(rows) >= 2 * LEAST_TOUCHES:
        for target in TARGETS:
            use = rows[target].notna() & (rows[target] > 0)
            found, judged[target] = _judge(rows[use], features[use], target, seed=seed)
            if found is not None:
                trees[target] = found
    note = f"{model.note}; {_learned_note(learned)}; {_trees_note(judged)}"
    return replace(model, note=note, trees=trees, judged=judged)


def _judge(
    rows: pd.DataFrame, features: pd.DataFrame, target: Target, *, seed: int
) -> tuple[WorkTrees | None, dict[str, Any]]:
    """Trees of everything where they are surely better, and the figures of the window."""
    if len(rows) < 2 * LEAST_TOUCHES:
        return None, {"kept": False, "why": "too few touches to judge by"}
    created = rows["created_at"].to_numpy(np.int64)
    minutes = rows[target].to_numpy(np.float64)
    tickets = rows["ticket"].to_numpy(np.int64)
    ended = rows["as_of"].groupby(tickets).transform("max").astype("int64").to_numpy()
    begins = [int(np.quantile(np.unique(created), q)) for q in (0.6, 0.8)]
    tuned = (created >= begins[0]) & (created < begins[1])
    later = created >= begins[1]
    before = [(created < b) & (ended < b) for b in begins]
    if min(tuned.sum(), later.sum(), before[0].sum()) < LEAST_TOUCHES:
        return None, {"kept": False, "why": "too few touches to judge by"}
    rounds = best_rounds(
        features, minutes, before=before[0], tuned=tuned, choices=ROUNDS, seed=seed
    )
    trees = _fit(features, minutes, tickets, before[1], rounds=rounds, seed=seed)
    ours, truth = trees.estimate(features[later]), minutes[later]
    plain = _by_average(rows, before[1], later, target, features)
    gain = log_loss(plain, truth) - log_loss(ours, truth)
    low = sure_gain(gain, tickets[later])
    figures = {
        "kept": low > 0,
        "rounds": rounds,
        "gain": float(gain.mean()),
        "gain_low": low,
        "trees": asdict(judge(ours, truth)),
        "averages": asdict(judge(plain, truth)),
    }
    everything = np.ones(len(rows), bool)
    kept = (
        _fit(features, minutes, tickets, everything, rounds=rounds, seed=seed) if low > 0 else None
    )
    return kept, figures


def _fit(  # what the rows are, and which of them
    features: pd.DataFrame,
    minutes: Array,
    tickets: NDArray[np.int64],
    where: Mask,
    *,
    rounds: int,
    seed: int,
) -> WorkTrees:
    return fit_trees(features[where], minutes[where], tickets[where], rounds=rounds, seed=seed)


def _by_average(
    rows: pd.DataFrame, before: Mask, later: Mask, target: Target, features: pd.DataFrame
) -> Minutes:
    """The averages of the touches before, for the rows later."""
    averages = average_targets(rows[before])
    asked = features[later]
    groups = [g if isinstance(g, str) else None for g in asked[WORK_FEATURES[0]]]
    done = np.fmax(*(asked[name].to_numpy(np.float64) for name in WORK_FEATURES[1:]))
    return averages.estimate(groups, np.nan_to_num(done))[target]


def log_loss(told: Minutes, minutes: Array) -> Array:
    """Per row the negative log-likelihood of the minutes under the told log-normal."""
    logs = np.log(minutes)
    z = (logs - told.log_mean) / told.log_sigma
    loss: Array = 0.5 * z**2 + np.log(told.log_sigma) + logs + 0.5 * np.log(2 * np.pi)
    return loss


def judge(told: Minutes, minutes: Array) -> Judged:
    """The figures of a window; raises nothing, rows are at least one."""
    logs = np.log(minutes)
    order = np.argsort(told.expected, kind="stable")
    tenths = [part for part in np.array_split(order, 10) if part.size]
    ratios = [float(told.expected[part].mean() / minutes[part].mean()) for part in tenths]
    inside = np.abs(logs - told.log_mean) <= _QUANTILE * told.log_sigma
    return Judged(
        n=len(minutes),
        log_loss=float(log_loss(told, minutes).mean()),
        log_error=float(np.abs(logs - told.log_mean).mean()),
        bias=float(told.expected.mean() / minutes.mean()),
        worst_decile=max(ratios, key=lambda r: abs(np.log(r))),
        coverage=float(inside.mean()),
    )


def _learned_note(learned: WorkRows) -> str:
    days = learned.patience / 86_400_000_000
    return (
        f"learned from tickets that arrived at least {days:.1f} days before the cutoff "
        f"({learned.open_share:.1%} of those were still open and are left out)"
    )


def _trees_note(judged: Mapping[str, Mapping[str, Any]]) -> str:
    if not judged:
        return f"fewer than {2 * LEAST_TOUCHES} touches: trees were not tried"
    words = []
    for target, figures in judged.items():
        name = target.replace("_", " ")
        if "trees" not in figures:
            words.append(f"{name}: averages ({figures['why']})")
            continue
        ours, plain = figures["trees"], figures["averages"]
        better = f"log-loss {ours['log_loss']:.3f}, averages {plain['log_loss']:.3f}"
        verb = "trees" if figures["kept"] else "averages, trees were not surely better"
        cover = f"80 % interval covers {(ours if figures['kept'] else plain)['coverage']:.0%}"
        words.append(f"{name}: {verb} (later window: {better}; {cover})")
    return "; ".join(words)
