"""Customer flags on simulated desks: ours beside volume, chance, and who knows the truth.

Every desk is another year from another seed, none of them the demo's, on which the models
were made. Weekly cuts; the last TEST_WEEKS are tested, each foretold by a model of what was
known a horizon before it; the kind of model is chosen on the weeks before the first of them.
"""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.record import ROOT, Measured
from features.build import build_features
from features.catalogue import feature_names
from features.history import History, build_history
from features.observations import landmark_observations
from forewarn.config import Config
from forewarn.demo import write_demo
from forewarn.examples import init_workspace
from forewarn.ingest import ingest
from forewarn.progress import Progress, silent
from forewarn.sla.events import microseconds
from forewarn.tables import read_tables
from forewarn.workspace import Workspace
from models.breach import BreachModel, fit_breach_model
from models.customer_fit import (
    BREACHES,
    choose_model,
    events_of,
    foretell,
    is_known,
    volume_of,
)
from models.customer_weeks import WEEK, CustomerWeeks, broken_promises, read_customer_weeks
from models.splits import history_end, training_outcomes
from serving.flag_rules import choose_flags

FOLDER = ROOT / "build" / "bench" / "flags"
SEEDS = (21, 22, 23, 24, 25, 26)
K = 10
TEST_WEEKS = 12
WEEKS_OF_CUSTOMERS = 26
"""Cuts in all; what lies before the first of them teaches the breach models of the open risk."""
RISK_TREES = 80
RESAMPLES = 2000
_DAY = 86_400_000_000
_WEEK = 7 * _DAY
Mask = NDArray[np.bool_]


@dataclasses.dataclass(frozen=True)
class Week:
    """One tested cut of one desk; a position per customer known then.

    ``scores``: by ranking. ``happened``: two promises or more were broken within a week.
    ``days``: until the second of them; NaN where it did not happen.
    """

    desk: int
    cut: pd.Timestamp
    customer: NDArray[np.int64]
    scores: Mapping[str, NDArray[np.float64]]
    happened: NDArray[np.float64]
    days: NDArray[np.float64]

    def top(self, ranking: str) -> NDArray[np.int64]:
        """Positions of the K highest scores."""
        return np.argsort(-self.scores[ranking], kind="stable")[:K]


def measure_flags(*, progress: Progress = silent, seeds: tuple[int, ...] = SEEDS) -> Measured:
    """The flags' figures; details hold every ranking's, per desk too."""
    weeks: list[Week] = []
    kinds: dict[str, str] = {}
    for i, seed in enumerate(seeds):
        progress(f"Flags: desk {i + 1} of {len(seeds)}", i / len(seeds))
        found, kind = _desk_weeks(seed)
        weeks += found
        kinds[str(seed)] = kind
    return figures_of(weeks, details={"kinds": kinds, "seeds": list(seeds), "k": K})


def figures_of(weeks: list[Week], *, details: Mapping[str, Any]) -> Measured:
    """Precision, recall, lead and churn of every ranking; intervals over customers and weeks."""
    names = list(weeks[0].scores)
    tops = {name: [week.top(name) for week in weeks] for name in names}
    tops["flags"] = flagged(weeks)
    rows = {name: _row(weeks, top) for name, top in tops.items()}
    margin = bootstrap_margin(weeks, tops["model"], tops["volume"])
    figures = {
        "flags_precision_of_oracle": rows["model"]["precision"] / rows["oracle"]["precision"],
        "flags_margin_low": margin["low"],
        "flags_lead_days": rows["model"]["lead_days"],
        "flags_recall": rows["model"]["recall"],
        "flags_churn": rows["flags"]["churn"],
    }
    base = float(np.concatenate([w.happened for w in weeks]).mean())
    return Measured(
        figures,
        {**details, "rankings": rows, "margin": margin, "base_rate": base, "weeks": len(weeks)},
    )


def flagged(weeks: list[Week]) -> list[NDArray[np.int64]]:
    """What is shown: the model's ranking with the rules that keep flags from coming and going."""
    found: list[NDArray[np.int64]] = []
    standing: list[str] = []
    desk = -1
    for week in weeks:
        if week.desk != desk:
            standing, desk = [], week.desk
        order = np.argsort(-week.scores["model"], kind="stable")
        ranked = [str(week.customer[i]) for i in order]
        standing = choose_flags(ranked, k=K, standing=standing)
        place = {str(c): i for i, c in enumerate(week.customer)}
        found.append(np.array([place[name] for name in standing]))
    return found


def _row(weeks: list[Week], tops: list[NDArray[np.int64]]) -> dict[str, float]:
    hits = [float(w.happened[t].mean()) for w, t in zip(weeks, tops, strict=True)]
    caught = sum(w.happened[t].sum() for w, t in zip(weeks, tops, strict=True))
    return {
        "precision": float(np.mean(hits)),
        "recall": float(caught / sum(w.happened.sum() for w in weeks)),
        "lead_days": lead_days(weeks, tops),
        "churn": churn(weeks, tops),
    }


def lead_days(weeks: list[Week], tops: list[NDArray[np.int64]]) -> float:
    """Median days from a customer's first flag to its second broken promise of a week.

    The first flag of an unbroken row of weeks; one that came to nothing in its week and stood
    on counts from its first week.
    """
    since: dict[tuple[int, int], pd.Timestamp] = {}
    leads = []
    for week, top in zip(weeks, tops, strict=True):
        now = {(week.desk, int(week.customer[i])): i for i in top}
        since = {key: since.get(key, week.cut) for key in now}
        for key, i in now.items():
            if week.happened[i]:
                waited = (week.cut - since[key]) / pd.Timedelta(days=1)
                leads.append(waited + week.days[i])
                since[key] = week.cut + WEEK  # the next trouble is another one
    return float(np.median(leads)) if leads else float("nan")


def churn(weeks: list[Week], tops: list[NDArray[np.int64]]) -> float:
    """Share of a week's flags that were not flagged the week before; first weeks do not count."""
    new, total, before, desk = 0, 0, set(), -1
    for week, top in zip(weeks, tops, strict=True):
        now = {int(week.customer[i]) for i in top}
        if week.desk == desk:
            new, total = new + len(now - before), total + len(now)
        before, desk = now, week.desk
    return new / total if total else float("nan")


def bootstrap_margin(
    weeks: list[Week],
    ours: list[NDArray[np.int64]],
    theirs: list[NDArray[np.int64]],
    *,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> dict[str, float]:
    """Precision at K of ours less theirs, 95 %; customers and weeks are drawn anew, paired."""
    draw = np.random.default_rng(seed)
    keys = {(w.desk, int(c)) for w in weeks for c in w.customer}
    code = {key: i for i, key in enumerate(sorted(keys))}
    people = [np.array([code[w.desk, int(c)] for c in w.customer], np.int64) for w in weeks]
    margins = []
    for n in range(resamples + 1):
        of_week = np.ones(len(weeks)) if n == 0 else _counts(draw, len(weeks))
        of_customer = np.ones(len(code)) if n == 0 else _counts(draw, len(code))
        shares = [_weighted(weeks, tops, people, of_week, of_customer) for tops in (ours, theirs)]
        margins.append(shares[0] - shares[1])
    low, high = np.nanquantile(margins[1:], [0.025, 0.975])
    return {"value": float(margins[0]), "low": float(low), "high": float(high)}


def _counts(draw: np.random.Generator, n: int) -> NDArray[np.float64]:
    return np.bincount(draw.integers(0, n, n), minlength=n).astype(np.float64)


def _weighted(
    weeks: list[Week],
    tops: list[NDArray[np.int64]],
    people: list[NDArray[np.int64]],
    of_week: NDArray[np.float64],
    of_customer: NDArray[np.float64],
) -> float:
    above = below = 0.0
    for week, top, who, weight in zip(weeks, tops, people, of_week, strict=True):
        each = weight * of_customer[who[top]]
        above += float(each @ week.happened[top])
        below += float(each.sum())
    return above / below if below else float("nan")


def _desk_weeks(seed: int) -> tuple[list[Week], str]:
    """The tested weeks of one desk, and the kind of model that was chosen before them."""
    config, history, truth = _desk(seed)
    end = history_end(history)
    mondays = sorted(t for t in truth["week_at"].unique() if t + WEEK <= end)
    cuts = [pd.Timestamp(t) for t in mondays[-WEEKS_OF_CUSTOMERS:]]
    risk = breach_models(history, config, cutoff=cuts[0])
    weeks = read_customer_weeks(history, cuts, models=risk, metrics=config.sla.metrics)
    metrics = config.sla.metrics
    happened = events_of(history, weeks, known_before=end, metrics=metrics)[BREACHES]
    days = days_to_second(history, weeks, end=end, metrics=metrics)
    tested = cuts[-TEST_WEEKS:]
    seen = is_known(weeks.rows, WEEK, at=tested[0])
    before = CustomerWeeks(weeks.rows[seen], weeks.features[seen])
    kind = choose_model(before, happened[seen], event=BREACHES, cutoff=tested[0], k=K, seed=1).kind
    found = []
    for cut in tested:
        now = (weeks.rows["as_of"] == cut).to_numpy()
        told = foretell(weeks, happened, cut, event=BREACHES, seed=1, kinds=(kind,))
        customer = weeks.rows["customer"].to_numpy(np.int64)[now]
        arrivals = true_volume(history, truth, cut, customer)
        scores = {
            "model": told[kind],
            "volume": volume_of(weeks)[now],
            "open_risk": weeks.features["open_risk"].to_numpy(np.float64)[now],
            "random": np.random.default_rng([seed, len(found)]).random(int(now.sum())),
            "arrivals": arrivals,
            "oracle": true_intensity(
                weeks, now, volume=arrivals, history=history, end=end, metrics=metrics
            ),
        }
        found.append(Week(seed, cut, customer, scores, happened[now], days[now]))
    return found, kind


def true_intensity(
    weeks: CustomerWeeks,
    now: Mask,
    *,
    volume: NDArray[np.float64],
    history: History,
    end: pd.Timestamp,
    metrics: Sequence[str],
) -> NDArray[np.float64]:
    """What nobody knows at the cut: the week's true arrivals, times breaches per ticket of the
    customer's tier over the whole year, the future with it.
    """
    tier = weeks.features["customer_tier"].astype("str").to_numpy(object)
    latest = pd.Series(tier, weeks.rows["customer"]).groupby(level=0).last()
    customer = history.arrays["ticket/customer"]
    tickets = pd.Series(customer[customer >= 0]).map(latest).value_counts()
    broken = broken_promises(history, known_before=end, metrics=metrics)
    breaches = broken["customer"].map(latest).value_counts()
    share = (breaches / tickets).fillna(0.0)
    found: NDArray[np.float64] = volume * pd.Series(tier[now]).map(share).fillna(0.0).to_numpy()
    return found


def true_volume(
    history: History, truth: pd.DataFrame, cut: pd.Timestamp, customer: NDArray[np.int64]
) -> NDArray[np.float64]:
    """What the simulator alone knows: how much each customer will write this week."""
    names = history.texts["word/customer"].to_pylist()
    week = truth[truth["week_at"] == cut].set_index("customer_id")["volume"]
    return week.reindex([names[c] for c in customer]).fillna(0.0).to_numpy(np.float64)


def days_to_second(
    history: History, weeks: CustomerWeeks, *, end: pd.Timestamp, metrics: Sequence[str]
) -> NDArray[np.float64]:
    """Days from each row's as_of to the second promise broken within the week; NaN without."""
    broken = broken_promises(history, known_before=end, metrics=metrics)
    at = broken.groupby("customer")["at"].apply(np.sort).to_dict()
    rows = microseconds(weeks.rows["as_of"])
    found = []
    for c, cut in zip(weeks.rows["customer"].tolist(), rows.tolist(), strict=True):
        inside = [t - cut for t in at.get(c, []) if cut <= t < cut + _WEEK]
        found.append(inside[1] / _DAY if len(inside) > 1 else np.nan)
    return np.array(found, np.float64)


def breach_models(
    history: History, config: Config, *, cutoff: pd.Timestamp
) -> dict[str, BreachModel]:
    """Small breach models of what was decided before the cutoff, by metric."""
    training = config.training.model_copy(update={"trees": RISK_TREES})
    small = config.model_copy(update={"training": training})
    rows = landmark_observations(history, landmarks=config.training.landmarks)
    outcomes = training_outcomes(history, rows, cutoff=cutoff).reset_index(drop=True)
    features = build_features(history, outcomes, names=feature_names(history, config))
    return {
        metric: fit_breach_model(features, outcomes, metric=metric, config=small, seed=1)
        for metric in config.sla.metrics
    }


def _desk(seed: int) -> tuple[Config, History, pd.DataFrame]:
    """Configuration, history and hidden truth of a simulated year; kept from run to run."""
    root: Path = FOLDER / f"desk_{seed}"
    if not (root / "forewarn.yaml").exists():
        init_workspace(root, example="demo", data=None)
        write_demo(root / "data", seed=seed)
    ws = Workspace(root)
    ingest(ws)
    tables = read_tables(ws.tables)
    history = build_history(tables, ws.config, folder=root / "history")
    truth = pd.read_parquet(root / "data" / "truth" / "customers.parquet")
    return ws.config, history, truth


def main(read: Callable[..., Measured] = measure_flags) -> None:
    """Print the table alone: ``python -m benchmarks.flags``."""
    measured = read()
    print(pd.DataFrame(measured.details["rankings"]).T.round(3).to_string())
    print({k: v for k, v in measured.details.items() if k != "rankings"})
    print(dict(measured.figures))


if __name__ == "__main__":
    main()
