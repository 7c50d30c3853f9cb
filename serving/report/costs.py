"""What broken promises cost by contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from forewarn.config import ExcuseConfig
from serving.report.periods import QUARTER, RECENT

_MONTHS = 12


@dataclass(frozen=True)
class TierCost:
    """Penalties of one tier in the last 91 days; of the broken promises some are excused."""

    tier: str
    n_broken: int
    amount: float
    n_excused: int = 0


@dataclass(frozen=True)
class Excused:
    """What one excuse covers: breaches of the last 91 days, and in all."""

    name: str
    author: str
    reason: str
    n_recent: int
    n: int


@dataclass(frozen=True)
class Costs:
    """Penalties in one currency. ``recent`` and ``before``: the last 28 days, the 28 before.

    ``monthly``: one row per month (naive local first day, month_on) and metric: amount.
    """

    currency: str
    recent: float
    before: float
    quarter: float
    tiers: tuple[TierCost, ...]
    monthly: pd.DataFrame


def excused_by(
    decided: pd.DataFrame, excuses: Sequence[ExcuseConfig], *, as_of: pd.Timestamp
) -> list[Excused]:
    """One entry per excuse of the configuration, also where it covers nothing."""
    known = decided[decided["decided_at"] < as_of]
    recent = known[known["decided_at"] >= as_of - QUARTER]
    return [
        Excused(
            excuse.name,
            excuse.author,
            excuse.reason,
            n_recent=int((recent["excuse"] == excuse.name).sum()),
            n=int((known["excuse"] == excuse.name).sum()),
        )
        for excuse in excuses
    ]


def costs_of(decided: pd.DataFrame, *, as_of: pd.Timestamp, zone: ZoneInfo) -> list[Costs]:
    """One entry per currency that the policies name; none where they name no penalties."""
    priced = decided[decided["currency"].notna() & (decided["decided_at"] < as_of)]
    return [
        _costs(str(currency), part, as_of=as_of, zone=zone)
        for currency, part in priced.groupby("currency", sort=True)
    ]


def _costs(currency: str, priced: pd.DataFrame, *, as_of: pd.Timestamp, zone: ZoneInfo) -> Costs:
    at, amount = priced["decided_at"], priced["penalty"]
    quarter = priced[(at >= as_of - QUARTER) & priced["is_broken"]]
    tiers = quarter.assign(tier=quarter["tier"].fillna("no tier")).groupby("tier")
    found = tiers.agg(
        n=("penalty", "size"), amount=("penalty", "sum"), excused=("is_excused", "sum")
    )
    found = found.sort_values("amount", ascending=False, kind="stable")
    return Costs(
        currency=currency,
        recent=float(amount[at >= as_of - RECENT].sum()),
        before=float(amount[(at >= as_of - 2 * RECENT) & (at < as_of - RECENT)].sum()),
        quarter=float(quarter["penalty"].sum()),
        tiers=tuple(
            TierCost(str(t), int(n), float(s), int(e)) for t, n, s, e in found.itertuples()
        ),
        monthly=_monthly(priced, as_of=as_of, zone=zone),
    )


def _monthly(priced: pd.DataFrame, *, as_of: pd.Timestamp, zone: ZoneInfo) -> pd.DataFrame:
    local = priced["decided_at"].dt.tz_convert(zone).dt.tz_localize(None)
    months = priced.assign(month_on=local.dt.to_period("M").dt.start_time)
    this_month = as_of.tz_convert(zone).tz_localize(None).to_period("M")
    months = months[months["month_on"] > (this_month - _MONTHS).start_time]
    table = months.groupby(["month_on", "metric"])["penalty"].sum()
    return table.rename("amount").reset_index()
