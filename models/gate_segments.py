"""What an AUC does not see: single slices, bias as a whole, and bias in a segment."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from forewarn.config.watching import PromotionConfig
from models.checks import Check, failing, passing
from models.gate_rows import Contest
from models.segments import LEAST_TICKETS, Gap, days_of, error_of_sum, gaps, levelled, overall

Z = 4.0
"""Standard deviations from which a segment's difference is no chance: many are looked at."""
Z_OVERALL = 3.0
LARGE = 0.1
"""Share of the window's tickets from which a slice is large."""


def check_slices(fair: Contest, *, metric: str, settings: PromotionConfig) -> Check:
    """The Brier score in every large slice beside the champion's."""
    name = f"{metric}: no slice is much worse"
    truth = fair.rows["is_breached"].to_numpy(float)
    ours = (fair.rows["challenger"].to_numpy(float) - truth) ** 2
    theirs = (fair.rows["champion"].to_numpy(float) - truth) ** 2
    tickets, days = pd.factorize(fair.rows["ticket"])[0], days_of(fair.rows)
    least = max(LEAST_TICKETS, LARGE * np.unique(tickets).size)
    worst, most, n = None, 0.0, 0
    for dimension in fair.segments.columns.drop("risk"):
        for value, places in fair.segments.groupby(dimension).indices.items():
            if np.unique(tickets[places]).size < least:
                continue
            n += 1
            difference = ours[places] - theirs[places]
            z = z_of(difference, tickets[places], days[places])
            share = difference.mean() / max(theirs[places].mean(), 1e-9)
            if z > Z and share > most:
                worst, most = f"{dimension} {value}", float(share)
    figures = {"n_slices": n, "slice": worst, "worse_by": most}
    if worst is None or most <= settings.slice_bound:
        told = f"{worst} is worst, by {most:.1%}" if worst else "none is worse beyond noise"
        words = f"{metric}: of {n} large slices {told} ({settings.slice_bound:.0%} allowed, "
        return passing(name, words + "promotion.slice_bound)", figures)
    return failing(
        name,
        f"{metric}: Brier of {worst} is {most:.0%} worse than the champion's, "
        f"{settings.slice_bound:.0%} is the bound (promotion.slice_bound)", figures,
    )  # fmt: skip


def check_bias(answered: Contest, *, metric: str, settings: PromotionConfig) -> Check:
    """Mean probability against breach share, of all and per segment, beside the champion's.

    Only what the challenger gets wrong beyond the champion counts: a hard month is hard for
    both. Where the champion has no answer, the challenger's own bias counts.
    """
    name = f"{metric}: not biased, overall or in a segment"
    rows = answered.rows
    ours = rows["challenger"].to_numpy(float)
    whole, theirs = overall(rows, ours), _champion_overall(answered)
    if _is_biased(whole, theirs, settings=settings):
        words = (
            f"{metric}: foretells {whole.expected / whole.n:.1%} breaches where "
            f"{whole.observed / whole.n:.1%} came (bias {whole.bias:+.3f}, "
            f"the champion's {theirs:+.3f}): biased overall"
        )
        return failing(name, words, {"bias": whole.bias, "bias_champion": theirs})
    fair = answered.fair
    found, before = (_levelled_gaps(fair, who) for who in ("challenger", "champion"))
    excess = {name: _beyond(gap, before.get(name)) for name, gap in found.items()}
    worst = max(found.values(), key=lambda gap: excess[gap.name], default=None)
    figures = {"bias": whole.bias, "bias_champion": theirs, "n_segments": len(found)}
    if worst is None or excess[worst.name] <= settings.segment_bias:
        words = (
            f"{metric}: bias {whole.bias:+.3f}, the champion's {theirs:+.3f} ({settings.bias:g} "
            f"further off allowed, promotion.bias); {furthest(worst, excess, len(found))} "
            f"({settings.segment_bias:.0%} allowed, promotion.segment_bias)"
        )
        return passing(name, words, figures)
    words = (
        f"{metric}: of {worst.name} {worst.expected:.0f} breaches are foretold where "
        f"{worst.observed:.0f} came ({excess[worst.name]:.0%} further off than the champion): "
        "biased in a segment"
    )
    return failing(name, words, figures | {"segment": worst.name})


def _levelled_gaps(fair: Contest, who: str) -> dict[str, Gap]:
    """By segment how far one of the two is off, beyond how far it is off everywhere."""
    probability = levelled(fair.rows, fair.rows[who].to_numpy(float))
    return {gap.name: gap for gap in gaps(fair.rows, probability, fair.segments)}


def _champion_overall(answered: Contest) -> float:
    """The champion's bias where both are compared; 0 where they are not."""
    fair = answered.fair
    if not len(fair.rows):
        return 0.0
    return overall(fair.rows, fair.rows["champion"].to_numpy(float)).bias


def _is_biased(whole: Gap, theirs: float, *, settings: PromotionConfig) -> bool:
    worse = abs(whole.bias) - abs(theirs)
    return worse > settings.bias and abs(whole.z) > Z_OVERALL


def _beyond(ours: Gap, theirs: Gap | None) -> float:
    """How much further off the challenger is, as a share of the breaches; 0 within noise."""
    if abs(ours.z) <= Z:
        return 0.0
    return abs(ours.excess) - (0.0 if theirs is None else abs(theirs.excess))


def furthest(worst: Gap | None, excess: Mapping[str, float], n: int) -> str:
    """Of ``n`` segments the one that is further off than the champion by most.

    >>> furthest(None, {}, 7)
    'none of 7 segments is further off beyond noise'
    """
    if worst is None or excess[worst.name] <= 0:
        return f"none of {n} segments is further off beyond noise"
    return f"of {n} segments {worst.name} is furthest off, by {excess[worst.name]:.1%}"


def z_of(difference: np.ndarray, tickets: np.ndarray, days: np.ndarray) -> float:
    """The sum of differences in its standard deviations, see `error_of_sum`."""
    error = error_of_sum(difference, tickets, days)
    return float(difference.sum() / error) if error > 0 else 0.0
