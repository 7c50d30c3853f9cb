"""Observations: which clocks are asked about, and when. One row per clock and ``as_of``.

Columns: ``clock`` (position in the timelines), ``ticket`` (row of the tickets table),
``ticket_id``, ``metric``, ``cycle``, ``landmark``, ``as_of``, ``due_at`` (as read at as_of; of a
paused clock the one that it would have if it resumed just then) and ``is_paused``.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from features.history import History
from features.streams import Int64
from features.texts import Texts, as_texts, decode
from forewarn.config import METRICS
from forewarn.sla.clock import PAUSED, STATES, Readings, reach, read_clocks
from forewarn.sla.labels import as_instants
from forewarn.sla.openings import NAT

_CHUNK = 1 << 20  # clocks per reading, so that memory does not grow with the history
_SECOND = 1e6


def landmark_observations(
    history: History,
    *,
    landmarks: Sequence[float],
    opened_from: dt.datetime | None = None,
) -> pd.DataFrame:
    """Every clock at its opening and at shares of its budget, sorted by (clock, as_of).

    ``opening``: just after the clock could be known (plus the configured opening delay);
    otherwise just after its elapsed time reached the share, where it was known by then. Only
    clocks that are open and unbreached as read at ``as_of``. ``opened_from``: tickets created
    earlier are left out.
    """
    timelines = history.timelines
    clocks = np.arange(len(timelines))
    if opened_from is not None:
        created_at = history.ticket_created_at[timelines.clock_ticket]
        clocks = np.flatnonzero(created_at >= micros(opened_from))
    known_at = history.arrays["clock/known_at"][clocks]
    asked = [("opening", known_at + int(history.about["opening_delay"]))]
    asked += [(f"{share:g}", reach(timelines, clocks, share=share)) for share in landmarks]
    parts = []
    for code, (_, instant) in enumerate(asked):
        rows = np.flatnonzero((instant != NAT) & (instant >= known_at))
        parts.append((clocks[rows], instant[rows] + 1, np.full(rows.size, code, np.int32)))
    clock, as_of, landmark = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.lexsort((landmark, as_of, clock))
    clock, as_of, landmark = clock[order], as_of[order], landmark[order]
    names = pa.array([name for name, _ in asked], pa.large_string())
    return _unbreached(history, _Asked(clock, as_of, decode(names, landmark)))


def snapshot_observations(history: History, *, instants: Sequence[pd.Timestamp]) -> pd.DataFrame:
    """Every clock that is open and unbreached at each instant; landmark ``snapshot``."""
    moments = [micros(instant) for instant in instants]
    candidates = [_perhaps_open(history, moment) for moment in moments]
    clock = np.concatenate([np.empty(0, np.int64), *candidates])
    as_of = np.repeat(np.array(moments, np.int64), [c.size for c in candidates])
    return _unbreached(history, _Asked(clock, as_of, _same("snapshot", clock.size)))


def open_observations(history: History, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """Every clock that is open at ``as_of``, breached and paused ones too; landmark ``now``.

    Further columns: ``is_breached``, ``state`` (running, paused), ``elapsed_seconds``,
    ``remaining_seconds`` (negative once breached) and ``target_seconds``, in open time.
    """
    clocks = _perhaps_open(history, micros(as_of))
    readings = read_clocks(history.timelines, clocks, as_of=micros(as_of))
    rows = np.flatnonzero(readings.is_open)
    asked = _Asked(clocks, np.full(clocks.size, micros(as_of)), _same("now", clocks.size))
    frame = _frame(history, asked, readings, rows)
    states = pa.array(STATES, pa.large_string())
    frame["is_breached"] = readings.is_breached[rows]
    frame["state"] = decode(states, readings.state[rows])
    frame["elapsed_seconds"] = readings.elapsed[rows] / _SECOND
    frame["remaining_seconds"] = readings.remaining[rows] / _SECOND
    frame["target_seconds"] = readings.target[rows] / _SECOND
    return frame


def micros(instant: dt.datetime) -> int:
    """Microseconds since 1970 of an aware instant."""
    utc = pd.Timestamp(instant).tz_convert("UTC")
    return int(utc.as_unit("us").to_datetime64().astype(np.int64))


def _perhaps_open(history: History, as_of: int) -> Int64:
    """Clocks that may be open: known, and not over for good before ``as_of``."""
    known_at, over_at = history.arrays["clock/known_at"], history.arrays["clock/over_at"]
    return np.flatnonzero((known_at < as_of) & (over_at >= as_of))


@dataclass(frozen=True)
class _Asked:
    """Clocks, and when they are asked about."""

    clock: Int64
    as_of: Int64
    landmark: Texts

    def __getitem__(self, part: slice) -> "_Asked":
        return _Asked(self.clock[part], self.as_of[part], self.landmark[part])


def _unbreached(history: History, asked: _Asked) -> pd.DataFrame:
    parts = []
    for begin in range(0, max(asked.clock.size, 1), _CHUNK):
        part = asked[begin : begin + _CHUNK]
        readings = read_clocks(history.timelines, part.clock, as_of=part.as_of)
        rows = np.flatnonzero(readings.is_open & ~readings.is_breached)
        parts.append(_frame(history, part, readings, rows))
    return pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]


def _frame(history: History, asked: _Asked, readings: Readings, rows: Int64) -> pd.DataFrame:
    timelines, clock = history.timelines, asked.clock[rows]
    ticket = timelines.clock_ticket[clock]
    metrics = pa.array(METRICS, pa.large_string())
    return pd.DataFrame(
        {
            "clock": clock,
            "ticket": ticket,
            "ticket_id": as_texts(history.ticket_ids.take(pa.array(ticket))),
            "metric": decode(metrics, timelines.clock_metric[clock]),
            "cycle": timelines.clock_cycle[clock],
            "landmark": asked.landmark.take(rows),
            "as_of": as_instants(asked.as_of[rows]),
            "due_at": as_instants(readings.due_if_resumed_at[rows]),
            "is_paused": readings.state[rows] == PAUSED,
        }
    )


def _same(name: str, size: int) -> Texts:
    return decode(pa.array([name], pa.large_string()), np.zeros(size, np.int32))
