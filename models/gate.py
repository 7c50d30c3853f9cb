"""The promotion gate: whether a challenger may serve in the champion's place, and why not."""

import time

import numpy as np
import pandas as pd

from features.history import History
from forewarn.config import Config
from forewarn.config.watching import PromotionConfig
from forewarn.errors import ModelError
from models.bundle import ModelBundle
from models.checks import Check, Verdict, failing, passing
from models.exam_sitting import Label
from models.gate_figures import compare_with_champion, compare_with_prior
from models.gate_golden import check_golden
from models.gate_rows import Contest, read_contest
from models.gate_segments import check_bias, check_slices
from models.golden_set import GoldenSet
from models.lineage import policy_digest
from models.splits import training_outcomes
from models.training_checks import label_noise

_TIMED_ROWS = 1000
_TIMINGS = 3


def judge(
    history: History,
    config: Config,
    *,
    champion: ModelBundle | None,
    challenger: ModelBundle,
    as_of: pd.Timestamp,
    golden: GoldenSet | None = None,
    label: Label = training_outcomes,
) -> Verdict:
    """Every check, passed or not. Without a champion there is nothing to be worse than.

    ``as_of``: nothing known later is looked at. ``label``: makes the outcomes that are judged
    by. Raises ModelError where the challenger
    asks for features that this history does not have.
    """
    settings = config.promotion
    contests = read_contest(
        history, config, champion=champion, challenger=challenger, as_of=as_of, label=label
    )
    checks = [
        *challenger.checks,
        check_promises(challenger, config),
        check_latency(challenger, settings=settings),
    ]
    served = champion.models if champion is not None else {}
    checks += [_lost(metric, challenger) for metric in served if metric not in challenger.models]
    for metric, contest in contests.items():
        known = champion is not None and metric in champion.models
        checks += _of_metric(contest, metric, has_champion=known, settings=settings)
    if golden is not None:
        checks += check_golden(
            history, config, golden=golden, champion=champion, challenger=challenger,
            contests=contests, as_of=as_of, label=label,
        )  # fmt: skip
    return Verdict(
        champion=None if champion is None else champion.version,
        challenger=challenger.version or "unregistered",
        as_of=as_of.isoformat(),
        checks=tuple(checks),
    )


def check_promises(challenger: ModelBundle, config: Config) -> Check:
    """Whether it learned under the promises that hold now."""
    name = "learned under today's promises"
    if challenger.digests.get("policy") in (None, policy_digest(config)):
        return passing(name, "policies and calendars are those that it learned under")
    return failing(name, "policies or calendars have changed since it was trained: train again")


def check_latency(bundle: ModelBundle, *, settings: PromotionConfig) -> Check:
    """The best of three timings of 1,000 clocks, made of the model's own golden rows.

    In processor time: what else the machine is busy with refuses no model.
    """
    slowest, where = 0.0, ""
    for metric, golden in bundle.golden.items():
        rows = golden.features()
        rows = rows.take(np.resize(np.arange(len(rows)), _TIMED_ROWS))
        took = min(_timed(bundle, rows, metric) for _ in range(_TIMINGS))
        slowest, where = max((slowest, where), (took, metric))
    words = (
        f"{where}: 1,000 clocks take {slowest:.0f} ms, {settings.latency_ms:g} ms are allowed "
        "(promotion.latency_ms)"
    )
    figures = {"milliseconds": slowest}
    return Check("fast enough", slowest <= settings.latency_ms, words, figures)


def _timed(bundle: ModelBundle, rows: pd.DataFrame, metric: str) -> float:
    begin = time.process_time()
    bundle.probabilities(rows, metric=metric)
    return 1000 * (time.process_time() - begin)


def _of_metric(
    contest: Contest, metric: str, *, has_champion: bool, settings: PromotionConfig
) -> list[Check]:
    answered = contest.answered
    checks = [compare_with_prior(answered, metric=metric, settings=settings)]
    if not has_champion:
        return [*checks, check_bias(answered, metric=metric, settings=settings)]
    known = contest.part(contest.rows["champion"].notna().to_numpy())
    fair = contest.fair
    return [
        *checks,
        compare_with_champion(fair, metric=metric, settings=settings),
        check_slices(fair, metric=metric, settings=settings),
        check_bias(answered, metric=metric, settings=settings),
        label_noise(
            known.rows, known.rows["champion"].to_numpy(float),
            metric=f"{metric} in the latest window", most=settings.label_noise,
        ),
    ]  # fmt: skip


def _lost(metric: str, challenger: ModelBundle) -> Check:
    why = challenger.refused.get(metric, "it is not configured any more")
    return failing(
        f"{metric}: has a model",
        f"{metric}: the champion has a model, the challenger has none ({why})",
    )  # fmt: skip


def refuse(verdict: Verdict) -> None:
    """Raise ModelError with every reason where the verdict is against promotion."""
    if not verdict.passed:
        reasons = "\n".join(f"  - {reason}" for reason in verdict.reasons)
        raise ModelError(
            f"version {verdict.challenger} is refused, version {verdict.champion} goes on "
            f"serving:\n{reasons}\n'--force REASON' promotes all the same, and keeps the reason"
        )
