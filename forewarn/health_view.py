"""Customer health as people read it: the score in force at an instant, and how it came there."""

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd

from forewarn.config.settings import HealthConfig
from forewarn.errors import DataError
from forewarn.health import effective_scores, segment
from forewarn.health_components import compose, read_components

Row = dict[str, Any]
_WEEK, _MONTH = pd.Timedelta(days=7), pd.Timedelta(days=28)


def health_at(
    customer_health: pd.DataFrame, health: HealthConfig, *, as_of: dt.datetime
) -> list[Row]:
    """One row per customer with a score known before ``as_of``, the least healthy first.

    customer_id, score, segment, changed_at (since when it is so), measured_at, is_stale (the
    measurement is older than ``health.stale_after``), change_7d and change_28d (points; null
    where no score was known then), is_overridden with override_author and
    override_expires_at, components, and missing (configured ones that it had to do without).
    """
    instant = pd.Timestamp(as_of)
    scores = effective_scores(customer_health, health=health)
    now = _by_customer(scores, instant)
    then = {
        name: {c: fact["score"] for c, fact in _by_customer(scores, instant - back).items()}
        for name, back in (("change_7d", _WEEK), ("change_28d", _MONTH))
    }
    order = ["customer_id", "known_at", "occurred_at"]
    ordered = customer_health.sort_values(order, kind="stable")
    measured = _by_customer(ordered, instant)
    overrides = _by_customer(ordered[ordered["override_score"].notna()], instant)
    rows = [
        _row(fact, measured[name], overrides.get(name), health, as_of=instant)
        | {n: _change(fact["score"], before.get(name)) for n, before in then.items()}
        for name, fact in now.items()
    ]
    return sorted(rows, key=lambda row: (row["score"], row["customer_id"]))


def health_history(
    customer_health: pd.DataFrame, health: HealthConfig, customer_id: str, *, as_of: dt.datetime
) -> list[Row]:
    """Every change of a customer's score that was known before ``as_of``, the newest first.

    changed_at, known_at, score, segment, change (from the score before), is_overridden. Raises
    DataError where no score of the customer was known by then.
    """
    scores = effective_scores(customer_health, health=health)
    mine = scores[(scores["customer_id"] == customer_id) & (scores["known_at"] < as_of)]
    if mine.empty:
        raise DataError(
            f"no health score of customer {customer_id!r} was known before {{as_of}}; "
            "'forewarn health' lists the customers that have one",
            as_of=as_of,
        )
    before = [None, *mine["score"].tolist()][: len(mine)]
    rows = [
        {
            "changed_at": fact["occurred_at"],
            "known_at": fact["known_at"],
            "score": fact["score"],
            "segment": segment(fact["score"], health),
            "change": _change(fact["score"], last),
            "is_overridden": bool(fact["is_overridden"]),
        }
        for fact, last in zip(mine.to_dict("records"), before, strict=True)
    ]
    return rows[::-1]


def _row(
    fact: Row,
    measured: Row,
    override: Row | None,
    health: HealthConfig,
    *,
    as_of: pd.Timestamp,
) -> Row:
    parts: dict[str, float] = (
        {} if pd.isna(measured["components"]) else read_components(measured["components"])
    )
    composed = compose(parts, health)
    by = (override or {}) if fact["is_overridden"] else {}
    return {
        "customer_id": fact["customer_id"],
        "score": float(fact["score"]),
        "segment": segment(fact["score"], health),
        "changed_at": fact["occurred_at"],
        "measured_at": measured["occurred_at"],
        "is_stale": bool(as_of - measured["occurred_at"] > health.stale_after),
        "is_overridden": bool(fact["is_overridden"]),
        "override_author": _told(by.get("override_author")),
        "override_expires_at": _told(by.get("override_expires_at")),
        "components": parts,
        "missing": [] if composed is None else list(composed.missing),
    }


def _by_customer(facts: pd.DataFrame, instant: pd.Timestamp) -> dict[str, Row]:
    """Per customer the last fact known before the instant."""
    known = facts[facts["known_at"] < instant].drop_duplicates("customer_id", keep="last")
    rows: list[Any] = known.to_dict("records")
    return {str(row["customer_id"]): row for row in rows}


def _change(now: float, before: float | None) -> float | None:
    return None if before is None or np.isnan(before) or np.isnan(now) else round(now - before, 1)


def _told(value: Any) -> Any:
    return None if pd.isna(value) else value
