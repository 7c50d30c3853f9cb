"""Fit a breach model: rounds by early stopping, calibration on trial, then all the data."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.config import Config
from forewarn.errors import ModelError
from models.breach_model import Array, BreachModel, FitReport, threads_for
from models.calibration import CalibrationTrial, Calibrator, brier, not_tried, try_calibration
from models.encoding import Encoder
from models.training_parts import TrainingParts, split_training

__all__ = ["BreachModel", "FitReport", "breach_pipeline", "fit_breach_model"]

PATIENCE = 40
"""Rounds without a better log-loss on the stop window after which boosting ends."""
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

    def at(self, rows: NDArray[np.bool_]) -> "_Data":
        return _Data(
            self.features[rows], self.is_breached[rows], self.weight[rows], self.offset[rows]
        )


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
    index). The rounds come from a window after the one fitted on, calibration from a
    later one still; the model that is kept is then fitted on everything.
    Raises ModelError with the reason where there is too little to learn from, one class
    only, or the result is no better than the prior.
    """
    mine = outcomes[outcomes["metric"].astype(str) == metric]
    decided = mine[~mine["is_censored"]]
    _refuse_too_little(decided, metric=metric, config=config)
    data = _Data(
        features=features.loc[decided.index],
        is_breached=decided["is_breached"].to_numpy(dtype=np.float64),
        weight=decided["weight"].to_numpy(dtype=np.float64),
        offset=weight_offsets(decided),
    )
    parts = split_training(decided, share=config.training.calibration_share)
    rounds = _stopped_rounds(data, parts, config=config, seed=seed)
    calibrator, judged = _calibrate(
        data, parts, metric=metric, rounds=rounds, config=config, seed=seed
    )
    encoder, trees = _fit_trees(data, rounds=rounds, config=config, seed=seed)
    report = FitReport(
        n_observations=len(decided),
        n_tickets=int(decided["ticket"].nunique()),
        n_breached=int(data.is_breached.sum()),
        base_rate=float(data.is_breached.mean()),
        censored_share=float(mine["is_censored"].mean()),
        rounds=rounds,
        seed=seed,
        stop_from=parts.borders[0].isoformat(),
        calibrate_from=parts.borders[1].isoformat(),
        **judged,
    )
    return BreachModel(metric, encoder, trees, calibrator, report)


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
        colsample_bytree=0.6,
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


def _stopped_rounds(data: _Data, parts: TrainingParts, *, config: Config, seed: int) -> int:
    """Boosting rounds that were best on the stop window; a third of the most where it is thin."""
    import lightgbm

    most = config.training.trees
    if not (_usable(data.is_breached[parts.fit]) and _usable(data.is_breached[parts.stop])):
        return max(1, most // 3)
    fit, stop = data.at(parts.fit), data.at(parts.stop)
    threads = threads_for(fit.features.size)
    pipeline = breach_pipeline(rounds=most, config=config, seed=seed, threads=threads)
    codes, trees = pipeline[0], pipeline[1]
    trees.fit(
        codes.fit_transform(fit.features),
        fit.is_breached,
        sample_weight=fit.weight,
        init_score=fit.offset,
        eval_X=codes.transform(stop.features),
        eval_y=stop.is_breached,
        eval_metric="binary_logloss",
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )
    return max(1, int(trees.best_iteration_ or most))


def _fit_trees(data: _Data, *, rounds: int, config: Config, seed: int) -> tuple[Encoder, str]:
    threads = threads_for(data.features.size)
    pipeline = breach_pipeline(rounds=rounds, config=config, seed=seed, threads=threads)
    pipeline.fit(
        data.features,
        data.is_breached,
        trees__sample_weight=data.weight,
        trees__init_score=data.offset,
    )
    return pipeline[0].encoder_, pipeline[1].booster_.model_to_string(num_iteration=-1)


def _calibrate(
    data: _Data, parts: TrainingParts, *, metric: str, rounds: int, config: Config, seed: int
) -> tuple[Calibrator | None, dict[str, Any]]:
    """The calibrator or None, and what the report says of the latest window."""
    late, before = parts.calibrate, parts.before_calibrate
    if not (_usable(data.is_breached[late]) and _usable(data.is_breached[before])):
        note = "the latest window holds too little of one class: calibration was not tried"
        return None, {"brier": None, "brier_prior": None, "calibration": asdict(not_tried(note))}
    encoder, trees = _fit_trees(data.at(before), rounds=rounds, config=config, seed=seed)
    earlier = BreachModel(metric, encoder, trees, None, _EMPTY)
    raw, truth = earlier.raw_probabilities(data.features[late]), data.is_breached[late]
    alike = np.ones(len(truth))
    calibrator, trial = try_calibration(raw, truth, alike, is_later=parts.is_later[late])
    prior = np.full(len(truth), data.is_breached[before].mean())
    ours, of_prior = brier(raw, truth, alike), brier(prior, truth, alike)
    _refuse_worse_than_prior(ours, of_prior, trial, metric=metric)
    return calibrator, {"brier": ours, "brier_prior": of_prior, "calibration": asdict(trial)}


def _refuse_worse_than_prior(
    ours: float, of_prior: float, trial: CalibrationTrial, *, metric: str
) -> None:
    best = min(ours, trial.brier_calibrated) if trial.kept and trial.brier_calibrated else ours
    if best >= of_prior:
        raise ModelError(
            f"{metric}: refused, the model's Brier score on the latest window ({best:.4f}) is no "
            f"better than the prior's ({of_prior:.4f}); the rules serve"
        )


def _usable(is_breached: Array) -> bool:
    """Enough rows, and both outcomes among them."""
    return len(is_breached) >= _LEAST_IN_WINDOW and 0 < is_breached.sum() < len(is_breached)


_EMPTY = FitReport(0, 0, 0, 0.0, 0.0, 0, 0, "", "", None, None, {})
