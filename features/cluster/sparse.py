"""Of a stream that no machine holds whole: the rows that some observations ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.arranging import arrange
from features.streams import Floats, Hints, Int64, Stream, Values


@dataclass(frozen=True)
class SparseStream(Stream):
    """Some rows of a longer stream, each with the number that tells its place among all.

    ``number``: ascending; that of a fact lies as far above that of its key's root as there are
    facts of the key up to it. So the difference of two rows counts the facts between, those
    that are not here included. Rows that go in and out of the methods are such numbers.
    """

    number: Int64 = field(default_factory=lambda: np.zeros(0, np.int64))

    def last_before(self, keys: Int64, instants: Int64, hints: Hints | None = None) -> Int64:
        """Right for the keys and instants that the rows were asked for with."""
        return self.number.take(super().last_before(keys, instants, hints))

    def grown(self, column: str, now: Int64, then: Int64) -> Floats:
        grown = np.subtract(self.take(column, now), self.take(column, then))
        return grown.astype(np.float64, copy=False)

    def root(self, keys: Int64) -> Int64:
        return self.number.take(super().root(keys))

    def take(self, column: str, rows: Int64) -> Values:
        return super().take(column, self._places(rows))

    def numbers(self, column: str, rows: Int64) -> Floats:
        return super().numbers(column, self._places(rows))

    def codes(self, column: str, rows: Int64) -> NDArray[np.int32]:
        return super().codes(column, self._places(rows))

    def whole(self, column: str, rows: Int64) -> Int64:
        return super().whole(column, self._places(rows))

    def instants(self, rows: Int64) -> Int64:
        return super().instants(self._places(rows))

    def _places(self, rows: Int64) -> Int64:
        found: Int64 = np.searchsorted(self.number, rows)
        return found


def build_sparse(
    keys: Int64,
    at: Int64,
    rank: Int64,
    columns: Mapping[str, Values],
    *,
    n_keys: int,
    roots: Mapping[str, float],
) -> SparseStream:
    """Rows of a stream, no two of one key and instant.

    ``rank``: how many facts the key has up to the row. ``roots``: what each column holds before
    any fact.
    """
    start, order = arrange(keys, at, n_keys)
    is_fact = np.ones(int(start[-1]), bool)
    is_fact[start[:-1]] = False

    def spread(values: Values, root: float) -> Values:
        column = np.full(is_fact.size, root, values.dtype)
        column[is_fact] = values[order]
        return column

    ranks = spread(rank, 0).astype(np.int64)
    highest = ranks[start[1:] - 1]  # of each key
    before = np.concatenate([[0], np.cumsum(highest + 1)[:-1]])
    number = np.repeat(before, np.diff(start)) + ranks
    filled = {name: spread(values, roots[name]) for name, values in columns.items()}
    visible_at = spread(at, np.iinfo(np.int64).min)
    return SparseStream(start, visible_at.astype(np.int64), filled, number=number)
