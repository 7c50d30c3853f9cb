"""The customers: size, tier, and the hidden strain that their health scores foretell."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forewarn.demo.catalogue import (
    REGION_SHARES,
    REGIONS,
    TIER_SHARES,
    TIER_VALUE,
    TIER_VOLUME,
    TIERS,
    ZONE,
)

N_CUSTOMERS = 150
LEAD_WEEKS = 2
_COLUMNS = (
    "customer_id", "occurred_at", "known_at", "tier", "contract_value", "region",
    "time_zone", "renewal_on", "loyalty", "criticality", "owner",
)  # fmt: skip


@dataclass(frozen=True)
class Clientele:
    """One position per customer; matrices: a row per customer, a column per week.

    ``strain``: hidden, mean 0, spread about 1. ``volume``: relative ticket volume; it
    follows the strain of two weeks before, and so does the wish to escalate: health
    scores, which show the strain at once, move ahead of both.
    """

    customer_ids: tuple[str, ...]
    tier: np.ndarray
    volume: np.ndarray
    strain: np.ndarray
    patience: np.ndarray
    starts_on: tuple[dt.date, ...]
    german: np.ndarray
    customers: pd.DataFrame

    def felt(self, customers: np.ndarray, weeks: np.ndarray) -> np.ndarray:
        """The strain that acts on tickets of these weeks."""
        lagged: np.ndarray = self.strain[customers, np.maximum(weeks - LEAD_WEEKS, 0)]
        return lagged


def win_customers(rng: np.random.Generator, *, first: dt.date, n_weeks: int) -> Clientele:
    """Customers with a year's course of strain, volume, tiers and renewals."""
    n = N_CUSTOMERS
    tier = np.sort(rng.choice(len(TIERS), n, p=TIER_SHARES))
    strain = _strain(rng, n, n_weeks)
    size = np.array(TIER_VOLUME)[tier] * rng.lognormal(0, 0.5, n)
    lagged = strain[:, np.maximum(np.arange(n_weeks) - LEAD_WEEKS, 0)]
    late = rng.random(n) < 0.08
    joined = np.where(late, rng.integers(4, max(n_weeks - 8, 5), n), 0)
    starts_on = tuple(first + dt.timedelta(weeks=int(w)) for w in joined)
    region = rng.choice(len(REGIONS), n, p=REGION_SHARES)
    volume = size[:, None] * np.exp(0.45 * lagged - 0.1)
    volume[np.arange(n_weeks) < joined[:, None]] = 0
    # The desk grew with its customers: their sum must not drift away from its capacity.
    volume *= volume.sum() / n_weeks / volume.sum(axis=0)
    ids = tuple(f"C{i + 1:03d}" for i in range(n))
    german = np.where(region == 0, 0.45, 0.03)
    table = _customers_table(rng, ids, tier, region, starts_on, first=first, n_weeks=n_weeks)
    patience = rng.lognormal(0, 0.35, n)
    return Clientele(ids, tier, volume, strain, patience, starts_on, german, table)


def _strain(rng: np.random.Generator, n: int, n_weeks: int) -> np.ndarray:
    """A slow autoregression around a level of the customer's own, with some bad seasons."""
    keep = 0.88
    level = rng.normal(0, 0.5, n)
    noise = rng.normal(0, 0.9 * np.sqrt(1 - keep**2), (n, n_weeks))
    moving = np.zeros((n, n_weeks))
    moving[:, 0] = rng.normal(0, 0.9, n)
    for week in range(1, n_weeks):
        moving[:, week] = keep * moving[:, week - 1] + noise[:, week]
    return level[:, None] + moving


def _customers_table(
    rng: np.random.Generator,
    ids: tuple[str, ...],
    tier: np.ndarray,
    region: np.ndarray,
    starts_on: tuple[dt.date, ...],
    *,
    first: dt.date,
    n_weeks: int,
) -> pd.DataFrame:
    """One row per customer, and one more at each renewal and each change of tier."""
    rows: list[dict[str, object]] = []
    for i, customer in enumerate(ids):
        value = round(TIER_VALUE[tier[i]] * float(rng.lognormal(0, 0.3)), -2)
        renewal = first + dt.timedelta(days=int(rng.integers(30, 395)))
        row: dict[str, object] = {
            "customer_id": customer,
            "tier": TIERS[tier[i]],
            "contract_value": value,
            "region": REGIONS[region[i]][0],
            "time_zone": REGIONS[region[i]][1],
            "loyalty": float(rng.integers(0, 12)),
            "criticality": str(rng.choice(["low", "medium", "high"], p=(0.3, 0.5, 0.2))),
            "owner": f"accounts-{1 + i % 6}",
        }
        changed = first + dt.timedelta(weeks=int(rng.integers(6, max(n_weeks - 6, 7))))
        moves = rng.random() < 0.1
        other = TIERS[int(np.clip(tier[i] + rng.choice([-1, 1]), 0, len(TIERS) - 1))]
        last = first + dt.timedelta(weeks=n_weeks - 1)
        dates = (starts_on[i], renewal, changed if moves else None)
        rows += [row | change for change in _course(*dates, other=other, last=last)]
    return pd.DataFrame(rows)[list(_COLUMNS)]


def _course(
    start: dt.date, renewal: dt.date, changed: dt.date | None, *, other: str, last: dt.date
) -> Iterator[dict[str, object]]:
    """What changes over a customer's time: renewals, and perhaps the tier."""
    following = renewal + dt.timedelta(days=365)
    yield _from(start) | _renews(renewal)
    if start < renewal <= last:
        yield _from(renewal) | _renews(following)
    if changed is not None and max(start, min(renewal, last)) < changed:
        renews = following if renewal < changed else renewal
        yield _from(changed) | _renews(renews) | {"tier": other}


def local_instant(day: dt.date, hour: int = 0) -> pd.Timestamp:
    """The hour of a day in Berlin as an instant."""
    return pd.Timestamp(dt.datetime.combine(day, dt.time(hour), tzinfo=ZONE)).tz_convert("UTC")


def _from(day: dt.date) -> dict[str, object]:
    return {"occurred_at": local_instant(day), "known_at": local_instant(day)}


def _renews(day: dt.date) -> dict[str, object]:
    return {"renewal_on": local_instant(day)}
