"""Fit a breach model: parts and rounds chosen before the cutoff, calibration on trial, then all."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from forewarn.config import Config
from forewarn.errors import ModelError
from models.breach_model import BreachModel, FitReport, as_probabilities
from models.calibration import Calibrator, brier, not_tried, try_calibration
from models.foretelling import (
    Choice,
    Foretold,
    choose,
    fit_parts,
    foretell,
    usable,
    watched_hours,
)
from models.hazard import REMAINING, TARGET
from models.inner_windows import inner_windows
from models.lesson import Lesson
from models.part import Array
from models.support import BUDGET, SHARE, learn_support
from models.trees import tree_settings

__all__ = ["BreachModel", "FitReport", "breach_pipeline", "fit_breach_model", "weight_offsets"]


def fit_breach_model(
    features: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    metric: str,
    config: Config,
    seed: int,
    like: BreachModel | None = None,
) -> BreachModel:
    """A model of the metric's decided observations; same inputs and seed, same model.

    ``outcomes`` as of `training_outcomes`, and of `pending_outcomes` where the hazard is to
    learn from what is still open; ``features`` has a row for each of them (same index). Parts,
    rounds and calibration come from windows at the end, each foretold by what lies before it;
    the model that is kept is then fitted on everything.
    ``like``: of the same outcomes and another seed; its parts, rounds and calibration are taken
    over, which spares the windows.
    Raises ModelError with the reason where there is too little to learn from, one class
    only, or the result is no better than the prior.
    """
    mine = outcomes[outcomes["metric"].astype(str) == metric]
    decided = mine[~mine["is_censored"]]
    _refuse_too_little(decided, metric=metric, config=config)
    whole = lesson_of(features, mine)
    lesson = whole.at(whole.is_decided)
    if like is None:
        settled = _settle(lesson, decided, metric=metric, config=config, seed=seed)
    else:
        settled = _as_settled(like)
    choice = settled.choice
    encoder, parts = fit_parts(whole, choice, config=config, seed=seed)
    if not parts:
        names = ", ".join(config.training.parts)
        raise ModelError(
            f"{metric}: none of training.parts ({names}) could be fitted: name 'trees' as well; "
            "the rules serve"
        )
    report = FitReport(
        n_observations=len(decided),
        n_tickets=int(decided["ticket"].nunique()),
        n_breached=int(lesson.is_breached.sum()),
        base_rate=float(lesson.is_breached.mean()),
        censored_share=_censored_share(mine),
        rounds=max((choice.rounds[k] for k in choice.rounds if k in choice.parts), default=0),
        seed=seed,
        blend=choice.losses,
        rounds_of=dict(choice.rounds),
        **settled.judged,
    )
    support = learn_support(lesson.columns((BUDGET, SHARE)), lesson.is_breached, lesson.ticket)
    return BreachModel(metric, encoder, parts, settled.calibrator, report, support)


def fitting_weights(decided: pd.DataFrame) -> Array:
    """Weights of equal tickets, times what treatment leaves of them where that is known.

    Treatment is no matter of how often a ticket was observed: `weight_offsets` knows nothing
    of it, so that treated tickets that were met do not make breaches look rare.
    """
    weight = decided["weight"].to_numpy(dtype=np.float64)
    if "treatment_weight" not in decided:
        return weight
    left = decided["treatment_weight"].to_numpy(dtype=np.float64)
    treated: Array = weight * np.where(np.isnan(left), 1.0, left)
    return treated


def weight_offsets(decided: pd.DataFrame) -> Array:
    """How much more a breached observation weighs than a met one, in log-odds, per row.

    Tickets weigh the same, so the opening of a ticket that was solved early weighs 1 and
    that of one which went through all landmarks a fifth; that alone would make breaches
    look rarer than they are. Per landmark the logarithm of the ratio of mean weights; the
    trees start from it, and what they add to it is free of it. 0 where undecided.
    """
    weight = decided["weight"].to_numpy(dtype=np.float64)
    truth = decided["is_breached"].to_numpy(dtype=np.float64)
    breached, met = truth > 0, truth == 0
    codes, names = pd.factorize(decided["landmark"].astype(str))
    offset = np.zeros(len(decided))
    for code in range(len(names)):
        here = codes == code
        if (here & breached).any() and (here & met).any():
            ratio = weight[here & breached].mean() / weight[here & met].mean()
            offset[here] = np.log(ratio)
    return offset


def breach_pipeline(
    *, rounds: int, config: Config, seed: int, least: int = 1, threads: int = 1
) -> Any:
    """A scikit-learn pipeline of the part ``trees``: ordinal codes, then LightGBM."""
    from lightgbm import LGBMClassifier
    from sklearn.pipeline import Pipeline

    from models.ordinal import OrdinalCodes

    settings = tree_settings("trees", (), config=config, seed=seed, threads=threads)
    settings.pop("monotone_constraints")  # the columns are known only when it is fitted
    trees = LGBMClassifier(n_estimators=rounds, **settings)
    return Pipeline([("codes", OrdinalCodes(least=least)), ("trees", trees)])


@dataclass(frozen=True)
class _Settled:
    """What the windows before the cutoff decided. ``judged``: fields of the report."""

    choice: Choice
    calibrator: Calibrator | None
    judged: dict[str, Any]


def _settle(
    lesson: Lesson, decided: pd.DataFrame, *, metric: str, config: Config, seed: int
) -> _Settled:
    windows = inner_windows(decided, share=config.training.calibration_share)
    foretold = foretell(lesson, windows, config=config, seed=seed)
    choice = choose(lesson, foretold, config=config)
    calibrator, judged = _judge(lesson, foretold, choice=choice, metric=metric)
    return _Settled(choice, calibrator, judged | {"judged_from": windows[0].begins.isoformat()})


def _as_settled(model: BreachModel) -> _Settled:
    report = model.report
    names = tuple(part.name for part in model.parts)
    choice = Choice(names, report.rounds_of, report.blend, np.empty(0))
    judged = {
        name: getattr(report, name)
        for name in ("brier", "brier_prior", "calibration", "judged_from")
    }
    return _Settled(choice, model.calibrator, judged)


def lesson_of(features: pd.DataFrame, outcomes: pd.DataFrame) -> Lesson:
    """The outcomes as the parts learn from them; ``features`` has a row for each, by index."""
    rows = features.index.get_indexer(outcomes.index).astype(np.int64)
    clock = features[[name for name in (TARGET, REMAINING) if name in features]].iloc[rows]
    return Lesson(
        table=features,
        is_breached=np.where(
            outcomes["is_censored"], np.nan, outcomes["is_breached"].to_numpy(dtype=np.float64)
        ),
        weight=fitting_weights(outcomes),
        offset=weight_offsets(outcomes),
        ticket=outcomes["ticket"].to_numpy(dtype=np.int64),
        landmark=pd.factorize(outcomes["landmark"].astype(str))[0],
        watched=watched_hours(outcomes, clock),
        rows=rows,
    )


def _censored_share(outcomes: pd.DataFrame) -> float:
    """Of the observations whose deadline lay before the cutoff."""
    due = outcomes
    if "is_pending" in outcomes:
        due = outcomes[~outcomes["is_pending"].astype(bool)]
    return float(due["is_censored"].mean())


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


def _judge(
    lesson: Lesson, foretold: Foretold, *, choice: Choice, metric: str
) -> tuple[Calibrator | None, dict[str, Any]]:
    """The calibrator or None, and the Brier scores of the report; refuses a useless model."""
    truth = lesson.is_breached[foretold.rows]
    if not usable(truth) or not choice.log_odds.size:
        note = "too little of one class before the cutoff: calibration was not tried"
        return None, {"brier": None, "brier_prior": None, "calibration": asdict(not_tried(note))}
    raw, tickets = as_probabilities(choice.log_odds), lesson.ticket[foretold.rows]
    calibrator, trial = try_calibration(raw, truth, tickets=tickets, is_later=foretold.is_later)
    ours, of_prior = brier(raw, truth), brier(foretold.prior, truth)
    if ours >= of_prior:
        raise ModelError(
            f"{metric}: refused, the model's Brier score on the windows before the cutoff "
            f"({ours:.4f}) is no better than the prior's ({of_prior:.4f}); the rules serve"
        )
    return calibrator, {"brier": ours, "brier_prior": of_prior, "calibration": asdict(trial)}
