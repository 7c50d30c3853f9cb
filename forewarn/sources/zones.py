"""Wall-clock times of one zone as UTC instants, on whole arrays."""

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_DAY = 24 * 60 * _MINUTE
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  # the wall clock that zones are asked about


def localise(
    wall: npt.NDArray[np.int64], zone: str
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
    """UTC microseconds of wall-clock microseconds, and where the wall clock never showed them.

    An hour that the clock shows twice (back to standard time) means its first occurrence.

    >>> utc, skipped = localise(np.array([0]), "Europe/Berlin")
    >>> int(utc[0]) // 3_600_000_000, bool(skipped[0])
    (-1, False)
    """
    place = ZoneInfo(zone)
    days, which = np.unique(wall // _DAY, return_inverse=True)
    at_start = _offsets(days * _DAY, place, fold=0)
    at_end = _offsets((days + 1) * _DAY, place, fold=0)
    shift = at_start[which]
    skipped = np.zeros(len(wall), dtype=np.bool_)
    changing = (at_start != at_end)[which]
    if changing.any():
        minutes, of = np.unique(wall[changing] // _MINUTE, return_inverse=True)
        first = _offsets(minutes * _MINUTE, place, fold=0)
        second = _offsets(minutes * _MINUTE, place, fold=1)
        shift[changing] = first[of]
        skipped[changing] = (first < second)[of]
    return wall - shift, skipped


def _offsets(wall: npt.NDArray[np.int64], place: ZoneInfo, *, fold: int) -> npt.NDArray[np.int64]:
    """UTC offsets in microseconds at the given wall-clock times."""
    times = (_EPOCH + dt.timedelta(microseconds=int(w)) for w in wall)
    seconds = [
        (t.replace(tzinfo=place, fold=fold).utcoffset() or dt.timedelta(0)).total_seconds()
        for t in times
    ]
    return (np.array(seconds, dtype=np.float64) * _SECOND).astype(np.int64)
