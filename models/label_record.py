"""How many clocks broke their promise in every segment, as a training was told.

The past does not change: asked for the same cutoff, a later history tells the same. Where it
does not, facts were corrected, lost, altered or hidden, and somebody should know before a
model learns from it.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from features.build import build_features
from features.history import History
from models.checks import Check, failing, passing, unjudged
from models.evaluation_data import code_features

Record = Mapping[str, Mapping[str, Sequence[int]]]
"""Metric: segment (such as "group billing"; "all" is everything): clocks, breached ones."""
LEAST_CLOCKS = 100
_LEAST_BREACHED = 20
_LEAST_CHANGED = 10


def record_labels(history: History, outcomes: pd.DataFrame) -> dict[str, dict[str, list[int]]]:
    """Counts of the decided clocks, by their codes when they were first observed."""
    decided = outcomes[~outcomes["is_censored"]]
    clocks = decided.sort_values("as_of", kind="stable").drop_duplicates("clock")
    clocks = clocks.reset_index(drop=True)
    codes = code_features(history)
    built = build_features(history, clocks, names=list(codes.values()))
    found: dict[str, dict[str, list[int]]] = {}
    for metric, places in clocks.groupby(clocks["metric"].astype(str)).indices.items():
        breached = clocks["is_breached"].iloc[places].reset_index(drop=True)
        counts = {"all": [len(breached), int(breached.sum())]}
        for code, name in codes.items():
            values = built[name].iloc[places].astype(str).reset_index(drop=True)
            told = breached.groupby(values).agg(["size", "sum"])
            told = told[told["size"] >= LEAST_CLOCKS]
            counts |= {f"{code} {v}": [int(n), int(b)] for v, n, b in told.itertuples()}
        found[str(metric)] = counts
    return found


def compare_records(then: Record, now: Record, *, most: float, share: float) -> list[Check]:
    """A check per metric: whether the past tells the same.

    ``most``: by which share the breaches of a segment may differ. ``share``: of all clocks.
    """
    return [_compared(metric, then[metric], now.get(metric, {}), most, share) for metric in then]


def _compared(
    metric: str,
    then: Mapping[str, Sequence[int]],
    now: Mapping[str, Sequence[int]],
    most: float,
    share: float,
) -> Check:
    name = f"{metric}: the past tells the same"
    both = {segment: (then[segment], now[segment]) for segment in then if segment in now}
    if not both:
        return unjudged(name, f"{metric}: nothing of what the champion learned from is left")
    n, before, after = both["all"][1][0], both["all"][0][1], both["all"][1][1]
    if abs(after - before) > share * n:
        return failing(name, _words(metric, "all clocks", before, after))
    changed = {s: _change(a[1], b[1]) for s, (a, b) in both.items()}
    worst = max(changed, key=lambda segment: changed[segment])
    figures = {"segment": worst, "changed": changed[worst], "n_segments": len(both)}
    if changed[worst] <= most:
        words = (
            f"{metric}: breaches of {len(both)} segments are as the champion was told, within "
            f"{changed[worst]:.1%} ({most:.0%} allowed, promotion.past_changed)"
        )
        return passing(name, words, figures)
    (_, before), (_, after) = both[worst]
    return failing(name, _words(metric, worst, before, after), figures)


def _change(before: int, after: int) -> float:
    """As a share of the larger count; 0 where a few breaches more or less are all there is."""
    if max(before, after) < _LEAST_BREACHED or abs(after - before) < _LEAST_CHANGED:
        return 0.0
    return abs(after - before) / max(before, after)


def _words(metric: str, segment: str, before: int, after: int) -> str:
    return (
        f"{metric}: of {segment} the history tells {after:,} breaches where the champion was told "
        f"{before:,} for the same time: labels were altered or hidden"
    )
