"""Reading clocks: what an observer could say of them at an instant."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from forewarn.errors import DataError
from forewarn.sla import record, walk
from forewarn.sla.count import due_each
from forewarn.sla.openings import NAT
from forewarn.sla.parts import in_parts
from forewarn.sla.record import CANCELLED, COMPLETED, NOT_STARTED, PAUSED, RUNNING
from forewarn.sla.timelines import Timelines

__all__ = [
    "CANCELLED",
    "COMPLETED",
    "NOT_STARTED",
    "PAUSED",
    "RUNNING",
    "STATES",
    "Readings",
    "reach",
    "read_clocks",
    "walk_clocks",
]

STATES = ("not_started", "running", "paused", "completed", "cancelled")
"""Names of the state codes."""

Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class Readings:
    """One row per asked clock. Instants and durations in microseconds; NAT: there is none.

    ``state``: see STATES. ``is_breached``: more than the target has elapsed, or the clock was
    missed; it stays true when the clock then completes or is cancelled.
    ``elapsed``, ``paused``: open time running and on hold; ``calendar_elapsed`` and
    ``calendar_paused`` the same by the wall. All are frozen once the clock has ended.
    ``remaining``: target less elapsed, negative once broken.
    ``due_at``: when the budget is spent if nothing pauses from now on, in the past once it is;
    NAT unless the clock runs. ``due_if_resumed_at``: the same also for a paused clock, as if
    it resumed now. Both are NAT beyond the span that the calendars were compiled for.
    ``breached_at``: the least instant after which it is broken.
    ``verdict_known_at``: the latest known_at of what led to the verdict of a clock that is
    broken or has ended. ``terms``: index of the terms in force, -1 for none.
    """

    state: NDArray[np.int8]
    is_breached: NDArray[np.bool_]
    started_at: Int64
    elapsed: Int64
    target: Int64
    remaining: Int64
    due_at: Int64
    due_if_resumed_at: Int64
    breached_at: Int64
    completed_at: Int64
    completed_known_at: Int64
    ended_at: Int64
    verdict_known_at: Int64
    paused: Int64
    calendar_elapsed: Int64
    calendar_paused: Int64
    terms: NDArray[np.int32]

    def __len__(self) -> int:
        return int(self.state.size)

    @property
    def is_open(self) -> NDArray[np.bool_]:
        """Running or paused."""
        return np.isin(self.state, (RUNNING, PAUSED))

    @property
    def share(self) -> NDArray[np.float64]:
        """Elapsed share of the budget; infinite where there is no budget but time elapsed."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(self.target > 0, self.elapsed / self.target, np.inf)


def read_clocks(timelines: Timelines, clocks: ArrayLike, *, as_of: ArrayLike) -> Readings:
    """Read clocks by the facts with ``known_at < as_of``, counted up to ``as_of``.

    ``clocks``: positions in the timelines. ``as_of``: microseconds, one for all or one each.
    Raises DataError where an ``as_of`` lies beyond the span of the calendars.
    """
    chosen = np.ascontiguousarray(np.atleast_1d(clocks), np.int64)
    instants = np.ascontiguousarray(np.broadcast_to(np.asarray(as_of, np.int64), chosen.shape))
    records = walk_clocks(timelines, chosen, as_of=instants, until=instants, share=-1.0)
    due_each(timelines.openings, records, instants)
    return _readings(records)


def reach(timelines: Timelines, clocks: ArrayLike, *, share: float) -> Int64:
    """When ``elapsed`` first comes to that share of the budget then in force, by all facts.

    NAT where the clock ends before, or the source's watermark is reached before: a policy that
    begins to hold only later is none of the facts.
    """
    chosen = np.ascontiguousarray(np.atleast_1d(clocks), np.int64)
    last = np.full(chosen.shape, timelines.watermark + 1, np.int64)
    until = np.full(chosen.shape, timelines.watermark, np.int64)
    records = walk_clocks(timelines, chosen, as_of=last, until=until, share=share)
    reached, ended = records[record.REACHED], records[record.ENDED]
    return np.where((ended != NAT) & (reached >= ended), NAT, reached)


def _instant(microseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(microseconds // 1_000_000, dt.UTC)


def walk_clocks(
    timelines: Timelines, clocks: Int64, *, as_of: Int64, until: Int64, share: float
) -> Int64:
    """The raw records of the kernel, fields by clocks."""
    if clocks.size and (clocks.min() < 0 or clocks.max() >= len(timelines)):
        raise DataError(f"clocks are numbered 0 to {len(timelines) - 1}; one asked for is not")
    if until.size and until.max() > timelines.last:
        raise DataError(
            "the calendars end {end}; a reading was asked for {asked}: ingest newer data first",
            end=_instant(timelines.last), asked=_instant(int(until.max())),
        )  # fmt: skip
    records = np.empty((record.N_SHOWN, clocks.size), np.int64)
    lives, terms, hours = timelines.lives, timelines.terms, timelines.openings

    def walk_part(part: slice) -> None:
        asked = walk.Asked(clocks[part], as_of[part], until[part], share)
        walk.walk_each(lives, terms, hours, asked, record.new_record(), records[:, part])

    in_parts(walk_part, clocks.size)
    return records


def _readings(records: Int64) -> Readings:
    state = records[record.STATE].astype(np.int8)
    completed, due = state == COMPLETED, records[record.DUE]
    is_open = (state == RUNNING) | (state == PAUSED)
    return Readings(
        state=state,
        is_breached=records[record.BREACHED] != NAT,
        started_at=records[record.STARTED],
        elapsed=records[record.ELAPSED],
        target=records[record.TARGET],
        remaining=records[record.TARGET] - records[record.ELAPSED],
        due_at=np.where(state == RUNNING, due, NAT),
        due_if_resumed_at=np.where(is_open, due, NAT),
        breached_at=records[record.BREACHED],
        completed_at=np.where(completed, records[record.ENDED], NAT),
        completed_known_at=np.where(completed, records[record.ENDED_KNOWN], NAT),
        ended_at=records[record.ENDED],
        verdict_known_at=_verdict_known_at(records),
        paused=records[record.PAUSE],
        calendar_elapsed=records[record.CALENDAR_ELAPSED],
        calendar_paused=records[record.CALENDAR_PAUSE],
        terms=records[record.TERMS].astype(np.int32),
    )


def _verdict_known_at(records: Int64) -> Int64:
    ended = np.where(records[record.ENDED] != NAT, records[record.KNOWN], NAT)
    return np.where(records[record.BREACHED] != NAT, records[record.DECIDED_KNOWN], ended)
