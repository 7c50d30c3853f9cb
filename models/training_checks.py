"""Checks of the data that a training learned from, against what the champion knows.

The champion is a witness: where it was sure, labels seldom say otherwise, and in the time that
it learned from itself no segment can suddenly have fewer breaches. Labels that were flipped or
hidden show here long before they show in any AUC.
"""

import numpy as np
import pandas as pd

from forewarn.config.watching import PromotionConfig
from models.bundle import ModelBundle
from models.checks import Check, failing, passing, unjudged
from models.inner_windows import first_observed
from models.label_record import Record, compare_records
from models.segments import contradicted

SURE = 0.05
"""A champion is sure at or below this probability, or at or above its complement."""
Z = 4.0
"""Standard deviations from which a difference of labels is no chance."""
_DRIFT = 0.5
"""Of the contradictions that the champion expects: so many more come of a desk that changes."""
_LEAST_ROWS = 200
_FEWEST_SHARE = 0.5
_LEAST_GAIN = 0.01
_LEAST_KNOWN = 0.2


def check_training(
    lesson: pd.DataFrame,
    features: pd.DataFrame,
    *,
    settings: PromotionConfig,
    past: Record | None,
    champion: ModelBundle | None,
) -> tuple[Check, ...]:
    """Nothing without a champion. ``lesson``: the outcomes that are learned from.

    ``past``: what this training is told of the time that the champion learned from; null where
    the promises are others now, so that labels are too.
    """
    if champion is None:
        return ()
    found: list[Check] = []
    if past is not None and champion.labels:
        found += compare_records(
            champion.labels, past, most=settings.past_changed, share=settings.golden_changed
        )
    if set(champion.feature_names) <= set(features.columns):
        for metric in champion.models:
            found += _of_metric(lesson, features, metric, settings=settings, champion=champion)
    return tuple(found)


def _of_metric(
    lesson: pd.DataFrame,
    features: pd.DataFrame,
    metric: str,
    *,
    settings: PromotionConfig,
    champion: ModelBundle,
) -> list[Check]:
    is_mine = (lesson["metric"].astype(str) == metric) & ~lesson["is_censored"]
    mine, asked = lesson[is_mine], features[is_mine]
    if mine.empty:
        return []
    model = champion.models[metric]
    is_new = (first_observed(mine) >= champion.cutoff).to_numpy()
    probability = model.probabilities(asked)
    return [
        _enough(mine, metric=metric, before=model.report.n_tickets),
        _alive(asked, is_new, metric=metric, gains=model.importance()),
        label_noise(mine, probability, metric=metric, most=settings.label_noise),
    ]


def label_noise(rows: pd.DataFrame, probability: np.ndarray, *, metric: str, most: float) -> Check:
    """Whether labels contradict what the champion is sure of, more than it says itself.

    Half as much again is left to a desk that has changed since, and ``most`` to chance and error.
    """
    name = f"{metric}: labels agree with what the champion is sure of"
    found = contradicted(rows, probability, sure=SURE)
    if found is None or found.n < _LEAST_ROWS:
        return unjudged(name, f"{metric}: the champion is sure of too few observations")
    share = -found.bias
    figures = {"share": share, "z": -found.z, "n": found.n}
    expected = found.expected / found.n
    allowed = most + _DRIFT * expected
    words = (
        f"{metric}: {found.observed / found.n:.1%} of the labels contradict what the champion "
        f"was sure of ({expected:.1%} expected, {allowed:.1%} more allowed)"
    )
    is_noisy = share > allowed and -found.z > Z
    if share > allowed:
        words += ": labels look altered" if is_noisy else ": more, but within chance"
    return Check(name, not is_noisy, words, figures)


def _enough(rows: pd.DataFrame, *, metric: str, before: int) -> Check:
    n = int(rows["ticket"].nunique())
    words = (
        f"{metric}: learned from {n} decided tickets, the champion from {before} "
        f"({_FEWEST_SHARE:.0%} of that needed)"
    )
    lost = n < _FEWEST_SHARE * before
    return Check(
        f"{metric}: the history is all there", not lost,
        words + (": history was lost" if lost else ""), {"n_tickets": n, "before": before},
    )  # fmt: skip


def _alive(
    features: pd.DataFrame, is_new: np.ndarray, *, metric: str, gains: dict[str, float]
) -> Check:
    """Whether what the champion leans on is still told of the tickets since then."""
    name = f"{metric}: features are still told"
    if is_new.sum() < _LEAST_ROWS:
        return unjudged(name, f"{metric}: too few observations since the champion's cutoff")
    used = [feature for feature, gain in gains.items() if gain >= _LEAST_GAIN]
    dead = [
        feature
        for feature in used
        if features[feature][is_new].isna().all()
        and features[feature][~is_new].notna().mean() > _LEAST_KNOWN
    ]
    if not dead:
        return passing(name, f"{metric}: all {len(used)} features that matter are still told")
    return failing(
        name,
        f"{metric}: {dead[0]!r} is null of every ticket since the champion's cutoff: its source "
        "fell silent", {"features": dead},
    )  # fmt: skip
