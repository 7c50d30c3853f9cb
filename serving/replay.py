"""What other policies would have done to the history: every clock under the old and the new.

People's behaviour is taken as it was: who answered when is not changed by what was promised.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from forewarn.config import METRICS, SlaConfig
from forewarn.config.policy_file import named_in_mistakes
from forewarn.config.settings import HealthConfig
from forewarn.errors import DataError
from forewarn.progress import Progress, silent
from forewarn.sla.clock import NOT_STARTED, read_clocks
from forewarn.sla.events import instant_of
from forewarn.sla.known_then import last_value, tiers
from forewarn.sla.labels import as_instants, label_clocks
from forewarn.sla.timeline import build_timelines
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables
from serving.report.promises import decided_promises

QUARTER = pd.Timedelta(weeks=13)
NO_CLOCK = "none"
CHANGES = ("newly_broken", "no_longer_broken", "appears", "vanishes", "other")
_KEYS = ["ticket", "metric", "cycle"]
_SECOND = 1_000_000


@dataclass(frozen=True)
class Rules:
    """What clocks are computed from. ``file``: where it is written, for what is wrong with it."""

    sla: SlaConfig
    health: HealthConfig
    file: str = "forewarn.yaml"


@dataclass(frozen=True)
class Window:
    """Clocks that started in ``[since, until)``, by what was known before ``as_of``."""

    since: pd.Timestamp
    until: pd.Timestamp
    as_of: pd.Timestamp


def window_of(tables: Tables, *, since: pd.Timestamp | None, until: pd.Timestamp | None) -> Window:
    """The window; the last 13 weeks before the watermark, or before ``until``, where not given.

    Raises DataError where the window is empty or no data reaches into it.
    """
    end = tables.watermark if until is None else until
    start = end - QUARTER if since is None else since
    if start >= end:
        raise DataError(
            "the window from {start} until {end} is empty; --from must lie before",
            start=start, end=end,
        )  # fmt: skip
    if start > tables.watermark:
        raise DataError(
            "the data ends {end}; the window begins after it, {start}",
            start=start, end=tables.watermark,
        )  # fmt: skip
    return Window(start, end, tables.watermark + pd.Timedelta(microseconds=1))


def replay(
    tables: Tables, *, before: Rules, after: Rules, window: Window, progress: Progress = silent
) -> pd.DataFrame:
    """One row per clock that started in the window under either of the two.

    Columns ticket_id, customer_id, metric, cycle, started_at (the earlier of the two); group_id,
    tier and priority as last known before ``window.as_of``, so that both sides count a clock
    for the same team; and of each side, ``_before`` and ``_after``: policy (null for an imported
    deadline), target_seconds, elapsed_seconds (in its opening hours), outcome (met, breached,
    cancelled, open; none where there is no clock), breached_at, is_excused, penalty (by priority
    and tier at the verdict; 0 where nothing is due) and currency. ``change``: one of CHANGES,
    null where the verdict is the same. Raises ConfigError, with the file of the rules, where a
    policy or an excuse looks at a column that is not there.
    """
    sides = []
    for name, rules, done in (("before", before, 0.0), ("after", after, 0.5)):
        with named_in_mistakes(rules.file):
            progress(f"clocks {name}", done)
            timelines = build_timelines(tables, rules.sla, health=rules.health)
            progress(f"verdicts {name}", done + 0.3)
            sides.append(read_verdicts(tables, timelines, rules.sla, window))
    progress("comparing", 0.95)
    return pair_verdicts(sides[0], sides[1], tables=tables, window=window)


def pair_verdicts(
    before: pd.DataFrame, after: pd.DataFrame, *, tables: Tables, window: Window
) -> pd.DataFrame:
    """What ``replay`` gives, of two sides as ``read_verdicts`` gives them."""
    pairs = before.merge(after, on=_KEYS, how="outer", suffixes=("_before", "_after"))
    for side in ("before", "after"):
        pairs = _filled(pairs, side)
    return _described(_within(pairs, window), tables, window)


def read_verdicts(
    tables: Tables, timelines: Timelines, sla: SlaConfig, window: Window
) -> pd.DataFrame:
    """Every clock that has started, with its verdict and what its breach costs.

    The index is the clock's position in the timelines. Columns ticket, metric (positions) and
    cycle, and what ``replay`` tells of one side.
    """
    instant = instant_of(window.as_of)
    readings = read_clocks(timelines, np.arange(len(timelines)), as_of=instant)
    labels = label_clocks(timelines, as_of=instant)
    policy = np.append(timelines.terms_policy, -1)[readings.terms]
    decided = decided_promises(tables, timelines, sla, as_of=window.as_of).set_index("clock")
    priced = decided[["is_excused", "penalty", "currency"]]
    clocks = pd.DataFrame(
        {
            "ticket": timelines.clock_ticket,
            "metric": timelines.clock_metric,
            "cycle": timelines.clock_cycle,
            "started_at": as_instants(readings.started_at),
            "policy": np.array([*timelines.policies, None], object)[policy],
            "target_seconds": readings.target / _SECOND,
            "elapsed_seconds": (readings.elapsed / _SECOND).round(3),
            "outcome": labels["outcome"].astype(object),
            "breached_at": labels["breached_at"],
        }
    ).join(priced)
    started: pd.DataFrame = clocks[readings.state != NOT_STARTED]
    return started


def _filled(pairs: pd.DataFrame, side: str) -> pd.DataFrame:
    """A side that has no clock has no penalty and no excuse."""
    penalty, excused = pairs[f"penalty_{side}"], pairs[f"is_excused_{side}"]
    outcome = pairs[f"outcome_{side}"]
    return pairs.assign(
        **{
            f"outcome_{side}": outcome.where(outcome.notna(), NO_CLOCK),
            f"penalty_{side}": penalty.fillna(0.0),
            f"is_excused_{side}": excused.eq(True),  # noqa: FBT003 - compares, asks nothing
        }
    )


def _within(pairs: pd.DataFrame, window: Window) -> pd.DataFrame:
    started = pairs[["started_at_before", "started_at_after"]]
    inside = ((started >= window.since) & (started < window.until)).any(axis=1)
    earlier = started.min(axis=1)
    chosen = pairs.drop(columns=list(started)).assign(started_at=earlier)[inside]
    ordered: pd.DataFrame = chosen.sort_values(_KEYS, ignore_index=True)
    return ordered


def _described(pairs: pd.DataFrame, tables: Tables, window: Window) -> pd.DataFrame:
    """The clocks by name, and what was known of their tickets at the end."""
    ticket = pairs["ticket"].to_numpy(np.int64)
    rows = pd.DataFrame(
        {
            "ticket_id": tables.tickets["ticket_id"].array.take(ticket),
            "customer_id": tables.tickets["customer_id"].array.take(ticket),
            "metric": np.array(METRICS, object)[pairs["metric"].to_numpy(np.int64)],
            "cycle": pairs["cycle"],
            "decided_at": pd.Series(window.as_of, pairs.index).dt.as_unit("us"),
        }
    )
    known = {
        "group_id": last_value(tables, rows, ticket, "group_id"),
        "tier": tiers(tables.customers, rows),
        "priority": last_value(tables, rows, ticket, "priority"),
        "change": _changes(pairs),
    }
    rest = pairs.drop(columns=_KEYS)
    return pd.concat([rows.drop(columns="decided_at").assign(**known), rest], axis=1)


def _changes(pairs: pd.DataFrame) -> np.ndarray:
    before, after = pairs["outcome_before"].to_numpy(), pairs["outcome_after"].to_numpy()
    kinds = [
        before == after, before == NO_CLOCK, after == NO_CLOCK, after == "breached",
        before == "breached",
    ]  # fmt: skip
    names = [None, "appears", "vanishes", "newly_broken", "no_longer_broken"]
    found = np.full(before.size, "other", object)
    for is_so, name in zip(reversed(kinds), reversed(names), strict=True):
        found[is_so] = name
    return found
