"""Compiling the calendars for the span of the data and some years beyond."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forewarn.config import SlaConfig
from forewarn.sla.calendar import Calendar, calendar_from_config
from forewarn.sla.events import microseconds
from forewarn.sla.intervals import ALWAYS, OpenIntervals, compile_calendar, compile_versions
from forewarn.sla.openings import NAT
from forewarn.tables import Tables

_DAY = 86_400 * 1_000_000
_YEAR = 366 * _DAY
_EARLIEST, _LATEST = -70 * _YEAR, 230 * _YEAR  # 1900 to 2200: no calendar is compiled beyond


@dataclass(frozen=True)
class Calendars:
    """All calendars compiled.

    ``versions``: a row for around the clock and for each configured calendar, a column for each
    span that begins with ``valid_from``: which of ``compiled`` holds there.
    """

    compiled: tuple[OpenIntervals, ...]
    versions: NDArray[np.int16]
    valid_from: NDArray[np.int64]


def compile_calendars(tables: Tables, sla: SlaConfig) -> Calendars:
    """Around the clock, then each calendar of the configuration in the order given there.

    They span the data and three years after it, more where a promise takes longer. Under
    ``on_calendar_change: split`` each is one, its versions put together.
    """
    first, watermark = _reach_back(tables), watermark_of(tables)
    longest = max(
        (d for p in sla.policies for t in p.targets.values() for d in t.values()), default=None
    )
    budget = 0 if longest is None else round(longest.total_seconds() * 1_000_000)
    compiled, found = [ALWAYS], []
    for name, config in sla.calendars.items():
        calendar = calendar_from_config(name, config)
        last = min(watermark + 3 * _YEAR + 2 * round(budget / _open_share(calendar)), _LATEST)
        begins = [NAT]
        if sla.on_calendar_change == "last" and calendar.later:
            versions, changes = compile_versions(calendar, first=first, last=last)
            begins += changes
        else:
            versions = [compile_calendar(calendar, first=first, last=last)]
        found.append((np.array(begins), len(compiled)))
        compiled += versions
    return _with_versions(tuple(compiled), found)


def _with_versions(
    compiled: tuple[OpenIntervals, ...], found: list[tuple[NDArray[np.int64], int]]
) -> Calendars:
    """``found``: per configured calendar where its versions begin, and its first one's place."""
    every = [np.array([NAT]), *(begins for begins, _ in found)]
    valid_from = np.unique(np.concatenate(every)).astype(np.int64)
    rows = [np.zeros(valid_from.size, np.int16)]
    for begins, place in found:
        version = np.searchsorted(begins, valid_from, side="right") - 1
        rows.append((place + version).astype(np.int16))
    return Calendars(compiled, np.stack(rows), valid_from)


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
    seconds = sum(w.end - w.start for windows in calendar.hours.windows for w in windows)
    return max(seconds, 3600) / (7 * 86_400)
