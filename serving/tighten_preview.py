"""What internal targets would have done to a past time: promises, work, internal misses.

A rule is asked when a clock opens, by what was known then. People's behaviour is taken as it
was. Penalties stay those of the promises: an internal target that is missed costs nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from features.build import build_features
from features.history import History
from features.observations import landmark_observations
from forewarn.config import Config, TighteningConfig
from forewarn.progress import Progress, silent
from forewarn.sla.clock import reach, read_clocks
from forewarn.sla.events import instant_of
from forewarn.sla.labels import as_instants
from forewarn.tables import Tables
from models.work import WorkModel
from serving.replay import Window, pair_verdicts, read_verdicts
from serving.tighten import condition_features, moved_by_clock, moved_minutes, tighten


@dataclass(frozen=True)
class Preview:
    """``pairs``: as ``serving.replay.replay`` gives them, of the tightened clocks alone, with
    ``rule`` and ``moved_minutes``; after is by the internal target.

    ``n_clocks``: all that opened in the window. ``minutes_moved`` and ``minutes``: expected
    hands-on work that would have been due earlier, and of all tickets; ``most_moved``: the bound.
    """

    pairs: pd.DataFrame
    n_clocks: int
    minutes_moved: float
    minutes: float
    most_moved: float

    @property
    def moved_share(self) -> float:
        return self.minutes_moved / self.minutes if self.minutes > 0 else 0.0

    @property
    def is_too_much(self) -> bool:
        return self.moved_share > self.most_moved


def preview_targets(
    tables: Tables,
    history: History,
    config: Config,
    *,
    settings: TighteningConfig,
    work: WorkModel,
    window: Window,
    progress: Progress = silent,
) -> Preview:
    """The rules over the clocks that started in the window and opened unbroken.

    ``work``: tells the expected minutes of each ticket when its clock opens. Raises ConfigError
    where a rule looks at a column that is not there.
    """
    progress("verdicts", 0.1)
    verdicts = read_verdicts(tables, history.timelines, config.sla, window)
    started = verdicts["started_at"]
    inside = verdicts[(started >= window.since) & (started < window.until)]
    progress("rules and work", 0.4)
    clocks = _opened(history, inside, settings=settings, work=work)
    tight = clocks[clocks["share"] < 1]
    progress("internal targets", 0.8)
    before = inside.loc[tight.index]
    after = _tightened(before, tight, history, window)
    pairs = pair_verdicts(before, after, tables=tables, window=window)
    moved, whole = moved_minutes(clocks)
    return Preview(
        pairs=_with_rules(pairs, tight),
        n_clocks=len(clocks),
        minutes_moved=moved,
        minutes=whole,
        most_moved=settings.most_moved,
    )


def _opened(
    history: History, verdicts: pd.DataFrame, *, settings: TighteningConfig, work: WorkModel
) -> pd.DataFrame:
    """By clock what was known when it opened: metric, policy, rule, share, and its work."""
    observed = landmark_observations(history, landmarks=())
    observed = observed[observed["clock"].isin(verdicts.index)].reset_index(drop=True)
    asked = condition_features(history, settings).values()
    names = list(dict.fromkeys([*asked, *work.feature_names]))
    features = build_features(history, observed, names=names)
    policy = verdicts["policy"].reindex(observed["clock"]).to_numpy()
    rules = tighten(
        observed[["metric"]].assign(policy=policy), features, history=history, settings=settings
    )
    told = work.for_tickets(features)
    minutes = {
        "work_minutes": told.remaining.expected,
        "touch_minutes": told.next_touch.expected,
    }
    found: pd.DataFrame = observed[["clock", "ticket_id", "metric", "cycle"]].join(rules)
    return found.assign(**minutes).set_index("clock")


def _tightened(
    before: pd.DataFrame, tight: pd.DataFrame, history: History, window: Window
) -> pd.DataFrame:
    """The same clocks, judged to the microsecond by their internal targets."""
    clocks = before.index.to_numpy(np.int64)
    readings = read_clocks(history.timelines, clocks, as_of=instant_of(window.as_of))
    target = np.rint(readings.target * tight["share"]).astype("int64")
    is_late = (readings.elapsed > target) | (before["outcome"] == "breached")
    breached_at = before["breached_at"].copy()
    for share in sorted(set(tight["share"])):
        rows = before.index[(tight["share"] == share) & is_late]
        passed = reach(history.timelines, rows.to_numpy(np.int64), share=share)
        found = pd.Series(as_instants(passed), index=rows)
        breached_at[rows] = found.fillna(breached_at[rows])
    return before.assign(
        target_seconds=target / 1_000_000,
        outcome=before["outcome"].mask(is_late, "breached"),
        breached_at=breached_at,
    )


def _with_rules(pairs: pd.DataFrame, tight: pd.DataFrame) -> pd.DataFrame:
    keys = ["ticket_id", "metric", "cycle"]
    rules = tight.assign(moved_minutes=moved_by_clock(tight)).astype({"metric": str})
    return pairs.merge(rules[[*keys, "rule", "moved_minutes"]], on=keys, how="left")


def rule_figures(found: Preview, *, rules: Sequence[str]) -> list[dict[str, Any]]:
    """One row per rule and metric, in the order of the rules.

    n_clocks, n_tickets; hours_earlier: mean open time by which the target lies before the
    promise; hours_moved: expected work; n_decided by the internal target, of these n_broken
    promises and n_missed internal targets.
    """
    rows = []
    for (rule, metric), part in found.pairs.groupby(["rule", "metric"], sort=True):
        earlier = part["target_seconds_before"] - part["target_seconds_after"]
        outcome = part["outcome_after"]
        rows.append(
            {
                "rule": rule,
                "metric": metric,
                "n_clocks": len(part),
                "n_tickets": int(part["ticket_id"].nunique()),
                "hours_earlier": float(earlier.mean() / 3600),
                "hours_moved": float(part["moved_minutes"].sum() / 60),
                "n_decided": int(outcome.isin(["met", "breached"]).sum()),
                "n_broken": int((part["outcome_before"] == "breached").sum()),
                "n_missed": int((outcome == "breached").sum()),
            }
        )
    return sorted(rows, key=lambda row: rules.index(row["rule"]))
