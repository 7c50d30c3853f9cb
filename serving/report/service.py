"""Service levels and credits as the report shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forewarn.config import PolicyConfig, ServiceLevelConfig
from forewarn.sla.credits import last_complete, service_credits
from forewarn.sla.service_level import service_levels
from serving.report.periods import LEAST_DECIDED, RECENT
from serving.report.text import percent

_WEEKS = pd.Timedelta(days=371)
_WORDS = {"normal": "judged by their wait", "missed": "missed", "ignored": "not counted"}
_SHOWN = 20


@dataclass(frozen=True)
class LevelLine:
    """One group, or all. ``figures``: of the last 28 days; ``before``: the share 28 days before."""

    name: str
    figures: Mapping[str, Any]
    before: float | None


@dataclass(frozen=True)
class Level:
    """One service level. ``weekly``: week_on, share, n_offered, target of complete weeks.

    Shares of few contacts (LEAST_DECIDED) may point at persons: they are not shown.

    ``n_waiting``: contacts that are neither answered nor abandoned.
    """

    name: str
    promise: str
    rules: str
    lines: tuple[LevelLine, ...]
    weekly: pd.DataFrame
    n_waiting: int


@dataclass(frozen=True)
class Credits:
    """Service credits of the last complete period and the running one.

    ``rows``: those that owe something, the dearest first. ``n_rows``: how many do. ``owed``:
    in all, by currency, of complete periods.
    """

    rows: tuple[Mapping[str, Any], ...]
    n_rows: int
    owed: Mapping[str, float]


def level_of(
    contacts: pd.DataFrame,
    level: ServiceLevelConfig,
    *,
    as_of: pd.Timestamp,
    zone: str,
    names: Mapping[str, str],
) -> Level:
    """The figures of one level. ``contacts``: as ``levels.level_contacts`` gives them."""
    start = contacts[f"{level.start}_at"]
    now = _totals(contacts[start >= as_of - RECENT], level)
    before = _totals(contacts[(start < as_of - RECENT) & (start >= as_of - 2 * RECENT)], level)
    earlier = {k: row["share"] for k, row in before.items() if row["n_offered"] >= LEAST_DECIDED}
    lines = [LevelLine(_name(key, names), row, earlier.get(key)) for key, row in now.items()]
    recent = contacts[start >= as_of - _WEEKS]
    every = service_levels(contacts, level, period="all", zone=zone)
    return Level(
        name=level.name,
        promise=f"{percent(level.share)} within {level.within.total_seconds():g} s",
        rules=(
            f"The wait begins when the contact {_begins(level)}. Abandoned within "
            f"{level.threshold.total_seconds():g} s: {_WORDS[level.abandoned_within]}; after it: "
            f"{_WORDS[level.abandoned_after]}."
        ),
        lines=tuple(lines),
        weekly=_weekly(recent, level, as_of=as_of, zone=zone),
        n_waiting=int(every.loc[every["is_total"], "n_waiting"].sum()),
    )


def credits_of(
    decided: pd.DataFrame,
    customers: pd.DataFrame,
    policies: Sequence[PolicyConfig],
    *,
    as_of: pd.Timestamp,
    zone: str,
) -> Credits | None:
    """What is owed for the last two periods; None where no policy names credits."""
    if not any(policy.credits.steps for policy in policies):
        return None
    found = service_credits(decided, customers, policies, as_of=as_of, zone=zone)
    if found.empty:
        return Credits((), 0, {})
    since = {p.name: last_complete(p.credits, as_of=as_of, zone=zone) for p in policies}
    owing = found[(found["period_on"] >= found["policy"].map(since)) & (found["credit_share"] > 0)]
    owing = owing.sort_values("credit", ascending=False, kind="stable")
    owed = owing[owing["is_complete"]].groupby("currency")["credit"].sum()
    rows = tuple(_rows(owing.head(_SHOWN)))
    return Credits(rows, len(owing), {str(k): float(v) for k, v in owed.items()})


def _totals(
    contacts: pd.DataFrame, level: ServiceLevelConfig
) -> dict[str | None, Mapping[str, Any]]:
    """Figures by group; those of all groups under "", of no group under None."""
    found = service_levels(contacts, level, period="all", zone="UTC")
    rows = _rows(found[found["n_offered"] > 0])
    return {"" if row["is_total"] else row["group_id"]: row for row in rows}


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    plain = frame.astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _name(key: str | None, names: Mapping[str, str]) -> str:
    if key is None:
        return "no team"
    return names.get(key, key) if key else "All teams"


def _begins(level: ServiceLevelConfig) -> str:
    return "arrives" if level.start == "arrived" else "enters the queue"


def _weekly(
    contacts: pd.DataFrame, level: ServiceLevelConfig, *, as_of: pd.Timestamp, zone: str
) -> pd.DataFrame:
    """Complete weeks of the last year; the first of a history is cut off in the middle."""
    weeks = service_levels(contacts, level, period="week", zone=zone)
    weeks = weeks[weeks["is_total"] & (weeks["n_offered"] >= LEAST_DECIDED)].dropna(subset="share")
    today = as_of.tz_convert(zone).tz_localize(None).normalize()
    monday = today - pd.Timedelta(days=today.day_of_week)
    weeks = weeks[(weeks["period_on"] < monday) & (weeks["period_on"] > weeks["period_on"].min())]
    shown = weeks[["period_on", "share", "n_offered"]].rename(columns={"period_on": "week_on"})
    found: pd.DataFrame = shown.assign(target=level.share).reset_index(drop=True)
    return found
