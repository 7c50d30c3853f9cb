"""Every part of a breach model judged on windows before the cutoff; the best together are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.config import Config
from models.blending import Judged, choose_parts, macro_loss, mean_of
from models.encoding import Encoder, numbers
from models.hazard import REMAINING, ROUNDS, TARGET, fit_hazard
from models.inner_windows import InnerWindow
from models.lesson import Lesson, Watched
from models.linear import fit_linear
from models.part import Array, Part
from models.trees import KINDS, TreeKind, TreesPart, grow

LEAST_IN_WINDOW = 50


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
        encoder = before.learn_encoder()
        matrix, asked = before.encode(encoder), lesson.at(window.inside).encode(encoder)
        for kind in [k for k in KINDS if k in config.training.parts]:
            booster = grow(kind, matrix, before, encoder, steps[-1], config=config, seed=seed)
            for rounds in steps:
                found = booster.predict(asked, raw_score=True, num_iteration=rounds, num_threads=1)
                trees.setdefault((kind, rounds), []).append(found)
        for name in [n for n in config.training.parts if n not in KINDS]:
            part = _fit_other(name, matrix, before, encoder, config=config, seed=seed)
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
    """All parts that are configured, but for sure harm and for want of proof.

    Which few do best in a window is largely chance; the mean of all went never far wrong, on
    three logs, and stays the same from one training to the next. Where the windows are too thin
    to tell: the first alone, trees at half of the most rounds.
    """
    truth = lesson.is_breached[foretold.rows]
    half = max(1, config.training.trees // 2)
    kinds = [kind for kind in KINDS if kind in config.training.parts]
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
    judged = Judged(truth, landmark, lesson.ticket[foretold.rows])
    parts, told = choose_parts(asked, judged)
    return Choice(parts, rounds, told, mean_of(asked, parts))


def fit_parts(
    lesson: Lesson, choice: Choice, *, config: Config, seed: int
) -> tuple[Encoder, tuple[Part, ...]]:
    """The chosen parts on everything that was decided; the hazard on what was watched too."""
    decided = lesson.at(lesson.is_decided)
    encoder = decided.learn_encoder()
    matrix = decided.encode(encoder)
    parts: list[Part] = []
    for name in choice.parts:
        if name in KINDS:
            booster = grow(
                name, matrix, decided, encoder, choice.rounds[name], config=config, seed=seed
            )
            parts.append(TreesPart(name, booster.model_to_string(num_iteration=-1)))
        elif name == "hazard":
            every = lesson.encode(encoder)
            part = _fit_other(name, every, lesson, encoder, config=config, seed=seed)
            parts += [part] if part is not None else []
        else:
            part = _fit_other(name, matrix, decided, encoder, config=config, seed=seed)
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
    name: str, matrix: Array, lesson: Lesson, encoder: Encoder, *, config: Config, seed: int
) -> Part | None:
    if name == "logistic":
        return fit_linear(matrix, lesson.is_breached, encoder=encoder, seed=seed)
    if lesson.watched is None:
        return None
    rounds = min(ROUNDS, config.training.trees)
    return fit_hazard(matrix, lesson.watched, names=encoder.names, seed=seed, rounds=rounds)
