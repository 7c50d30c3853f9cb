"""Whether the challenger is worse than the champion beyond noise, or than the prior."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from forewarn.config.watching import PromotionConfig
from models.bootstrap import interval
from models.checks import Check, failing
from models.evaluation_scored import Scored, scored
from models.evaluation_tables import Replicates, replicate_table
from models.gate_rows import Contest
from models.metrics import Floats, brier_score
from models.segments import days_of

SEED = 20
_AUC, _BRIER = 0, 2
_LEAST_OF_CLASS = 50


def compare_with_champion(fair: Contest, *, metric: str, settings: PromotionConfig) -> Check:
    """Paired bootstrap over tickets of Brier score and AUC."""
    name = f"{metric}: not worse than the champion"
    too_little = _too_little(fair, metric=metric, settings=settings)
    if too_little:
        return failing(name, too_little)
    figures = paired(fair, settings=settings)
    brier, auc = figures["brier_difference"], figures["auc_difference"]
    worse = brier["low"] > settings.brier_margin
    if auc["value"] is not None:
        worse = worse or auc["high"] < -settings.auc_margin
    words = (
        f"{metric}: Brier {figures['brier']:.4f}, the champion's {figures['brier_champion']:.4f} "
        f"(difference {_span(brier)}; {settings.brier_margin:+g} allowed, "
        f"promotion.brier_margin); AUC difference {_span(auc)} ({-settings.auc_margin:+g} allowed, "
        f"promotion.auc_margin); {figures['n_tickets']} tickets"
    )
    return Check(name, not worse, words + (": worse beyond noise" if worse else ""), figures)


def compare_with_prior(answered: Contest, *, metric: str, settings: PromotionConfig) -> Check:
    """The Brier score against that of the breach share per landmark before the window."""
    name = f"{metric}: better than the prior"
    too_little = _too_little(answered, metric=metric, settings=settings)
    if too_little:
        return failing(name, too_little)
    rows = answered.rows
    truth = rows["is_breached"].to_numpy(float)
    ours = brier_score(truth, rows["challenger"].to_numpy(float))
    prior = brier_score(truth, rows["prior"].to_numpy(float))
    words = f"{metric}: Brier {ours:.4f}, the prior's {prior:.4f} (less is needed)"
    figures = {"brier": ours, "brier_prior": prior, "n": len(rows)}
    worse = ours >= prior
    return Check(name, not worse, words + (": no better than the prior" if worse else ""), figures)


def paired(fair: Contest, *, settings: PromotionConfig) -> dict[str, Any]:
    """Figures of both, and their differences (challenger less champion) with intervals.

    The tickets of a day are resampled together: they share that day's troubles.
    """
    models = ("champion", "challenger")
    rows = fair.rows.assign(ticket=days_of(fair.rows))
    test = scored(
        rows, {m: [fair.rows[m].to_numpy(float)] for m in models},
        probabilities=frozenset(models), resamples=settings.resamples, seed=SEED,
    )  # fmt: skip
    table = replicate_table(test)
    pooled, level = table["all"], settings.level
    aucs = {model: _auc(test, table, model) for model in models}
    found: dict[str, Any] = {
        "n": len(fair.rows),
        "n_tickets": int(fair.rows["ticket"].nunique()),
        "brier": float(pooled["challenger"][0, _BRIER]),
        "brier_champion": float(pooled["champion"][0, _BRIER]),
        "auc": _number(aucs["challenger"][0]),
        "auc_champion": _number(aucs["champion"][0]),
    }
    brier = pooled["challenger"][:, _BRIER] - pooled["champion"][:, _BRIER]
    return found | {
        "brier_difference": interval(brier, level=level),
        "auc_difference": interval(aucs["challenger"] - aucs["champion"], level=level),
    }


def _auc(test: Scored, table: Mapping[str, Replicates], model: str) -> Floats:
    """The mean over landmarks, each weighing its observations; those of few breaches left out."""
    total = np.zeros(len(table["all"][model]))
    weight = 0.0
    for landmark in table:
        rows = test.truth[test.mask(landmark)]
        if landmark != "all" and min(rows.sum(), len(rows) - rows.sum()) >= _LEAST_OF_CLASS:
            total += len(rows) * table[landmark][model][:, _AUC]
            weight += len(rows)
    return total / weight if weight else np.full_like(total, np.nan)


def _too_little(contest: Contest, *, metric: str, settings: PromotionConfig) -> str:
    """Why nothing can be told, or nothing."""
    rows = contest.rows
    n = int(rows["ticket"].nunique())
    breached = rows["is_breached"] == 1.0
    classes = (rows.loc[breached, "ticket"].nunique(), rows.loc[~breached, "ticket"].nunique())
    of_class = settings.minimum_tickets // 10
    if n >= settings.minimum_tickets and min(classes) >= of_class:
        return ""
    return (
        f"{metric}: only {n} decided tickets that neither model had seen, {classes[0]} of them "
        f"breached, to judge by ({settings.minimum_tickets} are needed, promotion.minimum_tickets, "
        f"and {of_class} of either outcome)"
    )


def _span(figure: dict[str, float | None]) -> str:
    if figure["value"] is None:
        return "unknown"
    return f"{figure['value']:+.4f}, {figure['low']:+.4f} to {figure['high']:+.4f}"


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
