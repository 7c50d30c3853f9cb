"""Service levels: the share of contacts answered in time, per group and period.

A contact counts in the period in which its wait began. *Answered in time* is a wait of at most
``within``. A contact that was abandoned counts by its mode: ``missed`` as not answered in time,
``normal`` as if it had been answered at that instant, ``ignored`` not at all.
"""

from typing import Literal, get_args

import numpy as np
import pandas as pd

from forewarn.config import ServiceLevelConfig
from forewarn.config.service_levels import Lost
from forewarn.errors import ConfigError, DataError

Period = Literal["day", "week", "month", "all"]
MODES: tuple[Lost, ...] = get_args(Lost)
_FREQUENCY = {"day": "D", "week": "W-SUN", "month": "M"}
_INSTANTS = ("arrived_at", "queued_at", "answered_at", "abandoned_at", "cancelled_at")
_COUNTS = (
    "n_offered", "n_answered", "n_in_time", "n_abandoned_within", "n_abandoned_after",
    "n_waiting", "n_cancelled", "n_unstarted",
)  # fmt: skip

_SUMMED = (*_COUNTS, "n_within_in_time", "n_after_in_time", "answer_wait")


def service_levels(
    contacts: pd.DataFrame, level: ServiceLevelConfig, *, period: Period, zone: str
) -> pd.DataFrame:
    """One row per period and group, and one for all groups of the period together.

    ``contacts``: one row per contact with arrived_at, queued_at, answered_at, abandoned_at (and
    cancelled_at) as UTC instants or NaT, group_id, and the columns that the level looks at.
    ``period``: by the calendar of ``zone``; "all" gives the whole time, with a null period_on.

    Columns: period_on (naive local first day), is_total (all groups together), group_id (null
    also for contacts without a group); n_offered (answered or abandoned),
    n_answered, n_in_time (answered within T), n_abandoned_within and n_abandoned_after (the
    short-abandon threshold), n_waiting (neither yet), n_cancelled, n_unstarted (without the
    instant at which the wait begins; in no other count, and in period_on null unless "all");
    share (answered in time, by the level's modes; null where nothing counts), the same under
    each pair of modes as share_WITHIN_AFTER; average_answer_seconds and longest_wait_seconds
    (of contacts answered, and of those offered), abandoned_share, is_met (null with share).

    Raises DataError where a contact ends before its wait begins, or ends twice, and ConfigError
    where a column is missing.
    """
    chosen = _chosen(contacts, level)
    facts = _facts(chosen, level)
    facts["period_on"] = _periods(facts["started_at"], period, zone)
    of_groups = _summed(facts, ["period_on", "group_id"]).assign(is_total=False)
    of_all = _summed(facts, ["period_on"]).assign(is_total=True, group_id=None)
    table = pd.concat([of_all, of_groups], ignore_index=True)
    table["group_id"] = table["group_id"].astype("str")
    table = _with_figures(table, level).sort_values("group_id", kind="stable")
    table = table.sort_values("is_total", ascending=False, kind="stable")
    return table.sort_values("period_on", kind="stable", na_position="last", ignore_index=True)


def _chosen(contacts: pd.DataFrame, level: ServiceLevelConfig) -> pd.DataFrame:
    """The contacts that the level is about."""
    asked = {**level.when, **({"group_id": level.groups} if level.groups else {})}
    holds = np.ones(len(contacts), bool)
    for name, values in asked.items():
        if name not in contacts:
            raise ConfigError(
                f"service level {level.name!r} looks at {name!r}, a column that contacts do not "
                f"have; they have {', '.join(contacts.columns)}"
            )
        holds &= contacts[name].isin(values).to_numpy(bool)
    return contacts[holds]


def _facts(contacts: pd.DataFrame, level: ServiceLevelConfig) -> pd.DataFrame:
    """Per contact what is to be counted and summed; ``wait`` in microseconds."""
    at = {name: _instants(contacts, name) for name in _INSTANTS}
    started = at[f"{level.start}_at"]
    has_start, answered = started.notna(), at["answered_at"].notna()
    abandoned = at["abandoned_at"].notna()
    wait = at["answered_at"].fillna(at["abandoned_at"]) - started
    _check(contacts, answered & abandoned, "is both answered and abandoned")
    _check(contacts, wait < pd.Timedelta(0), f"ends before {level.start}_at")
    answered, abandoned = answered & has_start, abandoned & has_start
    cancelled = at["cancelled_at"].notna() & has_start & ~answered & ~abandoned
    in_time, early = wait <= level.within, wait <= level.threshold
    offered = answered | abandoned
    lasted = np.where(offered, wait.to_numpy("timedelta64[us]").view(np.int64), 0)
    return pd.DataFrame(
        {
            "started_at": started,
            "group_id": contacts["group_id"],
            "n_offered": offered,
            "n_answered": answered,
            "n_in_time": answered & in_time,
            "n_abandoned_within": abandoned & early,
            "n_abandoned_after": abandoned & ~early,
            "n_waiting": has_start & ~offered & ~cancelled,
            "n_cancelled": cancelled,
            "n_unstarted": ~has_start,
            "n_within_in_time": abandoned & early & in_time,
            "n_after_in_time": abandoned & ~early & in_time,
            "answer_wait": np.where(answered, lasted, 0),
            "longest_wait": np.where(offered, lasted, -1),
        }
    )


def _instants(contacts: pd.DataFrame, name: str) -> "pd.Series[pd.Timestamp]":
    if name not in contacts:
        return pd.Series(pd.NaT, contacts.index, dtype="datetime64[us, UTC]")
    return contacts[name]


def _check(contacts: pd.DataFrame, wrong: pd.Series, fault: str) -> None:
    if wrong.any():
        row = contacts[wrong.to_numpy(bool)].iloc[0]
        raise DataError(
            f"{int(wrong.sum())} contacts cannot be; the first, of ticket "
            f"{row.get('ticket_id', row.name)!r}, {fault}: correct its instants"
        )


def _periods(started: pd.Series, period: Period, zone: str) -> pd.Series:
    """The first local day of the period in which each wait began; NaT for "all"."""
    if period == "all":
        return pd.Series(pd.NaT, started.index, dtype="datetime64[us]")
    local = started.dt.tz_convert(zone).dt.tz_localize(None)
    first: pd.Series = local.dt.to_period(_FREQUENCY[period]).dt.start_time
    return first.astype("datetime64[us]")


def _summed(facts: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    groups = facts.groupby(keys, dropna=False, sort=False)
    return groups.agg({**dict.fromkeys(_SUMMED, "sum"), "longest_wait": "max"}).reset_index()


def _with_figures(table: pd.DataFrame, level: ServiceLevelConfig) -> pd.DataFrame:
    shares = {
        f"share_{within}_{after}": _share(table, within, after)
        for within in MODES
        for after in MODES
    }
    share = shares[f"share_{level.abandoned_within}_{level.abandoned_after}"]
    n_abandoned = table["n_abandoned_within"] + table["n_abandoned_after"]
    longest = table["longest_wait"].where(table["n_offered"] > 0) / 1e6
    return pd.DataFrame(
        {
            "period_on": table["period_on"],
            "is_total": table["is_total"],
            "group_id": table["group_id"],
            **{name: table[name].astype("int64") for name in _COUNTS},
            "share": share,
            **shares,
            "average_answer_seconds": _ratio(table["answer_wait"] / 1e6, table["n_answered"]),
            "longest_wait_seconds": longest,
            "abandoned_share": _ratio(n_abandoned, table["n_offered"]),
            "is_met": (share >= level.share).astype("boolean").where(share.notna()),
        }
    )


def _share(table: pd.DataFrame, within: Lost, after: Lost) -> pd.Series:
    """Answered in time, of those that count; never rounded."""
    good, counted = table["n_in_time"], table["n_answered"]
    for mode, name in ((within, "within"), (after, "after")):
        if mode != "ignored":
            counted = counted + table[f"n_abandoned_{name}"]
        if mode == "normal":
            good = good + table[f"n_{name}_in_time"]
    return _ratio(good, counted)


def _ratio(part: pd.Series, whole: pd.Series) -> pd.Series:
    found: pd.Series = part.astype("float64") / whole.where(whole > 0).astype("float64")
    return found
