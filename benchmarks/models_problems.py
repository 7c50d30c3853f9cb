"""What part ``models`` asks: data set and label, what may be learned, and what is judged."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.ablation_fits import validation_windows
from benchmarks.ablation_made_sla import observe_made_sla
from benchmarks.data_sets import DataSet, data_sets
from features.catalogue import feature_names
from features.history import History
from features.observations import micros
from forewarn.config import Config
from forewarn.progress import Progress
from forewarn.sla.labels import label_clocks
from models.baselines_rates import Decided, rate_baselines
from models.evaluation_data import (
    RATED,
    Observed,
    code_features,
    observe_landmarks,
    observe_rules,
)
from models.evaluation_rules import RULE_SHARES
from models.evaluation_window import opened_in
from models.splits import Window, history_end, rolling_cutoffs, training_outcomes

MADE_SLA = "UCI made_sla"
NAMES = {"uci": "UCI policy", "boston": "Boston", "demo": "demo"}
"""How data sets are called in tables; the metric follows where there is more than one."""
ONLY = {"Boston": ("opening",)}
"""Landmarks that are judged, where not all of them are: other figures have no peer to match."""
INSTANT = "datetime64[us]"


@dataclass(frozen=True)
class Stage:
    """``outcomes``: what was known at the cutoff, with ``completed_at``; some are censored.

    ``later``: decided rows of tickets opened in the window, which judge.
    """

    window: Window
    outcomes: pd.DataFrame
    later: pd.DataFrame

    @property
    def decided(self) -> pd.DataFrame:
        """Those that peers learn from."""
        return self.outcomes[~self.outcomes["is_censored"]]


@dataclass(frozen=True)
class Problem:
    """Observations of one label, judged on the test and, to choose by, on the window before.

    ``chance``: the test's tickets drawn at random instead, which flatters. ``rules``: rows at
    the shares of the budget where rules alert; None where the label has no deadline.
    """

    name: str
    metric: str
    config: Config
    observed: Observed
    validation: Stage
    test: Stage
    chance: Stage
    rules: pd.DataFrame | None

    @property
    def has_deadline(self) -> bool:
        return self.rules is not None


def problems(progress: Progress, *, only: tuple[str, ...] = ()) -> Iterator[Problem]:
    """One after the other; of public logs where these are; ``only``: names that begin so."""
    for found in data_sets(progress):
        config = found.workspace.config
        history = found.history(config, kind="models", progress=progress)
        for metric in config.sla.metrics:
            name = _name(found, metric)
            if _is_asked(name, only):
                progress(f"{name}: features", 0.0)
                yield policy_problem(name, history, config, metric=metric)
        if found.name == "uci" and found.log is not None and _is_asked(MADE_SLA, only):
            progress(f"{MADE_SLA}: features", 0.0)
            yield made_sla_problem(found, history, config)


def policy_problem(name: str, history: History, config: Config, *, metric: str) -> Problem:
    """The project's own clocks, with the windows of its backtest."""
    observed = observe_landmarks(history, config, metric=metric)
    windows = rolling_cutoffs(history, observed.rows, config)
    rules = observe_rules(history, config, metric=metric, shares=RULE_SHARES)
    rules = rules.loc[opened_in(rules, windows[-1])]

    def outcomes_at(instant: pd.Timestamp) -> pd.DataFrame:
        outcomes = training_outcomes(history, observed.rows, cutoff=instant)
        labels = label_clocks(history.timelines, as_of=micros(instant)).set_index("clock")
        return outcomes.assign(completed_at=labels.loc[outcomes["clock"], "completed_at"].array)

    return _problem(
        name, observed, config, metric=metric, windows=windows, outcomes_at=outcomes_at,
        end=history_end(history), rules=rules[~rules["is_censored"]],
    )  # fmt: skip


def made_sla_problem(found: DataSet, history: History, config: Config) -> Problem:
    """The UCI log's own verdict: no deadline, so learned from what was closed by the cutoff."""
    assert found.log is not None
    data = observe_made_sla(found.log, found.tables, history)

    def outcomes_at(instant: pd.Timestamp) -> pd.DataFrame:
        outcomes = data.outcomes_at(instant)
        return outcomes.assign(stage=outcomes["landmark"], code=None)

    rows = outcomes_at(data.end)
    keys = pd.DataFrame(
        {code: data.features.loc[rows.index, f] for code, f in code_features(history).items()}
    )
    keys = keys.loc[:, keys.notna().any()]
    names = list(feature_names(history, config))
    observed = Observed(rows, data.features.loc[rows.index, names], keys, {})
    rates = _verdict_rates(observed, rated=[*RATED, *history.attributes])
    observed = Observed(rows, observed.features, keys, rates)
    return _problem(
        MADE_SLA, observed, config, metric=data.metric, windows=data.windows,
        outcomes_at=outcomes_at, end=data.end, rules=None,
    )  # fmt: skip


def _problem(
    name: str, observed: Observed, config: Config, *, metric: str, windows: tuple[Window, ...],
    outcomes_at: Callable[[pd.Timestamp], pd.DataFrame], end: pd.Timestamp,
    rules: pd.DataFrame | None,
) -> Problem:  # fmt: skip
    before, last = validation_windows(windows)[-1], windows[-1]
    at_test = outcomes_at(last.cutoff)
    everything = outcomes_at(end)
    only = ONLY.get(name)
    test = Stage(last, at_test, _judged(everything, last, only))
    return Problem(
        name=name,
        metric=metric,
        config=config,
        observed=observed,
        validation=Stage(before, outcomes_at(before.cutoff), _judged(at_test, before, only)),
        test=test,
        chance=by_chance(everything, test, only=only, seed=config.training.seeds[0]),
        rules=rules,
    )


def by_chance(
    everything: pd.DataFrame, test: Stage, *, only: tuple[str, ...] | None, seed: int
) -> Stage:
    """As many tickets as the test judges, drawn from all opened before its end; the rest teach."""
    known = everything[everything["opened_at"] < test.window.test_until]
    tickets = np.sort(known["ticket"].unique())
    n_judged = test.later["ticket"].nunique()
    drawn = np.random.default_rng(seed).permutation(tickets)[:n_judged]
    held_out = known["ticket"].isin(drawn)
    later = known[held_out & ~known["is_censored"]]
    return Stage(test.window, known[~held_out], _landmarks(later, only))


def _judged(known: pd.DataFrame, window: Window, only: tuple[str, ...] | None) -> pd.DataFrame:
    inside = (known["opened_at"] >= window.cutoff) & (known["opened_at"] < window.test_until)
    return _landmarks(known[inside & ~known["is_censored"]], only)


def _landmarks(rows: pd.DataFrame, only: tuple[str, ...] | None) -> pd.DataFrame:
    return rows if only is None else rows[rows["landmark"].isin(only)]


def _verdict_rates(observed: Observed, *, rated: list[str]) -> Mapping[str, np.ndarray]:
    """As-of rates of the verdict: known and matured are one, for there is no deadline."""
    rows = observed.rows
    opening = (rows["landmark"] == "opening").to_numpy()
    closed_at = rows.loc[opening, "label_known_at"].to_numpy(INSTANT).astype(np.int64)
    keys = observed.keys[[code for code in rated if code in observed.keys]]
    decided = Decided(
        keys=keys[opening],
        truth=rows.loc[opening, "is_breached"].to_numpy(float),
        known_at=closed_at,
        matured_at=closed_at,
    )
    as_of = rows["as_of"].to_numpy(INSTANT).astype(np.int64)
    rates = rate_baselines(keys, as_of=as_of, decided=decided)
    return {name: rate for name, rate in rates.items() if name.endswith("_known")}


def _name(found: DataSet, metric: str) -> str:
    several = len(found.workspace.config.sla.metrics) > 1
    return f"{NAMES[found.name]} {metric.replace('_', ' ')}" if several else NAMES[found.name]


def _is_asked(name: str, only: tuple[str, ...]) -> bool:
    return not only or name.lower().startswith(tuple(part.lower() for part in only))
