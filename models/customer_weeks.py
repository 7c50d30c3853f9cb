"""Customers at weekly cuts: what was known of each, what it has open, and what came of it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.build import build_features
from features.customers import build_customer_features, known_customers
from features.history import History
from features.observations import micros, open_observations
from forewarn.config import METRICS
from forewarn.sla.events import microseconds
from forewarn.sla.labels import as_instants, label_clocks
from models.breach_model import BreachModel

Int64 = NDArray[np.int64]
WEEK = dt.timedelta(days=7)
BREACHES_WITHIN = WEEK
LEAST_BREACHES = 2
"""So many broken promises within a week are worth a flag; which ones, see `trouble_metrics`."""
ESCALATION_WITHIN = dt.timedelta(days=28)
OPEN_COLUMNS = ("open_clocks", "open_due_7d", "open_breached", "open_risk")


@dataclass(frozen=True)
class CustomerWeeks:
    """One row per known customer and cut, on a common index.

    ``rows``: customer (code), as_of. ``features``: see ``features.customers``, and OPEN_COLUMNS:
    clocks open, those of them due within a week if nothing pauses, those broken already, and
    the sum of P(breach) of the others.
    """

    rows: pd.DataFrame
    features: pd.DataFrame


def trouble_metrics(metrics: Sequence[str]) -> tuple[str, ...]:
    """Whose breaches make trouble: resolution where it is promised, else everything promised.

    A late first reply is common where replies are promised within the hour: on the demo's desk
    every third customer has two a week, and whoever writes much is always right to flag.
    """
    return ("resolution",) if "resolution" in metrics else tuple(metrics)


def weekly_cuts(*, first: pd.Timestamp, last: pd.Timestamp) -> list[pd.Timestamp]:
    """Instants a week apart, the latest at ``last``, none before ``first``."""
    n = max(0, int((last - first) // WEEK) + 1)
    return [last - i * WEEK for i in reversed(range(n))]


def read_customer_weeks(
    history: History,
    cuts: Sequence[pd.Timestamp],
    *,
    models: Mapping[str, BreachModel],
    metrics: Sequence[str],
) -> CustomerWeeks:
    """Every customer known at each cut. ``models``: by metric, trained before all cuts."""
    known = [known_customers(history, as_of=micros(cut)) for cut in cuts]
    rows = pd.DataFrame(
        {
            "customer": np.concatenate([np.empty(0, np.int64), *known]),
            "as_of": as_instants(
                np.repeat(np.array([micros(c) for c in cuts], np.int64), [k.size for k in known])
            ),
        }
    )
    features = build_customer_features(history, rows, metrics=metrics)
    found = [_open_at(history, cut, models=models) for cut in cuts]
    still = pd.concat(found) if found else pd.DataFrame(columns=list(OPEN_COLUMNS))
    place = pd.MultiIndex.from_frame(rows[["as_of", "customer"]])
    for name in OPEN_COLUMNS:
        features[name] = still[name].reindex(place).fillna(0.0).to_numpy(np.float64)
    return CustomerWeeks(rows, features)


def _open_at(
    history: History, cut: pd.Timestamp, *, models: Mapping[str, BreachModel]
) -> pd.DataFrame:
    """OPEN_COLUMNS by cut and customer; customers without open clocks are not there."""
    clocks = open_observations(history, as_of=cut)
    chance = pd.Series(np.nan, index=clocks.index)
    for metric, model in models.items():
        mine = clocks[(clocks["metric"] == metric) & ~clocks["is_breached"]]
        if len(mine):
            asked = build_features(history, mine, names=model.feature_names)
            chance[mine.index] = model.probabilities(asked)
    customer = history.arrays["ticket/customer"][clocks["ticket"].to_numpy(np.int64)]
    return sum_open(clocks.assign(customer=customer, chance=chance), as_of=cut)


def sum_open(clocks: pd.DataFrame, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """OPEN_COLUMNS by as_of and customer (both in the index).

    ``clocks``: open ones with customer (-1: none), state, is_breached, due_at, chance (null where
    nobody can tell).
    """
    rows = pd.DataFrame(
        {
            "customer": clocks["customer"].to_numpy(np.int64),
            "as_of": as_of,
            "open_clocks": 1.0,
            "open_due_7d": _is_due_soon(clocks, as_of=as_of),
            "open_breached": clocks["is_breached"].to_numpy(np.float64),
            "open_risk": clocks["chance"].fillna(0.0).to_numpy(np.float64),
        }
    )
    rows = rows[rows["customer"] >= 0]
    return rows.groupby(["as_of", "customer"])[list(OPEN_COLUMNS)].sum()


def _is_due_soon(clocks: pd.DataFrame, *, as_of: pd.Timestamp) -> NDArray[np.float64]:
    """1 where the clock runs and breaks within a week if nothing pauses it, else 0."""
    is_live = (clocks["state"] == "running") & ~clocks["is_breached"]
    return np.asarray(is_live & (clocks["due_at"] < as_of + WEEK), np.float64)


@dataclass(frozen=True)
class Ahead:
    """What came after each row. ``breaches``: promises broken within BREACHES_WITHIN.

    ``escalations``: facts within ESCALATION_WITHIN. Both are only complete where the horizon
    lies before the instant that was looked from: see ``is_known``.
    """

    breaches: Int64
    escalations: Int64


def broken_promises(
    history: History, *, known_before: pd.Timestamp, metrics: Sequence[str]
) -> pd.DataFrame:
    """One row per breach that makes trouble: customer (-1: none), at (µs)."""
    labels = label_clocks(history.timelines, as_of=micros(known_before))
    clock = labels["clock"].to_numpy(np.int64)
    names: Sequence[str] = METRICS
    asked = [names.index(metric) for metric in trouble_metrics(metrics)]
    counts = np.isin(history.timelines.clock_metric[clock], asked)
    broken = labels[labels["breached_at"].notna() & counts]
    ticket = history.timelines.clock_ticket[broken["clock"].to_numpy(np.int64)]
    return pd.DataFrame(
        {
            "customer": history.arrays["ticket/customer"][ticket],
            "at": microseconds(broken["breached_at"]),
        }
    )


def look_ahead(
    history: History, rows: pd.DataFrame, *, known_before: pd.Timestamp, metrics: Sequence[str]
) -> Ahead:
    """Count what happened to each row's customer behind its as_of, as known then."""
    events = broken_promises(history, known_before=known_before, metrics=metrics)
    breaches = _count(events, rows, micros_of(BREACHES_WITHIN))
    stream = history.streams["customer_escalated"]
    customer = rows["customer"].to_numpy(np.int64)
    as_of = microseconds(rows["as_of"])
    until = np.minimum(as_of + micros_of(ESCALATION_WITHIN), micros(known_before))
    escalations = stream.between(
        stream.last_before(customer, until), stream.last_before(customer, as_of)
    )
    return Ahead(breaches, escalations)


def is_known(rows: pd.DataFrame, horizon: dt.timedelta, *, at: pd.Timestamp) -> NDArray[np.bool_]:
    """Rows whose horizon lies before ``at``: an embargo of one horizon, whatever came of them."""
    return (rows["as_of"] + horizon <= at).to_numpy(np.bool_)


def micros_of(span: dt.timedelta) -> int:
    """A span in microseconds."""
    return int(span.total_seconds() * 1_000_000)


def _count(events: pd.DataFrame, rows: pd.DataFrame, horizon: int) -> Int64:
    """Events of each row's customer in [as_of, as_of + horizon)."""
    ordered = events[events["customer"] >= 0].sort_values(["customer", "at"])
    groups = ordered.groupby("customer")["at"]
    by_customer: dict[Any, Int64] = {c: g.to_numpy(np.int64) for c, g in groups}
    none = np.empty(0, np.int64)
    found = [
        int(np.diff(np.searchsorted(by_customer.get(c, none), [at, at + horizon]))[0])
        for c, at in zip(
            rows["customer"].tolist(), microseconds(rows["as_of"]).tolist(), strict=True
        )
    ]
    return np.array(found, np.int64)
