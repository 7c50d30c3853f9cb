"""A stream with other facts from some instant on, for some of its keys."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.streams import Floats, Hints, Int64, Stream, Values


def _none() -> Int64:
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class SplicedStream(Stream):
    """The rows of a long stream, and behind them those of a short one that goes on from there.

    The fields of Stream are those of the long one; ``n_all``: how many keys there are now.
    ``place``: per key its key in ``tail``, -1 where nothing changed. ``kept``: per key of
    ``tail`` the last row of the long stream that still holds (of a key that is new: the row of
    "no key"). A root in ``tail`` is never a row: what lies before it is the long stream.
    """

    tail: Stream = field(default_factory=lambda: Stream(_none(), _none()))
    place: Int64 = field(default_factory=_none)
    kept: Int64 = field(default_factory=_none)
    n_all: int = 0

    @property
    def n_keys(self) -> int:
        return self.n_all

    def last_before(self, keys: Int64, instants: Int64, hints: Hints | None = None) -> Int64:
        rows = super().last_before(self._long(keys), instants, hints)
        place = np.where(keys < 0, -1, self.place[keys])
        asked = np.flatnonzero(place >= 0)
        if asked.size:
            of_key = place[asked]
            late = self.tail.last_before(of_key, instants[asked])
            is_late = late > self.tail.start[of_key]
            early = np.minimum(rows[asked], self.kept[of_key])
            rows[asked] = np.where(is_late, self.at.size + late, early)
        return rows

    def between(self, now: Int64, then: Int64) -> Int64:
        return self._rank(now) - self._rank(then)

    def grown(self, column: str, now: Int64, then: Int64) -> Floats:
        grown = np.subtract(self.take(column, now), self.take(column, then))
        return grown.astype(np.float64, copy=False)

    def root(self, keys: Int64) -> Int64:
        return super().root(self._long(keys))

    def take(self, column: str, rows: Int64) -> Values:
        return self._pick(self.columns[column], self.tail.columns[column], rows)

    def numbers(self, column: str, rows: Int64) -> Floats:
        return self.take(column, rows).astype(np.float64, copy=False)

    def codes(self, column: str, rows: Int64) -> NDArray[np.int32]:
        return self.take(column, rows).astype(np.int32, copy=False)

    def whole(self, column: str, rows: Int64) -> Int64:
        return self.take(column, rows).astype(np.int64, copy=False)

    def instants(self, rows: Int64) -> Int64:
        return self._pick(self.at, self.tail.at, rows).astype(np.int64, copy=False)

    def _long(self, keys: Int64) -> Int64:
        return np.where(keys < super().n_keys, keys, -1)

    def _pick(self, long: Values, short: Values, rows: Int64) -> Values:
        late = np.flatnonzero(rows >= self.at.size)
        picked = rows.copy()
        picked[late] = 0
        found: Values = long.take(picked)
        found[late] = short.take(rows[late] - self.at.size)
        return found

    def _rank(self, rows: Int64) -> Int64:
        """Row numbers as if each key's facts lay together."""
        late = np.flatnonzero(rows >= self.at.size)
        rank = rows.copy()
        row = rows[late] - self.at.size
        key = np.searchsorted(self.tail.start, row, side="right") - 1
        rank[late] = self.kept[key] + row - self.tail.start[key]
        return rank
