"""Fits of part ``ablation``: one data set, its windows, a model per variant, window and seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.ablation_families import Variant
from forewarn.config import Config
from forewarn.errors import ModelError
from forewarn.progress import Progress
from models.bootstrap import Resamples, mean_over, resample_tickets, statistics
from models.breach import breach_pipeline, fit_breach_model, weight_offsets
from models.encoding import learn_encoder
from models.metrics import STATISTICS, Floats
from models.splits import Window

RESAMPLING_SEED = 20
N_FIGURES = STATISTICS.index("average_precision") + 1
"""AUC and average precision: the first two of STATISTICS."""


@dataclass(frozen=True)
class Data:
    """Observations of one metric with all features, and what was decided by any instant.

    ``outcomes_at``: rows decided or censored at an instant, with the columns of
    ``training_outcomes`` and ``opened_at``, on the index of ``features``.
    ``windows``: oldest first; the last one tests.
    """

    name: str
    metric: str
    features: pd.DataFrame
    outcomes_at: Callable[[pd.Timestamp], pd.DataFrame]
    windows: tuple[Window, ...]
    end: pd.Timestamp


@dataclass(frozen=True)
class Judged:
    """A window's rows: ``train`` decided before the cutoff, ``later`` opened in the window."""

    window: Window
    train: pd.DataFrame
    later: pd.DataFrame
    rounds: int


def validation_windows(windows: Sequence[Window]) -> tuple[Window, ...]:
    """All but the last, each ended at the next one's cutoff: none reaches into the test."""
    return tuple(
        Window(window.cutoff, min(window.test_until, following.cutoff))
        for window, following in pairwise(windows)
    )


def judged_windows(
    data: Data, *, names: Sequence[str], config: Config, is_test: bool = False
) -> list[Judged]:
    """The windows before the test, or the test alone.

    Outcomes of the former are those that were decided before the test's cutoff, with
    deadlines before it: nothing of the test is needed to choose.
    """
    if is_test:
        windows, known_at = (data.windows[-1],), data.end
    else:
        windows, known_at = validation_windows(data.windows), data.windows[-1].cutoff
    known = data.outcomes_at(known_at)
    return [_judge(data, w, known=known, names=names, config=config) for w in windows]


def _judge(
    data: Data, window: Window, *, known: pd.DataFrame, names: Sequence[str], config: Config
) -> Judged:
    train = data.outcomes_at(window.cutoff)
    inside = (known["opened_at"] >= window.cutoff) & (known["opened_at"] < window.test_until)
    later = known[inside & ~known["is_censored"]]
    rounds = _rounds(data, train, names=names, config=config)
    return Judged(window, train[~train["is_censored"]], later, rounds)


def _rounds(data: Data, train: pd.DataFrame, *, names: Sequence[str], config: Config) -> int:
    """Rounds of boosting that the project's model of the default features chooses at the cutoff."""
    features = data.features.loc[train.index, list(names)]
    seed = config.training.seeds[0]
    try:
        model = fit_breach_model(features, train, metric=data.metric, config=config, seed=seed)
    except ModelError:
        return max(1, config.training.trees // 2)
    return model.report.rounds


def fit_variants(
    data: Data,
    judged: Sequence[Judged],
    variants: Sequence[Variant],
    *,
    seeds: Sequence[int],
    config: Config,
    progress: Progress,
) -> list[Floats]:
    """Per variant the macro AUC and average precision, one row per resample of the tickets.

    Means over landmarks, seeds (the first alone for families alone) and windows. Variants
    share the resamples of a window, so their differences are paired.
    """
    done, total = 0, len(judged) * len(variants)
    by_window: list[list[Floats]] = []
    for part in judged:
        matrix = _Matrix.of(data, part)
        resamples = resample_tickets(
            matrix.n_tickets, resamples=config.evaluation.bootstrap, seed=RESAMPLING_SEED
        )
        figures = []
        for variant in variants:
            found = []
            for seed in seeds[:1] if variant.kind == "alone" else seeds:
                score = matrix.score(variant.names, rounds=part.rounds, seed=seed, config=config)
                found.append(matrix.figures(score, resamples=resamples))
            figures.append(np.mean(found, axis=0))
            done += 1
            progress(f"{data.name}: {variant.kind} {variant.family}", done / total)
        by_window.append(figures)
    return [np.mean(parts, axis=0) for parts in zip(*by_window, strict=True)]


@dataclass(frozen=True)
class _Matrix:
    """A window's features as the trees see them, all columns, coded once for all variants."""

    place: dict[str, int]
    train: Floats
    breached: Floats
    weight: Floats
    offset: Floats
    later: Floats
    truth: Floats
    landmark: NDArray[np.int64]
    ticket: NDArray[np.int64]
    n_tickets: int

    @classmethod
    def of(cls, data: Data, part: Judged) -> "_Matrix":
        before = data.features.loc[part.train.index]
        encoder = learn_encoder(before)
        ticket, tickets = pd.factorize(part.later["ticket"])
        return cls(
            place={name: i for i, name in enumerate(encoder.names)},
            train=encoder.encode(before),
            breached=part.train["is_breached"].to_numpy(np.float64),
            weight=part.train["weight"].to_numpy(np.float64),
            offset=weight_offsets(part.train),
            later=encoder.encode(data.features.loc[part.later.index]),
            truth=part.later["is_breached"].to_numpy(np.float64),
            landmark=pd.factorize(part.later["landmark"].astype(str))[0].astype(np.int64),
            ticket=ticket.astype(np.int64),
            n_tickets=len(tickets),
        )

    def score(self, names: Sequence[str], *, rounds: int, seed: int, config: Config) -> Floats:
        """What the project's trees, fitted on these columns, say of the later rows."""
        columns = [self.place[name] for name in names]
        trees = breach_pipeline(rounds=rounds, config=config, seed=seed)[1]
        trees.fit(
            self.train[:, columns],
            self.breached,
            sample_weight=self.weight,
            init_score=self.offset,
        )
        predicted: Floats = trees.booster_.predict(self.later[:, columns], num_threads=1)
        return predicted

    def figures(self, score: Floats, *, resamples: Resamples) -> Floats:
        """Per resample the mean over landmarks of AUC and average precision."""
        parts = []
        for code in range(int(self.landmark.max()) + 1):
            here = self.landmark == code
            parts.append(
                statistics(
                    self.truth[here], score[here], tickets=self.ticket[here], resamples=resamples
                )
            )
        columns = [mean_over([part[:, i] for part in parts]) for i in range(N_FIGURES)]
        return np.column_stack(columns)
