"""Every part of a breach model judged on windows before the cutoff; the best together are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.config import Config
from models.breach_model import as_probabilities
from models.encoding import Encoder, learn_encoder, numbers
from models.hazard import REMAINING, TARGET, fit_hazard
from models.inner_windows import InnerWindow
from models.lesson import Lesson, Watched
from models.linear import fit_linear
from models.part import Array, Part
from models.trees import TreeKind, TreesPart, grow

LEAST_IN_WINDOW = 50
TREES: tuple[TreeKind, ...] = ("trees", "extra_trees")
LEAST_GAIN = 0.0005
"""Log-loss that a blend must gain over fewer parts: every part costs time at scoring."""


@dataclass(frozen=True)
class Foretold:
    """Rows of the inner windows, and what was foretold of them by what lay before.

    ``log_odds``: by part; of trees by (kind, rounds). ``prior``: the breach rate before the
    window. ``is_later``: rows of the last window, which judges calibration.
    """

    rows: NDArray[np.int64]
    trees: Mapping[tuple[TreeKind, int], Array]
    others: Mapping[str, Array]
    prior: Array
    is_later: NDArray[np.bool_]


@dataclass(frozen=True)
class Choice:
    """What the windows say: the parts to keep, the rounds of their trees, and how they do."""

    parts: tuple[str, ...]
    rounds: Mapping[str, int]
    losses: Mapping[str, float]
    log_odds: Array


def foretell(
    lesson: Lesson, windows: Sequence[InnerWindow], *, config: Config, seed: int
) -> Foretold:
    """Every window foretold by every part, fitted on what was decided before it."""
    steps = rounds_to_try(config.training.trees)
    trees: dict[tuple[TreeKind, int], list[Array]] = {}
    others: dict[str, list[Array]] = {}
    rows, prior, is_later = [], [], []
    for window in windows:
        before = lesson.at(window.before)
        if not usable(before.is_breached) or not window.inside.any():
            continue
        encoder = learn_encoder(before.features)
        matrix, asked = (
            encoder.encode(before.features),
            encoder.encode(lesson.features[window.inside]),
        )
        for kind in [k for k in TREES if k in config.training.parts]:
            booster = grow(kind, matrix, before, encoder, steps[-1], config=config, seed=seed)
            for rounds in steps:
                found = booster.predict(asked, raw_score=True, num_iteration=rounds, num_threads=1)
                trees.setdefault((kind, rounds), []).append(found)
        for name in [n for n in config.training.parts if n not in TREES]:
            part = _fit_other(name, matrix, before, encoder, seed=seed)
            if part is not None:
                others.setdefault(name, []).append(part.log_odds(asked))
        rows.append(np.flatnonzero(window.inside))
        prior.append(np.full(len(asked), before.is_breached.mean()))
        is_later.append(np.full(len(asked), window is windows[-1]))
    whole = {name: np.concatenate(p) for name, p in others.items() if len(p) == len(rows)}
    return Foretold(
        rows=np.concatenate([np.empty(0, int), *rows]),
        trees={key: np.concatenate(parts) for key, parts in trees.items()},
        others=whole,
        prior=np.concatenate([np.empty(0), *prior]),
        is_later=np.concatenate([np.empty(0, bool), *is_later]),
    )


def choose(lesson: Lesson, foretold: Foretold, *, config: Config) -> Choice:
    """The parts whose mean log-odds have the least log-loss, landmarks counting alike.

    The first part that is configured is always among them: which one does best in a single
    window is largely chance, and a mean with it never went far wrong. A part more must gain
    LEAST_GAIN. Where the windows are too thin to tell: the first alone, trees at half of the
    most rounds.
    """
    truth = lesson.is_breached[foretold.rows]
    half = max(1, config.training.trees // 2)
    kinds = [kind for kind in TREES if kind in config.training.parts]
    if not usable(truth):
        return Choice(config.training.parts[:1], dict.fromkeys(kinds, half), {}, np.empty(0))
    landmark = lesson.landmark[foretold.rows]
    rounds: dict[str, int] = {}
    candidates: dict[str, Array] = {}
    for kind in kinds:
        losses = {
            r: macro_loss(odds, truth, landmark)
            for (k, r), odds in foretold.trees.items()
            if k == kind
        }
        rounds[kind] = min(losses, key=lambda r: (losses[r], r))
        candidates[kind] = foretold.trees[kind, rounds[kind]]
    candidates |= foretold.others
    asked: dict[str, Array] = {
        name: candidates[name] for name in config.training.parts if name in candidates
    }
    if not asked:
        return Choice(config.training.parts[:1], rounds, {}, np.empty(0))
    return _best_together(asked, truth, landmark, rounds)


def _best_together(
    candidates: Mapping[str, Array],
    truth: Array,
    landmark: NDArray[np.int64],
    rounds: Mapping[str, int],
) -> Choice:
    losses: dict[str, float] = {}
    prices: dict[tuple[str, ...], float] = {}
    first = next(iter(candidates))
    for parts in _subsets(tuple(candidates)):
        mean = np.mean([candidates[name] for name in parts], axis=0)
        losses[" + ".join(parts)] = macro_loss(mean, truth, landmark)
        if first in parts:
            prices[parts] = losses[" + ".join(parts)] + LEAST_GAIN * len(parts)
    best = min(prices, key=lambda parts: prices[parts])
    kept = {n: v for n, v in losses.items() if " + " not in n or n == " + ".join(best)}
    return Choice(best, rounds, kept, np.mean([candidates[name] for name in best], axis=0))


def _subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """All but the empty one, smaller ones first."""
    sizes = range(1, len(names) + 1)
    return [parts for size in sizes for parts in combinations(names, size)]


def fit_parts(
    lesson: Lesson, choice: Choice, *, config: Config, seed: int
) -> tuple[Encoder, tuple[Part, ...]]:
    """The chosen parts on everything that was decided; the hazard on what was watched too."""
    decided = lesson.at(lesson.is_decided)
    encoder = learn_encoder(decided.features)
    matrix = encoder.encode(decided.features)
    parts: list[Part] = []
    for name in choice.parts:
        if name in TREES:
            kind: TreeKind = "trees" if name == "trees" else "extra_trees"
            booster = grow(
                kind, matrix, decided, encoder, choice.rounds[kind], config=config, seed=seed
            )
            parts.append(TreesPart(kind, booster.model_to_string(num_iteration=-1)))
        elif name == "hazard":
            part = _fit_other(name, encoder.encode(lesson.features), lesson, encoder, seed=seed)
            parts += [part] if part is not None else []
        else:
            part = _fit_other(name, matrix, decided, encoder, seed=seed)
            parts += [part] if part is not None else []
    return encoder, tuple(parts)


def watched_hours(outcomes: pd.DataFrame, features: pd.DataFrame) -> Watched | None:
    """From ``elapsed_seconds`` and ``is_completed``, where the outcomes have them."""
    if "elapsed_seconds" not in outcomes or not {REMAINING, TARGET} <= set(features.columns):
        return None
    ran = numbers(features[TARGET]) - numbers(features[REMAINING])
    hours = outcomes["elapsed_seconds"].to_numpy(np.float64) / 3600.0 - ran
    return Watched(np.nan_to_num(hours), outcomes["is_completed"].to_numpy(bool))


def rounds_to_try(most: int) -> list[int]:
    """Rounds to choose between: eighths of the most, and a sixteenth."""
    return sorted({max(1, most * part // 16) for part in (1, 2, 4, 6, 8, 10, 12, 14, 16)})


def usable(is_breached: Array) -> bool:
    """Enough rows, and both outcomes among them."""
    return len(is_breached) >= LEAST_IN_WINDOW and 0 < is_breached.sum() < len(is_breached)


def _fit_other(
    name: str, matrix: Array, lesson: Lesson, encoder: Encoder, *, seed: int
) -> Part | None:
    if name == "logistic":
        return fit_linear(matrix, lesson.is_breached, encoder=encoder, seed=seed)
    if lesson.watched is None:
        return None
    return fit_hazard(matrix, lesson.watched, names=encoder.names, seed=seed)


def macro_loss(log_odds: Array, truth: Array, landmark: NDArray[np.int64]) -> float:
    """Mean over landmarks of the mean log-loss."""
    inside = np.clip(as_probabilities(log_odds), 1e-6, 1 - 1e-6)
    loss = -np.where(truth > 0, np.log(inside), np.log1p(-inside))
    sums, counts = np.bincount(landmark, weights=loss), np.bincount(landmark)
    return float(np.mean(sums[counts > 0] / counts[counts > 0]))
