"""Features that are spread otherwise than the champion learned them."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.drift import number_bins, stability_index, text_bins
from forewarn.config.watching import EvidenceConfig
from models.bundle import ModelBundle
from models.checks import Check, failing, passing
from models.encoding import is_category, numbers
from models.evidence_change import Change

Floats = NDArray[np.float64]
Codes = NDArray[np.integer[Any]]


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
