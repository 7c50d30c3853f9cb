"""Promises kept and broken by time, team and priority; small numbers are not shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

LEAST_DECIDED = 20
"""Shares of fewer decided promises say nothing and may point at persons: they are not shown."""
RECENT = pd.Timedelta(days=28)
QUARTER = pd.Timedelta(days=91)
YEAR = pd.Timedelta(days=364)
_WEEKS = 53


@dataclass(frozen=True)
class Share:
    """Promises decided in a period: ``kept`` is None where fewer than LEAST_DECIDED were.

    ``n_excused``: of the broken ones; they stay broken.
    """

    n: int
    n_broken: int
    n_excused: int = 0

    @property
    def kept(self) -> float | None:
        return 1 - self.n_broken / self.n if self.n >= LEAST_DECIDED else None

    @property
    def broken(self) -> int | None:
        return self.n_broken if self.n >= LEAST_DECIDED else None


@dataclass(frozen=True)
class Change:
    """One period beside the equally long one before it."""

    now: Share
    before: Share

    @property
    def points(self) -> float | None:
        """Percentage points of kept promises gained."""
        if self.now.kept is None or self.before.kept is None:
            return None
        return 100 * (self.now.kept - self.before.kept)

    @property
    def is_clear(self) -> bool:
        """The difference is larger than twice its standard error: chance hardly makes it."""
        if self.points is None:
            return False
        n = self.now.n + self.before.n
        kept = 1 - (self.now.n_broken + self.before.n_broken) / n
        error = (kept * (1 - kept) * (1 / self.now.n + 1 / self.before.n)) ** 0.5
        return bool(abs(self.points) > 200 * error)


@dataclass(frozen=True)
class Line:
    """One row of a table: a team, a priority, with its change per metric."""

    name: str
    changes: dict[str, Change]


def share_of(decided: pd.DataFrame) -> Share:
    """How many of these were kept."""
    return Share(len(decided), int(decided["is_broken"].sum()), int(decided["is_excused"].sum()))


def change(decided: pd.DataFrame, *, as_of: pd.Timestamp, length: pd.Timedelta) -> Change:
    """The period of that length before ``as_of``, and the one before it."""
    at = decided["decided_at"]
    now = decided[(at >= as_of - length) & (at < as_of)]
    before = decided[(at >= as_of - 2 * length) & (at < as_of - length)]
    return Change(share_of(now), share_of(before))


def yearly(decided: pd.DataFrame, *, as_of: pd.Timestamp) -> Share | None:
    """The last 52 weeks; None where the history is not longer than a quarter."""
    at = decided["decided_at"]
    if at.empty or at.min() > as_of - QUARTER:
        return None
    return share_of(decided[(at >= as_of - YEAR) & (at < as_of)])


def weekly(decided: pd.DataFrame, *, as_of: pd.Timestamp, zone: ZoneInfo) -> pd.DataFrame:
    """One row per metric and complete week (Monday to Sunday, local) of the last year.

    Columns metric, week_on (naive local Monday), n, n_broken, n_excused (of these),
    kept (share; null where fewer than LEAST_DECIDED were decided).
    """
    monday = _mondays(pd.Series([as_of]), zone).iloc[0]
    weeks = decided.assign(week_on=_mondays(decided["decided_at"], zone))
    weeks = weeks[(weeks["week_on"] < monday) & (weeks["week_on"] >= monday - _WEEKS * _WEEK)]
    # The first week of a history is cut off in the middle.
    weeks = weeks[weeks["week_on"] > weeks["week_on"].min()]
    table = weeks.groupby(["metric", "week_on"], as_index=False).agg(
        n=("is_broken", "size"), n_broken=("is_broken", "sum"), n_excused=("is_excused", "sum")
    )
    kept = 1 - table["n_broken"] / table["n"]
    shown: pd.DataFrame = table.assign(kept=kept.where(table["n"] >= LEAST_DECIDED))
    return shown


def by_column(
    decided: pd.DataFrame,
    column: str,
    *,
    as_of: pd.Timestamp,
    metrics: Sequence[str],
    order: Sequence[str] = (),
    names: dict[str, str] | None = None,
) -> list[Line]:
    """One line per value of a column, over the last 91 days beside the 91 before.

    ``order``: values that come first, in this order; the others follow by their name.
    """
    recent = decided[decided["decided_at"] >= as_of - 2 * QUARTER]
    found: set[str] = set(recent[column].dropna())
    values = [v for v in order if v in found] + sorted(found - set(order))
    return [
        Line(
            (names or {}).get(value, value),
            {
                metric: change(part[part["metric"] == metric], as_of=as_of, length=QUARTER)
                for metric in metrics
            },
        )
        for value in values
        for part in (recent[recent[column] == value],)
    ]


_WEEK = pd.Timedelta(days=7)


def _mondays(instants: pd.Series, zone: ZoneInfo) -> pd.Series:
    local = instants.dt.tz_convert(zone).dt.tz_localize(None)
    mondays: pd.Series = local.dt.normalize() - pd.to_timedelta(local.dt.day_of_week, unit="D")
    return mondays
