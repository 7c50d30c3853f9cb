"""Times of a source as UTC instants: ISO 8601, a given format, epochs, spreadsheet days."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forewarn.errors import SourceError
from forewarn.schema import INSTANT
from forewarn.sources.parsed import Mask, Parsed, as_text, found, mask, without
from forewarn.sources.time_formats import to_iso
from forewarn.sources.zones import localise

WALL = pa.timestamp("us")
UNITS = {"epoch_s": 1_000_000, "epoch_ms": 1_000, "epoch_us": 1}
_EXCEL_DAY_ZERO = 25_569  # days from 1899-12-30 to 1970-01-01
_DAY = 86_400_000_000
_FIRST = 0
_LAST = 4_102_444_800_000_000  # 2100-01-01
_OUTSIDE = "not between 1970 and 2100"
_DATE = r"^\d{4}-\d\d-\d\d"
_TIME = r"[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?"
_NAIVE = f"{_DATE}({_TIME})?$"
_AWARE = _DATE + _TIME + r" ?(Z|[+-]([01]\d|2[0-3]):?[0-5]\d|[+-]([01]\d|2[0-3]))$"
_NUMBER = r"^\d{1,20}(\.\d{1,10})?$"


class NaiveTimeError(SourceError):
    """A time without offset, in a source that names no time zone."""


def parse_instants(
    values: pa.Array, *, time_zone: str | None, time_format: str | None = None
) -> Parsed:
    """Instants in UTC with microseconds.

    A time that carries an offset means itself; one without means the wall clock of
    ``time_zone`` (raises NaiveTimeError where none is given). An hour shown twice means its
    first occurrence; one that the clock skipped is refused.
    """
    if pa.types.is_date(values.type):
        values = values.cast(pa.timestamp("s"))
    if pa.types.is_timestamp(values.type):
        walls, problems = _micros(values)
        if values.type.tz is not None:
            return _within(walls.cast(INSTANT), problems)
        return _placed(walls, time_zone, problems)
    text = as_text(values)
    if time_format in UNITS or time_format == "excel":
        return _from_number(text, time_zone, str(time_format))
    if time_format is not None:
        text, unlike = to_iso(text, time_format)
        return _from_iso(text, time_zone, unlike, f"does not look like {time_format}")
    return _from_iso(text, time_zone, np.zeros(len(text), dtype=np.bool_), "")


def _micros(values: pa.Array) -> tuple[pa.Array, tuple[tuple[Mask, str], ...]]:
    """Timestamps of any unit in microseconds, without those that do not fit."""
    counts = values.cast(pa.int64())
    if values.type.unit == "ns":
        counts = pc.divide(counts, 1_000)
    per = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}[values.type.unit]
    most = 2 * _LAST // per
    huge = mask(pc.or_(pc.greater(counts, most), pc.less(counts, -most)))
    kept = pc.multiply(without(counts, huge), per)
    return kept.cast(WALL), found((huge, _OUTSIDE))


def _from_iso(text: pa.Array, zone: str | None, unlike: Mask, expected: str) -> Parsed:
    aware = mask(pc.match_substring_regex(text, _AWARE))
    naive = mask(pc.match_substring_regex(text, _NAIVE))
    other = mask(pc.is_valid(text)) & ~aware & ~naive & ~unlike
    walls, no_day = _cast(text, naive, WALL)
    known, no_day_either = _cast(_joined(text, aware), aware, INSTANT)
    problems = (
        *found((unlike, expected), (no_day | no_day_either, "no such day in the calendar")),
        *_unreadable(text, other),
    )
    placed = _placed(walls, zone, problems)
    if not aware.any():
        return placed
    return _within(pc.coalesce(placed.values, known), placed.problems)


def _joined(text: pa.Array, aware: Mask) -> pa.Array:
    """Date, time and offset without blanks between them."""
    if not aware.any():
        return text
    joined = pc.replace_substring_regex(text, r"^([\d-]{10}) ", r"\1T")
    return pc.replace_substring(joined, " ", "")


def _cast(text: pa.Array, which: Mask, kind: pa.DataType) -> tuple[pa.Array, Mask]:
    """Cast some of the texts; where they do not all go, find out which do not."""
    if not which.any():
        return pa.nulls(len(text), kind), which
    chosen = without(text, ~which)
    try:
        return chosen.cast(kind), np.zeros(len(text), dtype=np.bool_)
    except pa.ArrowInvalid:
        good = np.array([_can_be(t, kind) for t in chosen], dtype=np.bool_)
        return without(chosen, ~good).cast(kind), ~good


def _can_be(text: pa.Scalar, kind: pa.DataType) -> bool:
    try:
        text.cast(kind)
    except pa.ArrowInvalid:
        return False
    return True


def _placed(walls: pa.Array, zone: str | None, problems: tuple[tuple[Mask, str], ...]) -> Parsed:
    """Wall-clock times in their zone."""
    there = mask(pc.is_valid(walls))
    if not there.any():
        return Parsed(walls.cast(INSTANT), problems)
    if zone is None:
        at = int(np.flatnonzero(there)[0])
        raise NaiveTimeError(f"{walls[at]}|{at}")
    numbers = pc.fill_null(walls.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    sane = there & (numbers >= _FIRST - _DAY) & (numbers < _LAST + _DAY)
    utc, skipped = localise(np.where(sane, numbers, 0), zone)
    utc = np.where(sane, utc, numbers)
    instants = pa.array(utc, mask=~there).cast(INSTANT)
    reason = f"the clocks of {zone} skipped this time (is the time zone right?)"
    skipped &= sane
    return _within(without(instants, skipped), (*problems, *found((skipped, reason))))


def _within(instants: pa.Array, problems: tuple[tuple[Mask, str], ...]) -> Parsed:
    numbers = instants.cast(pa.int64())
    outside = mask(pc.or_(pc.less(numbers, _FIRST), pc.greater_equal(numbers, _LAST)))
    return Parsed(without(instants, outside), (*problems, *found((outside, _OUTSIDE))))


def _from_number(text: pa.Array, zone: str | None, kind: str) -> Parsed:
    good = mask(pc.match_substring_regex(text, _NUMBER))
    bad = mask(pc.is_valid(text)) & ~good
    numbers = without(text, ~good).cast(pa.float64())
    counted = pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False)
    if kind == "excel":
        micros = np.round((counted - _EXCEL_DAY_ZERO) * 86_400).clip(-1e12, 1e12) * 1_000_000
    else:
        micros = np.round((counted * UNITS[kind]).clip(-1, 9e18))
    instants = pa.array(micros.astype(np.int64), mask=~good)
    problems = found((bad, f"not a number, as time_format {kind} expects"))
    if kind == "excel":
        return _placed(instants.cast(WALL), zone, problems)
    return _within(instants.cast(INSTANT), problems)


def _unreadable(text: pa.Array, other: Mask) -> tuple[tuple[Mask, str], ...]:
    """Why values are not ISO 8601, told by what they look like."""
    if not other.any():
        return ()
    number = other & mask(pc.match_substring_regex(text, _NUMBER))
    slashes = other & mask(pc.match_substring_regex(text, r"^\d{1,2}[/.]\d{1,2}[/.]\d{2,4}"))
    rest = other & ~number & ~slashes
    return found(
        (number, "a bare number is not a time: set time_format to epoch_s, epoch_ms or excel"),
        (slashes, "day and month are ambiguous: set time_format, such as '%d/%m/%Y %H:%M'"),
        (rest, "not a time: expected ISO 8601, such as 2026-03-01 09:30, or set time_format"),
    )
