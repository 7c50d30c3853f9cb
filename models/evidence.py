"""Evidence that the world is not any more what the champion learned: a few tables of NumPy.

The champion answers to the clocks that came after its cutoff, at their landmarks, with the
features that a scoring run saw then. Beside that stand the answers of its exam, which its twin
had not seen either, and the tickets that it learned from.
"""

from collections.abc import Mapping
from typing import Any

from features.history import History
from forewarn.config import Config
from forewarn.config.watching import EvidenceConfig
from models.bundle import ModelBundle
from models.checks import Check, failing, passing, unjudged
from models.evidence_change import Change, read_change
from models.evidence_features import check_features, feature_rows
from models.evidence_scores import check_metric


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
        *(c for m in champion.models for c in check_metric(change, champion, m, settings=settings)),
    ]
    return tuple(checks), rows


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


def evidence_of(checks: tuple[Check, ...]) -> Mapping[str, str]:
    """Name and words of every piece of evidence."""
    return {check.name: check.reason for check in checks if check.passed is False}
