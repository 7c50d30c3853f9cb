"""The offsets of a time zone, as spans of UTC in which they hold."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

MICROSECONDS = 1_000_000
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_STEP = 2 * 86_400  # since 1900 no zone has changed its clocks twice within three days


def offset_spans(
    zone: str, *, first: int, last: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each offset begins, and the offset, both in microseconds; the first span at ``first``.

    ``first`` and ``last`` are microseconds since 1970 in UTC.
    """
    tz = ZoneInfo(zone)
    begin, end = first // MICROSECONDS, -(-last // MICROSECONDS)
    starts, offsets = [begin], [_offset(tz, begin)]
    for left in range(begin, end, _STEP):
        right = min(left + _STEP, end)
        offset = _offset(tz, right)
        if offset != offsets[-1]:
            starts.append(_change(tz, left, right, offset))
            offsets.append(offset)
    spans = np.array(starts, np.int64) * MICROSECONDS
    spans[0] = first
    return spans, np.array(offsets, np.int64) * MICROSECONDS


def _offset(tz: ZoneInfo, second: int) -> int:
    """Seconds that local time is ahead of UTC."""
    local = (_EPOCH + dt.timedelta(seconds=second)).astimezone(tz)
    ahead = local.utcoffset()
    return 0 if ahead is None else round(ahead.total_seconds())


def _change(tz: ZoneInfo, left: int, right: int, offset: int) -> int:
    """The first second in (left, right] from which ``offset`` holds."""
    while right - left > 1:
        middle = (left + right) // 2
        if _offset(tz, middle) == offset:
            right = middle
        else:
            left = middle
    return right
