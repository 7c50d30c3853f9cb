"""Evidence that the world is not any more what the champion learned: a few tables of NumPy.

The champion answers to the clocks that came after its cutoff, at their landmarks, with the
features that a scoring run saw then. Beside that stand the answers of its exam, which its twin
had not seen either, and the tickets that it learned from.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.build import build_features
from features.drift import number_bins, stability_index, text_bins
from features.history import History
from features.observations import landmark_observations
from forewarn.config import Config
from forewarn.config.watching import EvidenceConfig
from models.bundle import ModelBundle
from models.checks import Check, failing, passing, unjudged
from models.encoding import is_category, numbers
from models.inner_windows import first_observed
from models.segments import overall
from models.splits import history_end, training_outcomes

Floats = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]
MOST_ROWS = 20_000
SEED = 20
_Z = 3.0
_WEEK = pd.Timedelta(weeks=1)


@dataclass(frozen=True)
class Change:
    """Observations of before and after the champion's cutoff, index 0 to n - 1 each.

    ``after``: with ``probability`` (the champion's) and is_breached (NaN where undecided).
    ``weekly``: tickets per week before and after, of all, not only of those drawn; null over
    less than a week.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    features_before: pd.DataFrame
    features_after: pd.DataFrame
    weekly: tuple[float | None, float | None]


def find_evidence(
    history: History, config: Config, *, champion: ModelBundle
) -> tuple[tuple[Check, ...], list[dict[str, Any]]]:
    """The checks (a failed one is evidence), and one row per feature, most gain first."""
    settings = config.evidence
    change = read_change(history, config, champion=champion)
    n = int(change.after["ticket"].nunique())
    if n < settings.minimum_tickets:
        why = (
            f"only {n} tickets have come since the champion's cutoff, {settings.minimum_tickets} "
            "are needed to tell (evidence.minimum_tickets)"
        )
        return (unjudged("enough new tickets", why),), []
    rows = feature_rows(change, champion)
    checks = [
        check_features(rows, settings=settings),
        check_volume(change, settings=settings),
        *(c for m in champion.models for c in _of_metric(change, champion, m, settings=settings)),
    ]
    return tuple(checks), rows


def read_change(history: History, config: Config, *, champion: ModelBundle) -> Change:
    """What the champion learned from, and what was first observed after its cutoff, lately."""
    training = config.training
    observations = landmark_observations(
        history, landmarks=training.landmarks, opened_from=training.opened_from
    )
    end = history_end(history)
    observations = observations[observations["as_of"] < end]
    first = first_observed(observations)
    recent_from = max(champion.cutoff, end - config.evidence.recent)
    whole = observations[first < champion.cutoff], observations[first >= recent_from]
    before, after = _drawn(whole[0]), _drawn(whole[1])
    decided = training_outcomes(history, after, cutoff=end)["is_breached"]
    after = after.assign(is_breached=decided.reindex(after.index)).reset_index(drop=True)
    before = before.reset_index(drop=True)
    names = list(champion.feature_names)
    old = build_features(history, before, names=names)
    new = build_features(history, after, names=names)
    probability = np.full(len(after), np.nan)
    for metric in champion.models:
        here = np.flatnonzero(after["metric"].astype(str) == metric)
        probability[here] = champion.probabilities(new.iloc[here], metric=metric)
    weekly = _per_week(whole[0]), _per_week(whole[1])
    return Change(before, after.assign(probability=probability), old, new, weekly)


def feature_rows(change: Change, champion: ModelBundle) -> list[dict[str, Any]]:
    """Per feature: gain, psi, divergence (bits), share null before and after, unseen words."""
    gains: dict[str, float] = {}
    for model in champion.models.values():
        for name, gain in model.importance().items():
            gains[name] = gains.get(name, 0.0) + gain / len(champion.models)
    rows = []
    for name in champion.feature_names:
        old, new = change.features_before[name], change.features_after[name]
        bins_old, bins_new, unseen = _bins(old, new)
        rows.append(
            {
                "feature": name,
                "gain": gains.get(name, 0.0),
                "psi": stability_index(bins_old, bins_new),
                "divergence": divergence(bins_old, bins_new),
                "null_before": float(old.isna().mean()),
                "null_after": float(new.isna().mean()),
                "unseen": unseen,
            }
        )
    return sorted(rows, key=lambda row: (-row["gain"], row["feature"]))


def divergence(first: Codes, last: Codes) -> float:
    """Jensen-Shannon divergence of two samples of bins, in bits: 0 alike, 1 nothing in common.

    >>> divergence(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))
    0.0
    >>> divergence(np.array([0, 0]), np.array([1, 1]))
    1.0
    """
    size = int(max(first.max(), last.max())) + 1
    p, q = (np.bincount(codes, minlength=size) / codes.size for codes in (first, last))
    middle = (p + q) / 2

    def information(shares: Floats) -> float:
        held = shares > 0
        return float(np.sum(shares[held] * np.log2(shares[held] / middle[held])))

    return (information(p) + information(q)) / 2


def check_features(rows: list[dict[str, Any]], *, settings: EvidenceConfig) -> Check:
    """How much of what the champion leans on is spread otherwise than it learned."""
    drifting = [
        row
        for row in rows
        if row["psi"] >= settings.psi or row["divergence"] >= settings.divergence
    ]
    share = float(sum(row["gain"] for row in drifting))
    names = [row["feature"] for row in drifting[:3]]
    words = f"{len(drifting)} of {len(rows)} features drift, {share:.0%} of what the model leans on"
    words += f" ({', '.join(names)})" if names else ""
    figures = {"n_drifting": len(drifting), "gain": share}
    is_evidence = share >= settings.features_share
    return (failing if is_evidence else passing)("features", words, figures)


def check_volume(change: Change, *, settings: EvidenceConfig) -> Check:
    """Tickets a week since the cutoff against those that were learned from."""
    old, new = change.weekly
    if not old or not new:
        return unjudged("volume", "less than a week on one side of the cutoff: nothing to compare")
    ratio = new / old
    words = f"{new:.0f} tickets a week are observed, {old:.0f} before the cutoff"
    figures = {"per_week": new, "per_week_before": old, "ratio": ratio}
    is_evidence = max(ratio, 1 / ratio) >= settings.volume_ratio
    return (failing if is_evidence else passing)("volume", words, figures)


def _of_metric(
    change: Change, champion: ModelBundle, metric: str, *, settings: EvidenceConfig
) -> list[Check]:
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


def _bins(old: pd.Series, new: pd.Series) -> tuple[Codes, Codes, float | None]:
    """Common bins of both, and of words the share that was never seen before; null for numbers."""
    if is_category(old):
        texts = [s.astype(object).where(s.notna(), None) for s in (old, new)]
        codes, words = pd.factorize(pd.concat(texts, ignore_index=True))
        bins, seen = text_bins(codes.astype(np.int64)), set(texts[0].dropna())
        known = texts[1].dropna()
        unseen = float((~known.isin(seen)).mean()) if len(known) else 0.0
        return bins[: len(old)], bins[len(old) :], unseen if len(words) else None
    bins = number_bins(np.concatenate([numbers(old), numbers(new)]))
    return bins[: len(old)], bins[len(old) :], None


def _drawn(observations: pd.DataFrame) -> pd.DataFrame:
    """At most MOST_ROWS of them, whole tickets, in their order."""
    tickets = observations["ticket"].unique()
    share = MOST_ROWS / max(len(observations), 1)
    if share >= 1:
        return observations
    drawn = np.random.default_rng(SEED).permutation(tickets)[: max(int(share * len(tickets)), 1)]
    return observations[observations["ticket"].isin(drawn)]


def _per_week(rows: pd.DataFrame) -> float | None:
    """Tickets first observed per week; null over less than a week."""
    if rows.empty:
        return None
    first = rows.groupby("ticket")["as_of"].min()
    span = first.max() - first.min()
    return float(len(first) / (span / _WEEK)) if span >= _WEEK else None


def evidence_of(checks: tuple[Check, ...]) -> Mapping[str, str]:
    """Name and words of every piece of evidence."""
    return {check.name: check.reason for check in checks if check.passed is False}
