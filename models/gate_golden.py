"""Checks by the golden set: whether its labels were rewritten, or the challenger lost them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.build import build_features
from features.history import History
from features.observations import landmark_observations
from forewarn.config import Config
from forewarn.config.watching import PromotionConfig
from models.bundle import ModelBundle
from models.checks import Check, failing, passing, unjudged
from models.evaluation_data import code_features
from models.exam import KEYS
from models.exam_sitting import Label
from models.gate_figures import SEED
from models.gate_rows import Contest
from models.gate_segments import Z_OVERALL, Z, furthest, z_of
from models.golden_set import GoldenSet
from models.metrics import brier_score
from models.segments import Gap, days_of, gaps, levelled, overall

_LEAST_KEPT = 0.5
_LEAST_CHANGED = 10


@dataclass(frozen=True)
class _Known:
    """The golden rows of one metric that the history still has.

    ``rows``: ticket, is_breached as frozen, now (as told now; NaN where undecided).
    """

    rows: pd.DataFrame
    features: pd.DataFrame
    segments: pd.DataFrame


def check_golden(
    history: History,
    config: Config,
    *,
    golden: GoldenSet,
    champion: ModelBundle | None,
    challenger: ModelBundle,
    contests: Mapping[str, Contest],
    as_of: pd.Timestamp,
    label: Label,
) -> list[Check]:
    """Per metric: the labels as frozen, bias against them, and the gap to the latest window."""
    bundles = [bundle for bundle in (champion, challenger) if bundle is not None]
    names = [name for bundle in bundles for name in bundle.feature_names]
    found = _find(history, config, golden, names=names, as_of=as_of, label=label)
    checks: list[Check] = []
    for metric in challenger.models:
        rows = found.get(metric)
        asked = int((golden.rows["metric"] == metric).sum())
        if rows is None or len(rows.rows) < _LEAST_KEPT * max(asked, 1):
            n = 0 if rows is None else len(rows.rows)
            why = f"{metric}: the history has only {n} of {asked} golden observations left"
            checks.append(unjudged(f"{metric}: golden labels are unchanged", why))
            continue
        checks.append(
            _unchanged(rows, metric=metric, settings=config.promotion)
            if golden.policy == challenger.digests.get("policy")
            else unjudged(
                f"{metric}: golden labels are unchanged",
                f"{metric}: the golden set was frozen under other promises; 'forewarn models "
                "golden --renew REASON' freezes a new one",
            )
        )
        ours = challenger.probabilities(rows.features, metric=metric)
        if champion is not None and metric in champion.models:
            theirs = champion.probabilities(rows.features, metric=metric)
            checks.append(_unbiased(rows, ours, theirs, metric=metric, settings=config.promotion))
            checks.append(
                _gap(rows, ours, theirs, contests[metric], metric=metric, settings=config.promotion)
            )
    return checks


def _find(
    history: History,
    config: Config,
    golden: GoldenSet,
    *,
    names: list[str],
    as_of: pd.Timestamp,
    label: Label,
) -> dict[str, _Known]:
    observations = landmark_observations(history, landmarks=config.training.landmarks)
    wanted = observations[observations["ticket_id"].isin(golden.rows["ticket_id"].unique())]
    outcomes = label(history, wanted, cutoff=as_of)
    keys = outcomes[list(KEYS)].astype({"metric": str, "landmark": str, "ticket_id": str})
    frozen = keys.merge(golden.rows, on=list(KEYS), how="left")["is_breached"]
    here = frozen.notna().to_numpy()
    rows = outcomes[here].reset_index(drop=True)
    rows = rows.assign(now=rows["is_breached"], is_breached=frozen[here].to_numpy(float))
    codes = code_features(history)
    built = build_features(history, rows, names=list(dict.fromkeys([*names, *codes.values()])))
    segments = pd.DataFrame({code: built[name].astype(str) for code, name in codes.items()})
    parts = {}
    for metric, places in rows.groupby(rows["metric"].astype(str)).indices.items():
        kept = [f.iloc[places].reset_index(drop=True) for f in (rows, built, segments)]
        parts[str(metric)] = _Known(*kept)
    return parts


def _unchanged(known: _Known, *, metric: str, settings: PromotionConfig) -> Check:
    """The share of clocks whose label is another than when the set was frozen."""
    name = f"{metric}: golden labels are unchanged"
    clocks = known.rows.drop_duplicates("clock")
    changed = (clocks["now"] != clocks["is_breached"]).to_numpy()
    share, n, most = float(changed.mean()), len(clocks), settings.golden_changed
    words = f"{metric}: {share:.1%} of {n} golden labels are told otherwise now"
    bound = f" ({most:.1%} allowed, promotion.golden_changed)"
    figures = {"share": share, "n": n}
    if share > most and changed.sum() >= _LEAST_CHANGED:
        return failing(name, words + bound + ": the past was rewritten", figures)
    for code in known.segments.columns:
        for value, places in known.segments.loc[clocks.index].groupby(code).indices.items():
            part = changed[places]
            if part.sum() >= _LEAST_CHANGED and part.mean() > 3 * most:
                told = f"{metric}: {part.mean():.1%} of the golden labels of {code} {value} are "
                return failing(name, told + "told otherwise now: the past was rewritten", figures)
    return passing(name, words + bound, figures)


def _unbiased(
    known: _Known,
    ours: np.ndarray,
    theirs: np.ndarray,
    *,
    metric: str,
    settings: PromotionConfig,
) -> Check:
    """Bias against the frozen labels, of all and per segment, beyond the champion's."""
    name = f"{metric}: not biased on the golden set"
    whole, before = overall(known.rows, ours), overall(known.rows, theirs)
    if abs(whole.bias) - abs(before.bias) > settings.bias and abs(whole.z) > Z_OVERALL:
        words = f"{metric}: on the golden set bias {whole.bias:+.3f}, the champion's "
        return failing(name, words + f"{before.bias:+.3f}", {"bias": whole.bias})
    mine = gaps(known.rows, levelled(known.rows, ours), known.segments)
    before_by = gaps(known.rows, levelled(known.rows, theirs), known.segments)
    other = {gap.name: gap for gap in before_by}
    excess = {gap.name: _further(gap, other.get(gap.name)) for gap in mine}
    worst = max(mine, key=lambda gap: excess[gap.name], default=None)
    further = 0.0 if worst is None else excess[worst.name]
    figures = {"bias": whole.bias, "bias_champion": before.bias, "further": further}
    if worst is None or further <= settings.segment_bias:
        words = (
            f"{metric}: on the golden set bias {whole.bias:+.3f}, the champion's "
            f"{before.bias:+.3f} ({settings.bias:g} further off allowed, promotion.bias); "
            f"{furthest(worst, excess, len(mine))} ({settings.segment_bias:.0%} allowed, "
            "promotion.segment_bias)"
        )
        return passing(name, words, figures)
    return failing(
        name,
        f"{metric}: of golden {worst.name} {worst.expected:.0f} breaches are foretold, "
        f"{worst.observed:.0f} came: biased in a segment", figures,
    )  # fmt: skip


def _further(ours: Gap, theirs: Gap | None) -> float:
    if abs(ours.z) <= Z:
        return 0.0
    return abs(ours.excess) - (0.0 if theirs is None else abs(theirs.excess))


def _gap(
    known: _Known,
    ours: np.ndarray,
    theirs: np.ndarray,
    contest: Contest,
    *,
    metric: str,
    settings: PromotionConfig,
) -> Check:
    """Whether the challenger became better in the latest window and worse on the golden set.

    That is how a model looks that follows altered labels: what judges it lies with it.
    """
    name = f"{metric}: golden set and latest window agree"
    truth = known.rows["is_breached"].to_numpy(float)
    golden = brier_score(truth, ours) - brier_score(truth, theirs)
    fair = contest.fair.rows
    if not len(fair):
        return unjudged(name, f"{metric}: no latest window to compare the golden set with")
    latest = fair["is_breached"].to_numpy(float)
    window = brier_score(latest, fair["challenger"].to_numpy(float)) - brier_score(
        latest, fair["champion"].to_numpy(float)
    )
    sure = _z_of_brier(known, ours, theirs) > Z_OVERALL
    margin = 2 * settings.brier_margin
    apart = sure and golden > margin and golden - window > 2 * margin
    words = (
        f"{metric}: Brier against the champion's {golden:+.4f} on the golden set, "
        f"{window:+.4f} in the latest window ({margin:+g} allowed)"
    )
    figures = {"golden": golden, "window": window, "seed": SEED}
    return Check(name, not apart, words + (": they part" if apart else ""), figures)


def _z_of_brier(known: _Known, ours: np.ndarray, theirs: np.ndarray) -> float:
    truth = known.rows["is_breached"].to_numpy(float)
    difference = (ours - truth) ** 2 - (theirs - truth) ** 2
    tickets = pd.factorize(known.rows["ticket"])[0]
    return z_of(difference, tickets, days_of(known.rows))
