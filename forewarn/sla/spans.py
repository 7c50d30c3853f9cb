"""Compiling the calendars for the span of the data and some years beyond."""

import numpy as np

from forewarn.config import SlaConfig
from forewarn.sla.calendar import Calendar, calendar_from_config
from forewarn.sla.events import microseconds
from forewarn.sla.intervals import ALWAYS, OpenIntervals, compile_calendar
from forewarn.tables import Tables

_DAY = 86_400 * 1_000_000
_YEAR = 366 * _DAY
_EARLIEST, _LATEST = -70 * _YEAR, 230 * _YEAR  # 1900 to 2200: no calendar is compiled beyond


def compile_calendars(tables: Tables, sla: SlaConfig) -> tuple[OpenIntervals, ...]:
    """Around the clock, then each calendar of the configuration in the order given there.

    They span the data and three years after it, more where a promise takes longer.
    """
    first = _reach_back(tables)
    watermark = watermark_of(tables)
    longest = max(
        (d for p in sla.policies for t in p.targets.values() for d in t.values()), default=None
    )
    budget = 0 if longest is None else round(longest.total_seconds() * 1_000_000)
    compiled = [ALWAYS]
    for name, config in sla.calendars.items():
        calendar = calendar_from_config(name, config)
        last = min(watermark + 3 * _YEAR + 2 * round(budget / _open_share(calendar)), _LATEST)
        compiled.append(compile_calendar(calendar, first=first, last=last))
    return tuple(compiled)


def watermark_of(tables: Tables) -> int:
    """Up to where the source is complete, in microseconds."""
    return int(tables.watermark.to_datetime64().astype("datetime64[us]").astype(np.int64))


def _reach_back(tables: Tables) -> int:
    instants = [
        microseconds(tables.tickets["created_at"]),
        microseconds(tables.ticket_events["occurred_at"]),
    ]
    earliest = min((int(a.min()) for a in instants if a.size), default=0)
    return max(earliest - _YEAR, _EARLIEST)


def _open_share(calendar: Calendar) -> float:
    """Open share of an ordinary week; at least an hour's, so that spans stay finite."""
    seconds = sum(w.end - w.start for windows in calendar.windows for w in windows)
    return max(seconds, 3600) / (7 * 86_400)
