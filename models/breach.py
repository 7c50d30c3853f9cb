"""Fit a breach model: rounds by early stopping, calibration on trial, then all the data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.config import Config
from forewarn.errors import ModelError
from models.breach_model import Array, BreachModel, FitReport, threads_for
from models.calibration import Calibrator, brier, not_tried, try_calibration
from models.encoding import Encoder
from models.inner_windows import InnerWindow, inner_windows
from models.support import learn_support

__all__ = ["BreachModel", "FitReport", "breach_pipeline", "fit_breach_model"]

_LEAST_IN_WINDOW = 50


@dataclass(frozen=True)
class _Data:
    """The decided observations of one metric; rows in the order given.

    ``offset``: log-odds that the weights add to an observation's breach, see `weight_offsets`.
    """

    features: pd.DataFrame
    is_breached: Array
    weight: Array
    offset: Array
    ticket: NDArray[np.int64]
    landmark: NDArray[np.int64]

    def at(self, rows: NDArray[np.bool_]) -> "_Data":
        return _Data(
            features=self.features[rows],
            is_breached=self.is_breached[rows],
            weight=self.weight[rows],
            offset=self.offset[rows],
            ticket=self.ticket[rows],
            landmark=self.landmark[rows],
        )


@dataclass(frozen=True)
class _Foretold:
    """Rows of the inner windows, and what was foretold of them by what lay before.

    ``raw``: by rounds of boosting. ``prior``: the breach rate before the window.
    ``is_later``: rows of the last window, which judges calibration.
    """

    rows: NDArray[np.int64]
    raw: Mapping[int, Array]
    prior: Array
    is_later: NDArray[np.bool_]


def fit_breach_model(
    features: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    metric: str,
    config: Config,
    seed: int,
) -> BreachModel:
    """A model of the metric's decided observations; same inputs and seed, same model.

    ``outcomes`` as of `training_outcomes`; ``features`` has a row for each of them (same
    index). Rounds and calibration come from windows at the end, each foretold by what lies
    before it; the model that is kept is then fitted on everything.
    Raises ModelError with the reason where there is too little to learn from, one class
    only, or the result is no better than the prior.
    """
    mine = outcomes[outcomes["metric"].astype(str) == metric]
    decided = mine[~mine["is_censored"]]
    _refuse_too_little(decided, metric=metric, config=config)
    data = _Data(
        features=features.loc[decided.index],
        is_breached=decided["is_breached"].to_numpy(dtype=np.float64),
        weight=fitting_weights(decided),
        offset=weight_offsets(decided),
        ticket=decided["ticket"].to_numpy(dtype=np.int64),
        landmark=pd.factorize(decided["landmark"].astype(str))[0],
    )
    windows = inner_windows(decided, share=config.training.calibration_share)
    foretold = _foretell(data, windows, config=config, seed=seed)
    rounds = _best_rounds(data, foretold, config=config)
    calibrator, judged = _judge(data, foretold, rounds=rounds, metric=metric)
    encoder, booster = _fit_trees(data, rounds=rounds, config=config, seed=seed)
    report = FitReport(
        n_observations=len(decided),
        n_tickets=int(decided["ticket"].nunique()),
        n_breached=int(data.is_breached.sum()),
        base_rate=float(data.is_breached.mean()),
        censored_share=float(mine["is_censored"].mean()),
        rounds=rounds,
        seed=seed,
        judged_from=windows[0].begins.isoformat(),
        **judged,
    )
    trees = booster.model_to_string(num_iteration=-1)
    support = learn_support(data.features, data.is_breached, data.ticket)
    return BreachModel(metric, encoder, trees, calibrator, report, support)


def fitting_weights(decided: pd.DataFrame) -> Array:
    """Weights of equal tickets, times what treatment leaves of them where that is known.

    Treatment is no matter of how often a ticket was observed: `weight_offsets` knows nothing
    of it, so that treated tickets that were met do not make breaches look rare.
    """
    weight = decided["weight"].to_numpy(dtype=np.float64)
    if "treatment_weight" not in decided:
        return weight
    treated: Array = weight * decided["treatment_weight"].to_numpy(dtype=np.float64)
    return treated


def weight_offsets(decided: pd.DataFrame) -> Array:
    """How much more a breached observation weighs than a met one, in log-odds, per row.

    Tickets weigh the same, so the opening of a ticket that was solved early weighs 1 and
    that of one which went through all landmarks a fifth; that alone would make breaches
    look rarer than they are. Per landmark the logarithm of the ratio of mean weights; the
    trees start from it, and what they add to it is free of it.
    """
    weight = decided["weight"].to_numpy(dtype=np.float64)
    breached = decided["is_breached"].to_numpy(dtype=np.float64) > 0
    codes, names = pd.factorize(decided["landmark"].astype(str))
    offset = np.zeros(len(decided))
    for code in range(len(names)):
        here = codes == code
        if breached[here].any() and not breached[here].all():
            ratio = weight[here & breached].mean() / weight[here & ~breached].mean()
            offset[here] = np.log(ratio)
    return offset


def breach_pipeline(
    *, rounds: int, config: Config, seed: int, least: int = 1, threads: int = 1
) -> Any:
    """The scikit-learn pipeline: ordinal codes, then LightGBM; deterministic."""
    from lightgbm import LGBMClassifier
    from sklearn.pipeline import Pipeline

    from models.ordinal import OrdinalCodes

    training = config.training
    trees = LGBMClassifier(
        n_estimators=rounds,
        learning_rate=training.learning_rate,
        num_leaves=training.leaves,
        min_child_samples=40,
        subsample=0.8,
        subsample_freq=1,
        colsample_bytree=0.4,
        max_bin=63,
        reg_lambda=5.0,
        random_state=seed,
        n_jobs=threads,
        deterministic=True,
        force_row_wise=True,
        verbosity=-1,
    )
    return Pipeline([("codes", OrdinalCodes(least=least)), ("trees", trees)])


def _refuse_too_little(decided: pd.DataFrame, *, metric: str, config: Config) -> None:
    n_tickets = int(decided["ticket"].nunique())
    least = config.training.minimum_tickets
    if n_tickets < least:
        raise ModelError(
            f"{metric}: {n_tickets} tickets were decided before the cutoff, training needs "
            f"{least} (training.minimum_tickets); until then the rules serve"
        )
    breached = int(decided["is_breached"].sum())
    if breached in (0, len(decided)):
        word = "met" if breached == 0 else "breached"
        raise ModelError(
            f"{metric}: all {len(decided)} decided observations were {word}: nothing can be "
            "learned from a single class; the rules serve"
        )


def _foretell(
    data: _Data, windows: Sequence[InnerWindow], *, config: Config, seed: int
) -> _Foretold:
    """Every window foretold by trees of what was decided before it, at each number of rounds."""
    steps = _steps(config.training.trees)
    raw: dict[int, list[Array]] = {rounds: [] for rounds in steps}
    rows, prior, is_later = [], [], []
    for window in windows:
        before = data.at(window.before)
        if _usable(before.is_breached) and window.inside.any():
            encoder, booster = _fit_trees(before, rounds=steps[-1], config=config, seed=seed)
            matrix = encoder.encode(data.features[window.inside])
            for rounds in steps:
                raw[rounds].append(booster.predict(matrix, num_iteration=rounds, num_threads=1))
            rows.append(np.flatnonzero(window.inside))
            prior.append(np.full(len(matrix), before.is_breached.mean()))
            is_later.append(np.full(len(matrix), window is windows[-1]))
    if not rows:
        return _Foretold(np.empty(0, int), {}, np.empty(0), np.empty(0, bool))
    joined = {rounds: np.concatenate(parts) for rounds, parts in raw.items()}
    return _Foretold(np.concatenate(rows), joined, np.concatenate(prior), np.concatenate(is_later))


def _best_rounds(data: _Data, foretold: _Foretold, *, config: Config) -> int:
    """Rounds with the least log-loss, landmarks counting alike; a half where windows are thin."""
    truth = data.is_breached[foretold.rows]
    if not _usable(truth):
        return max(1, config.training.trees // 2)
    landmark = data.landmark[foretold.rows]
    losses = {r: _macro_loss(p, truth, landmark) for r, p in foretold.raw.items()}
    return min(losses, key=lambda rounds: (losses[rounds], rounds))


def _macro_loss(probabilities: Array, truth: Array, landmark: NDArray[np.int64]) -> float:
    """Mean over landmarks of the mean log-loss."""
    inside = np.clip(probabilities, 1e-6, 1 - 1e-6)
    loss = -np.where(truth > 0, np.log(inside), np.log1p(-inside))
    sums, counts = np.bincount(landmark, weights=loss), np.bincount(landmark)
    return float(np.mean(sums[counts > 0] / counts[counts > 0]))


def _steps(most: int) -> list[int]:
    """Rounds to choose between: eighths of the most, and a sixteenth."""
    return sorted({max(1, most * part // 16) for part in (1, 2, 4, 6, 8, 10, 12, 14, 16)})


def _fit_trees(data: _Data, *, rounds: int, config: Config, seed: int) -> tuple[Encoder, Any]:
    """The encoder and the booster."""
    threads = threads_for(data.features.size)
    pipeline = breach_pipeline(rounds=rounds, config=config, seed=seed, threads=threads)
    pipeline.fit(
        data.features,
        data.is_breached,
        trees__sample_weight=data.weight,
        trees__init_score=data.offset,
    )
    return pipeline[0].encoder_, pipeline[1].booster_


def _judge(
    data: _Data, foretold: _Foretold, *, rounds: int, metric: str
) -> tuple[Calibrator | None, dict[str, Any]]:
    """The calibrator or None, and the Brier scores of the report; refuses a useless model."""
    truth = data.is_breached[foretold.rows]
    if not _usable(truth):
        note = "too little of one class before the cutoff: calibration was not tried"
        return None, {"brier": None, "brier_prior": None, "calibration": asdict(not_tried(note))}
    raw, tickets = foretold.raw[rounds], data.ticket[foretold.rows]
    calibrator, trial = try_calibration(raw, truth, tickets=tickets, is_later=foretold.is_later)
    ours, of_prior = brier(raw, truth), brier(foretold.prior, truth)
    if ours >= of_prior:
        raise ModelError(
            f"{metric}: refused, the model's Brier score on the windows before the cutoff "
            f"({ours:.4f}) is no better than the prior's ({of_prior:.4f}); the rules serve"
        )
    return calibrator, {"brier": ours, "brier_prior": of_prior, "calibration": asdict(trial)}


def _usable(is_breached: Array) -> bool:
    """Enough rows, and both outcomes among them."""
    return len(is_breached) >= _LEAST_IN_WINDOW and 0 < is_breached.sum() < len(is_breached)
