"""Figures of a replay: promises, breaches and penalties before and after, by team and the like."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from forewarn.config import METRICS
from forewarn.sla.shares import wilson
from serving.replay import CHANGES, NO_CLOCK

Rows = list[dict[str, Any]]
DIMENSIONS = {"all": None, "team": "group_id", "tier": "tier", "priority": "priority"}


def replay_figures(pairs: pd.DataFrame, *, priorities: Sequence[str] = ()) -> Rows:
    """One row per dimension, its value (null: none) and metric; ``pairs`` as ``replay`` gives.

    ``by``: all, team, tier or priority. Of each side, ``_before`` and ``_after``: n_promises
    (clocks), n_decided (kept or broken), n_broken, n_excused (of the broken), n_open,
    broken_share (of the decided; null where there are none) with its 95 % interval by Wilson,
    low and high, and penalties, per currency. Then how many of them changed, by kind: n_other
    are those that came to an open or cancelled clock, or from one. ``priorities``: those that
    come first, in this order.
    """
    rows: Rows = []
    for by, column in DIMENSIONS.items():
        keys = ["metric"] if column is None else [column, "metric"]
        found: Rows = []
        for _, part in pairs.groupby(keys, dropna=False, sort=True):
            value = None if column is None else part[column].iloc[0]
            name = None if pd.isna(value) else str(value)
            found.append({"by": by, "value": name, "metric": part["metric"].iloc[0]}
                         | _figures(part))  # fmt: skip
        rows += sorted(found, key=lambda row: _place(row, priorities))
    return rows


def _place(row: dict[str, Any], priorities: Sequence[str]) -> tuple[Any, ...]:
    value = row["value"]
    at = priorities.index(value) if value in priorities else len(priorities)
    known = at if row["by"] == "priority" else 0
    return value is None, known, value or "", METRICS.index(row["metric"])


def _figures(part: pd.DataFrame) -> dict[str, Any]:
    changed = part["change"].value_counts()
    return {
        **_side(part, "before"),
        **_side(part, "after"),
        **{f"n_{name}": int(changed.get(name, 0)) for name in CHANGES},
    }


def _side(part: pd.DataFrame, side: str) -> dict[str, Any]:
    outcome = part[f"outcome_{side}"]
    n_broken = int((outcome == "breached").sum())
    n_decided = n_broken + int((outcome == "met").sum())
    sure = wilson(n_broken, n_decided)
    figures = {
        "n_promises": int((outcome != NO_CLOCK).sum()),
        "n_decided": n_decided,
        "n_broken": n_broken,
        "n_excused": int(part[f"is_excused_{side}"].sum()),
        "n_open": int((outcome == "open").sum()),
        "broken_share": None if sure is None else n_broken / n_decided,
        "low": None if sure is None else sure.low,
        "high": None if sure is None else sure.high,
        "penalties": _penalties(part, side),
    }
    return {f"{name}_{side}": value for name, value in figures.items()}


def _penalties(part: pd.DataFrame, side: str) -> dict[str, float]:
    """Per currency; nothing where no policy names penalties."""
    sums = part.groupby(f"currency_{side}", sort=True)[f"penalty_{side}"].sum()
    return {str(currency): round(float(amount), 2) for currency, amount in sums.items()}


def changed_clocks(pairs: pd.DataFrame) -> Rows:
    """The clocks whose verdict changes, appear or vanish; the dearest difference first."""
    changed = pairs[pairs["change"].notna()]
    weight = (changed["penalty_after"] - changed["penalty_before"]).abs()
    changed = changed.assign(_weight=-weight, _kind=changed["change"].map(CHANGES.index))
    ordered = changed.sort_values(
        ["_weight", "_kind", "started_at", "ticket_id", "metric", "cycle"], kind="stable"
    ).drop(columns=["_weight", "_kind"])
    plain = ordered.astype(object)
    found = plain.where(plain.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in found]
