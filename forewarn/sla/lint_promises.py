"""Promises beside what the desk did: the share that was missed, the targets it would have kept."""

from collections.abc import Hashable, Iterator, Mapping

import numpy as np
import pandas as pd

from forewarn.config import METRICS, SlaConfig
from forewarn.sla.clock import COMPLETED, NOT_STARTED, Readings, read_clocks
from forewarn.sla.known_then import last_value
from forewarn.sla.labels import as_instants, label_clocks
from forewarn.sla.lint_findings import Finding
from forewarn.sla.lint_targets import in_hours
from forewarn.sla.openings import NAT
from forewarn.sla.shares import time_kept_by, wilson
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables

KEPT_SHARES = (0.8, 0.9, 0.95)
LEAST_DECIDED = 30
"""With fewer decided promises nothing is warned of."""
_SECOND = 1_000_000
_NEVER = np.iinfo(np.int64).max


def promise_figures(tables: Tables, timelines: Timelines, sla: SlaConfig) -> pd.DataFrame:
    """One row per policy, metric, priority and target, over the whole history.

    ``priority``: as last known before the clock ended (at creation where ``on_change`` is
    frozen), null for none. ``n``: promises that were decided, ``n_missed`` of these;
    ``missed_share`` with its 95 % interval by Wilson, ``low`` and ``high``. ``n_open`` and
    ``n_cancelled`` have no verdict. ``kept_80_seconds``, ``90``, ``95``: the target that this
    share of all clocks would have kept, in the policy's opening hours, by the Kaplan-Meier
    estimate; null where the history cannot tell. Imported deadlines have no policy and no row.
    """
    clocks = _judged_clocks(tables, timelines, sla)
    rows = [
        dict(zip(_KEYS, key, strict=True)) | _figures(part)
        for key, part in clocks.groupby(list(_KEYS), dropna=False, sort=False)
    ]
    columns = [*_KEYS, *_figures(clocks.head(0))]
    table = pd.DataFrame(rows, columns=columns)
    order = {name: i for i, name in enumerate(timelines.policies)}
    return table.sort_values(
        list(_KEYS), kind="stable", ignore_index=True, na_position="last",
        key=lambda s: s.map(order) if s.name == "policy" else s.map(METRICS.index)
        if s.name == "metric" else s,
    )  # fmt: skip


_KEYS = ("policy", "metric", "priority", "target_seconds")


def _judged_clocks(tables: Tables, timelines: Timelines, sla: SlaConfig) -> pd.DataFrame:
    """One row per clock of a policy: how it ended, and what had elapsed by then."""
    instant = timelines.watermark + 1
    readings = read_clocks(timelines, np.arange(len(timelines)), as_of=instant)
    labels = label_clocks(timelines, as_of=instant)
    policy = np.append(timelines.terms_policy, -1)[readings.terms]
    chosen = np.flatnonzero((policy >= 0) & (readings.state != NOT_STARTED))
    ticket = timelines.clock_ticket[chosen]
    until = np.where(readings.ended_at[chosen] == NAT, instant, readings.ended_at[chosen])
    frame = pd.DataFrame(
        {
            "policy": np.array(timelines.policies, object)[policy[chosen]],
            "metric": np.array(METRICS, object)[timelines.clock_metric[chosen]],
            "target_seconds": readings.target[chosen] / _SECOND,
            "outcome": labels["outcome"].to_numpy()[chosen],
            "ticket_id": tables.tickets["ticket_id"].array.take(ticket),
            # A change of the very instant in which the clock ends still counts for it.
            "decided_at": as_instants(until + 1),
            "elapsed": _elapsed(readings)[chosen],
            "is_done": readings.state[chosen] == COMPLETED,
        }
    )
    priority = tables.tickets["priority"].to_numpy()[ticket]
    if sla.on_change != "frozen":
        priority = last_value(tables, frame, ticket, "priority")
    return frame.assign(priority=pd.Series(priority, frame.index, dtype="str"))


def _elapsed(readings: Readings) -> np.ndarray:
    """What had elapsed; without end where the promise was missed, however little had.

    So with ``unanswered: missed``, lost contacts, and a breach that a restart left standing.
    """
    lost = (readings.state == COMPLETED) & readings.is_breached
    return np.where(lost & (readings.elapsed <= readings.target), _NEVER, readings.elapsed)


def _figures(clocks: pd.DataFrame) -> dict[str, float | int | None]:
    n_of = clocks["outcome"].value_counts()
    n_missed = int(n_of.get("breached", 0))
    n = n_missed + int(n_of.get("met", 0))
    sure = wilson(n_missed, n)
    elapsed = clocks["elapsed"].to_numpy(np.int64)
    is_done = clocks["is_done"].to_numpy(bool) & (elapsed != _NEVER)
    kept = {
        f"kept_{100 * share:.0f}_seconds": _in_seconds(time_kept_by(elapsed, is_done, share=share))
        for share in KEPT_SHARES
    }
    return {
        "n": n,
        "n_missed": n_missed,
        "missed_share": None if sure is None else n_missed / n,
        "low": None if sure is None else sure.low,
        "high": None if sure is None else sure.high,
        "n_open": int(n_of.get("open", 0)),
        "n_cancelled": int(n_of.get("cancelled", 0)),
        **kept,
    }


def _in_seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / _SECOND


def broken_promises(figures: pd.DataFrame, *, threshold: float) -> Iterator[Finding]:
    """Promises of which more than the threshold was missed, where enough were decided."""
    doubtful = figures[(figures["n"] >= LEAST_DECIDED) & (figures["missed_share"] > threshold)]
    for row in doubtful.astype(object).where(doubtful.notna(), None).to_dict("records"):
        what = f"{row['metric'].replace('_', ' ')} of {in_hours(row['target_seconds'])}"
        yield Finding(
            "warning", "hard-to-keep", row["policy"],
            f"{what} ({row['priority'] or 'no priority'}) is missed by "
            f"{100 * row['missed_share']:.0f} %",
            f"{row['n_missed']:,} of {row['n']:,} promises were missed (95 %: "
            f"{100 * row['low']:.0f} to {100 * row['high']:.0f} %).",
            f"{_would_keep(row)}: promise less, or plan more people for these tickets.",
            metric=row["metric"], priority=row["priority"],
            n_tickets=row["n"], share=row["missed_share"],
        )  # fmt: skip


def _would_keep(row: Mapping[Hashable, object]) -> str:
    said = []
    for share in KEPT_SHARES:
        seconds = row[f"kept_{100 * share:.0f}_seconds"]
        if isinstance(seconds, float):
            said.append(f"{in_hours(whole_minutes(seconds))} in {100 * share:.0f} %")
    return f"The desk kept {', '.join(said)}" if said else "The history is too short for a target"


def whole_minutes(seconds: float) -> float:
    """A proposed target, rounded up to minutes where it is longer than ten of them.

    >>> whole_minutes(59), whole_minutes(3601)
    (59, 3660)
    """
    return -(-seconds // 60) * 60 if seconds > 600 else seconds
