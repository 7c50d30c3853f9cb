"""What the champion says of later clocks, beside its exam and what became of them."""

import numpy as np
import pandas as pd

from features.drift import number_bins, stability_index
from forewarn.config.watching import EvidenceConfig
from models.bundle import ModelBundle
from models.checks import Check, failing, passing, unjudged
from models.evidence_change import Change
from models.evidence_features import divergence
from models.segments import overall

_Z = 3.0


def check_metric(
    change: Change, champion: ModelBundle, metric: str, *, settings: EvidenceConfig
) -> list[Check]:
    """The spread of the metric's scores, and their calibration and coverage once enough matured."""
    after = change.after[change.after["metric"].astype(str) == metric]
    decided = after[after["is_breached"].notna()].reset_index(drop=True)
    checks = [_scores(after, champion, metric, settings=settings)]
    n = int(decided["ticket"].nunique())
    if n < settings.minimum_tickets:
        why = f"{metric}: only {n} tickets have matured since the cutoff"
        return [*checks, unjudged(f"{metric}: calibration", why)]
    return [
        *checks,
        _calibration(decided, metric, settings=settings),
        _coverage(decided, champion, metric, settings=settings),
    ]


def _scores(
    after: pd.DataFrame, champion: ModelBundle, metric: str, *, settings: EvidenceConfig
) -> Check:
    """The spread of the scores against that of the exam."""
    name = f"{metric}: scores"
    if champion.exam is None:
        return unjudged(name, f"{metric}: the champion sat no exam to compare its scores with")
    exam = champion.exam.answers
    old = exam.loc[exam["metric"] == metric, "probability"].to_numpy(float)
    new = after["probability"].to_numpy(float)
    if min(old.size, new.size) < settings.minimum_tickets:
        return unjudged(name, f"{metric}: too few scores to compare")
    bins = number_bins(np.concatenate([old, new]))
    psi = stability_index(bins[: old.size], bins[old.size :])
    bits = divergence(bins[: old.size], bins[old.size :])
    words = f"{metric}: scores have PSI {psi:.2f}, divergence {bits:.2f}; mean {new.mean():.3f}, "
    words += f"{old.mean():.3f} in the exam"
    is_evidence = psi >= settings.psi or bits >= settings.divergence
    return (failing if is_evidence else passing)(name, words, {"psi": psi, "divergence": bits})


def _calibration(decided: pd.DataFrame, metric: str, *, settings: EvidenceConfig) -> Check:
    gap = overall(decided, decided["probability"].to_numpy(float))
    words = (
        f"{metric}: {gap.expected / gap.n:.1%} breaches foretold, {gap.observed / gap.n:.1%} came, "
        f"of {gap.n_tickets} tickets"
    )
    is_evidence = abs(gap.bias) >= settings.bias and abs(gap.z) > _Z
    figures = {"bias": gap.bias, "z": gap.z}
    return (failing if is_evidence else passing)(f"{metric}: calibration", words, figures)


def _coverage(
    decided: pd.DataFrame, champion: ModelBundle, metric: str, *, settings: EvidenceConfig
) -> Check:
    """The share of conformal sets that held what happened, tickets weighing the same."""
    name, learned = f"{metric}: coverage", champion.conformal.get(metric)
    if learned is None:
        return unjudged(name, f"{metric}: the champion has no prediction sets")
    truth = decided["is_breached"].to_numpy(float)
    held = learned.covers(decided["probability"].to_numpy(float), truth)
    share = float(pd.Series(held).groupby(decided["ticket"]).mean().mean())
    words = f"{metric}: {share:.1%} of the sets held, {learned.coverage:.0%} are promised"
    is_evidence = share < learned.coverage - settings.coverage_gap
    figures = {"coverage": share, "promised": learned.coverage}
    return (failing if is_evidence else passing)(name, words, figures)
