"""Times of a source as UTC instants."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forewarn.sources.instants import NaiveTimeError, parse_instants
from forewarn.sources.zones import localise

ZONES = (
    "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
    "America/St_Johns", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Beirut", "UTC",
    "Pacific/Apia", "Pacific/Chatham",
)  # fmt: skip

SKIPPED = "the clocks of Europe/Berlin skipped this time (is the time zone right?)"
NUMBER = "a bare number is not a time: set time_format to epoch_s, epoch_ms or excel"
NO_TIME = "not a time: expected ISO 8601, such as 2026-03-01 09:30, or set time_format"


def read(text: str | None, **options: str | None) -> str | None:
    """One text read as an instant; what was wrong with it where it is refused."""
    parsed = parse_instants(
        pa.array([text], pa.string()),
        time_zone=options.get("zone", "Europe/Berlin"),
        time_format=options.get("time_format"),
    )
    if parsed.problems:
        return parsed.problems[0][1]
    value = parsed.values[0].as_py()
    return None if value is None else value.strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("2026-03-01", "2026-02-28 23:00:00"),
        ("2026-03-01 10:00", "2026-03-01 09:00:00"),
        ("2026-07-01T10:00:30.123456", "2026-07-01 08:00:30.123456"),
        ("2026-03-01T10:00Z", "2026-03-01 10:00:00"),
        ("2026-03-01 10:00 +02:00", "2026-03-01 08:00:00"),
        ("2026-03-01T10:00:00-0530", "2026-03-01 15:30:00"),
        ("2026-10-25 02:30", "2026-10-25 00:30:00"),
        ("2026-03-29 02:30", SKIPPED),
        ("2026-03-01-10:11", NO_TIME),
        ("2026-02-30 10:00", "no such day in the calendar"),
        ("1969-12-31T23:59Z", "not between 1970 and 2100"),
        ("2100-01-01T00:00Z", "not between 1970 and 2100"),
        ("1456708560", NUMBER),
        ("42430.5", NUMBER),
        ("03/04/2026", "day and month are ambiguous: set time_format, such as '%d/%m/%Y %H:%M'"),
        ("24:00", NO_TIME),
        ("\u0662026-03-01", NO_TIME),
    ],
)  # fmt: skip
def test_iso(text: str | None, expected: str | None) -> None:
    """ISO 8601 in the source's zone; anything else is refused with what would help."""
    assert read(text) == expected


@pytest.mark.parametrize(
    ("time_format", "text", "expected"),
    [
        ("%d/%m/%Y %H:%M", "03/04/2026 09:05", "2026-04-03 07:05:00"),
        ("%d/%m/%Y %H:%M", "3/4/2026 9:05", "2026-04-03 07:05:00"),
        ("%d/%m/%Y %H:%M", "31/02/2026 09:05", "no such day in the calendar"),
        ("%d/%m/%Y %H:%M", "2026-04-03", "does not look like %d/%m/%Y %H:%M"),
        ("%b %d %Y %I:%M%p", "Mar 4 2026 9:05PM", "2026-03-04 20:05:00"),
        ("%Y%m%dT%H%M%S%z", "20260304T090501+0200", "2026-03-04 07:05:01"),
        ("epoch_s", "1456708560", "2016-02-29 01:16:00"),
        ("epoch_ms", "1456708560250", "2016-02-29 01:16:00.250000"),
        ("epoch_us", "1456708560000001", "2016-02-29 01:16:00.000001"),
        ("epoch_s", "99999999999999999999", "not between 1970 and 2100"),
        ("epoch_s", "yesterday", "not a number, as time_format epoch_s expects"),
        ("excel", "42430.5", "2016-03-01 11:00:00"),
    ],
)
def test_formats(time_format: str, text: str, expected: str) -> None:
    """Formats of strptime, epochs and spreadsheet days."""
    assert read(text, time_format=time_format) == expected


def test_no_zone() -> None:
    """A time without offset is an error where no zone is named; epochs need none."""
    with pytest.raises(NaiveTimeError):
        read("2026-03-01", zone=None)
    assert read("0", zone=None, time_format="epoch_s") == "1970-01-01 00:00:00"


def test_timestamps_out_of_range() -> None:
    """Seconds that would overflow microseconds are refused, not wrapped around."""
    parsed = parse_instants(pa.array([2**62, 86_400], pa.timestamp("s")), time_zone="UTC")
    assert parsed.values.is_null().to_pylist() == [True, False]
    assert parsed.problems[0][1] == "not between 1970 and 2100"


@settings(max_examples=300, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    wall=st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2037, 12, 31)),  # noqa: DTZ001  # wall clocks
)
def test_zones_against_the_standard_library(zone: str, wall: dt.datetime) -> None:
    """The first reading of the wall clock, as zoneinfo has it; skipped times are told."""
    micros = (wall - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)  # noqa: DTZ001  # wall clock
    utc, skipped = localise(np.array([micros]), zone)
    aware = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    back = aware.astimezone(dt.UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    assert bool(skipped[0]) == (back != wall)
    if not skipped[0]:
        expected = (aware - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)
        assert int(utc[0]) == expected


@pytest.mark.parametrize("zone", ZONES)
def test_every_transition(zone: str) -> None:
    """Around every change of a zone's clocks, minute by minute, as zoneinfo has it."""
    hours = np.arange(0, 2_000_000_000, 3_600 * 6, dtype=np.int64)
    place = ZoneInfo(zone)
    offsets = np.array(
        [dt.datetime.fromtimestamp(int(h), place).utcoffset().total_seconds() for h in hours[::4]]  # type: ignore[union-attr]
    )
    changes = hours[::4][1:][np.diff(offsets) != 0][-12:]
    for change in changes:
        walls = np.arange(change - 30 * 3600, change + 30 * 3600, 600) * 1_000_000
        utc, skipped = localise(walls, zone)
        for wall, instant, is_skipped in zip(walls[::7], utc[::7], skipped[::7], strict=True):
            naive = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=int(wall))  # noqa: DTZ001  # wall clock
            aware = naive.replace(tzinfo=place)
            if not is_skipped:
                assert aware.timestamp() == int(instant) / 1_000_000
