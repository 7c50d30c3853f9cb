"""When which customer writes: daily and weekly rhythm, seasons, and incidents."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forewarn.demo.catalogue import PRODUCTS, ZONE
from forewarn.demo.clientele import Clientele
from forewarn.demo.staff import is_workday, local_seconds

TICKETS_PER_WORKDAY = 112.0
# Share of a Tuesday's volume, Monday to Sunday; holidays count as Sundays.
_WEEKDAYS = (1.16, 1.06, 1.0, 0.98, 0.86, 0.1, 0.07)
# Relative volume of each local hour on workdays and on others.
_WORKDAY_HOURS = (
    1,
    1,
    1,
    1,
    1,
    2,
    6,
    20,
    60,
    95,
    100,
    88,
    60,
    78,
    92,
    84,
    64,
    36,
    15,
    9,
    7,
    5,
    3,
    2,
)
_OFF_HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 12, 15, 16, 15, 13, 12, 13, 14, 14, 13, 12, 11, 10, 8, 5, 3)


@dataclass(frozen=True)
class Arrivals:
    """One position per ticket, by creation. ``incident``: number of the incident, or -1."""

    created: np.ndarray
    customer: np.ndarray
    week: np.ndarray
    incident: np.ndarray
    product: np.ndarray


def draw_arrivals(
    rng: np.random.Generator, clientele: Clientele, *, first: dt.date, end: int
) -> Arrivals:
    """All tickets created before ``end``; product is -1 outside incidents."""
    n_weeks = clientele.volume.shape[1]
    days = [first + dt.timedelta(days=i) for i in range(7 * n_weeks)]
    weights = np.array([_day_weight(day) for day in days])
    week = np.arange(len(days)) // 7
    expected = clientele.volume[:, week] * weights
    usual = clientele.volume.sum(axis=0).mean()
    counts = rng.poisson(expected * TICKETS_PER_WORKDAY / usual)
    customer, day = (np.repeat(a, counts.ravel()) for a in _grid(counts.shape))
    created = _times(rng, days, day)
    parts = [(created, customer, np.full(len(created), -1), np.full(len(created), -1))]
    parts.append(_incidents(rng, clientele, days))
    created, customer, incident, product = (np.concatenate(p) for p in zip(*parts, strict=True))
    order = np.lexsort((customer, created))
    order = order[created[order] < end]
    begun = local_seconds(first, 0)
    at_week = np.clip((created - begun) // (7 * 86400), 0, n_weeks - 1)
    return Arrivals(*(a[order] for a in (created, customer, at_week, incident, product)))


def _grid(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.indices(shape)
    return rows.ravel(), columns.ravel()


def _day_weight(day: dt.date) -> float:
    weekday = day.weekday() if is_workday(day) else max(day.weekday(), 6)
    season = 1 + 0.03 * np.sin(2 * np.pi * (day.timetuple().tm_yday - 30) / 182.5)
    quarter_end = 1.06 if day.month % 3 == 0 and day.day > 24 else 1.0
    return float(_WEEKDAYS[weekday] * season * quarter_end)


def _times(rng: np.random.Generator, days: list[dt.date], day: np.ndarray) -> np.ndarray:
    """An epoch second on each ticket's local day."""
    midnights = np.array([local_seconds(d, 0) for d in days])
    open_days = np.array([is_workday(d) for d in days])[day]
    hours = np.where(open_days, _draw_hours(rng, _WORKDAY_HOURS, len(day)),
                     _draw_hours(rng, _OFF_HOURS, len(day)))  # fmt: skip
    offset = hours * 3600 + rng.integers(0, 3600, len(day))
    local = pd.to_datetime(midnights[day], unit="s", utc=True).tz_convert(ZONE).tz_localize(None)
    wall = (local + pd.to_timedelta(offset, unit="s")).tz_localize(
        ZONE, ambiguous=np.zeros(len(day), bool), nonexistent="shift_forward"
    )
    seconds: np.ndarray = wall.tz_convert("UTC").as_unit("s").asi8
    return seconds


def _draw_hours(rng: np.random.Generator, weights: tuple[int, ...], n: int) -> np.ndarray:
    share = np.array(weights) / sum(weights)
    return rng.choice(len(weights), n, p=share)


def _incidents(
    rng: np.random.Generator, clientele: Clientele, days: list[dt.date]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Bursts in one product: about one in two weeks, 12 to 45 tickets within hours."""
    workdays = [i for i, d in enumerate(days) if is_workday(d)]
    chosen = np.sort(rng.choice(workdays, max(len(days) // 14, 1), replace=False))
    created, customer, number, product = [], [], [], []
    for k, i in enumerate(chosen):
        n = int(rng.integers(12, 46))
        begun = local_seconds(days[i], int(rng.integers(8 * 60, 16 * 60)))
        share = clientele.volume[:, i // 7] / clientele.volume[:, i // 7].sum()
        created.append(begun + rng.exponential(50 * 60, n).astype(np.int64))
        customer.append(rng.choice(len(share), n, p=share))
        number.append(np.full(n, k))
        product.append(np.full(n, rng.integers(len(PRODUCTS))))
    return tuple(np.concatenate(p) for p in (created, customer, number, product))  # type: ignore[return-value]  # four lists, four arrays
