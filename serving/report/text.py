"""Numbers, instants and names as the report prints them."""

import datetime as dt
from zoneinfo import ZoneInfo

from forewarn.config import METRICS

METRIC_NAMES: dict[str, str] = {metric: metric.replace("_", " ") for metric in METRICS}
NOTHING = "\N{EN DASH}"


def percent(share: float | None) -> str:
    """A share with one decimal.

    >>> percent(0.9416), percent(None) == NOTHING
    ('94.2 %', True)
    """
    return NOTHING if share is None else f"{100 * share:.1f} %"


def points(value: float | None) -> str:
    """Percentage points with their sign.

    >>> points(0.8), points(0.02)
    ('+0.8 points', '±0.0 points')
    """
    if value is None:
        return NOTHING
    rounded = round(value, 1)
    sign = "±" if rounded == 0 else "+" if rounded > 0 else "\N{MINUS SIGN}"
    return f"{sign}{abs(rounded):.1f} points"


def number(value: float | None) -> str:
    """A count with thousands apart.

    >>> number(12345)
    '12,345'
    """
    return NOTHING if value is None else f"{value:,.0f}"


def money(amount: float, currency: str) -> str:
    """Whole units of a currency.

    >>> money(23410.4, "EUR")
    'EUR 23,410'
    """
    return f"{currency} {amount:,.0f}"


def hours(value: float | None) -> str:
    """Open hours with one decimal.

    >>> hours(3.25)
    '3.2 h'
    """
    return NOTHING if value is None else f"{value:.1f} h"


def day(date: dt.date) -> str:
    """A local date.

    >>> day(dt.date(2026, 3, 1))
    '1 March 2026'
    """
    return f"{date.day} {date:%B %Y}"


def wait(seconds: float | None) -> str:
    """A wait in seconds, from ten minutes on in minutes.

    >>> wait(20.14), wait(599.9), wait(3600)
    ('20.1 s', '599.9 s', '60 min')
    """
    if seconds is None:
        return NOTHING
    return f"{seconds:.1f} s" if seconds < 600 else f"{seconds / 60:,.0f} min"


def local_time(instant: dt.datetime | None, zone: ZoneInfo, *, short: bool = False) -> str:
    """An instant in the report's zone, with the zone's name of that day unless short.

    >>> summer = dt.datetime(2026, 6, 24, 11, 30, tzinfo=dt.UTC)
    >>> local_time(summer, ZoneInfo("Europe/Berlin"))
    '24 June 2026, 13:30 CEST'
    >>> local_time(summer, ZoneInfo("Europe/Berlin"), short=True)
    'Wed 24 Jun, 13:30'
    """
    if instant is None:
        return NOTHING
    local = instant.astimezone(zone)
    if short:
        return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"
    return f"{local.day} {local:%B %Y, %H:%M} {local.tzname()}"
