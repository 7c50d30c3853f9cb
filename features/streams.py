"""Streams: facts in the order in which they became visible, with running sums.

A stream holds, for every key (a ticket, a customer, a group ...), the facts of that key sorted
by the instant from which they can be seen. Each key's segment begins with a *root*: a row that
stands for "nothing known yet". ``last_before`` gives the row of the last fact that was visible
strictly before an instant, or the root. Every window is a difference of two such rows, so that
looking ahead cannot be written. This module and its grid are the only ones of features that
compare instants of facts.

Sums run within the segment: a value depends on earlier facts of its own key and on nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from features.grid import LONG, Grid, bisect, build_grid, last_before, last_in_order
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT

Int64 = NDArray[np.int64]
Integers = NDArray[np.signedinteger]
Values = NDArray[np.generic]
Floats = NDArray[np.float64]


class Hints:
    """What spares time where much is asked of the same instants; nothing found depends on it.

    ``order``: positions by instant; empty: unknown.
    """

    def __init__(self) -> None:
        self.order: Int64 = np.empty(0, np.int64)
        self._free: list[Int64] = []
        self._lent: list[Int64] = []

    def room(self, size: int) -> Int64:
        """An array to write rows into: one that was given back, or a new one.

        New memory costs more than the search that fills it: it is touched page by page.
        """
        fits = bool(self._free) and self._free[-1].size == size
        room = self._free.pop() if fits else np.empty(size, np.int64)
        self._lent.append(room)
        return room

    def give_back(self) -> None:
        """Let all that was lent be written over."""
        self._free += self._lent
        self._lent.clear()


@dataclass(frozen=True)
class Stream:
    """Facts by key and visible instant.

    ``start``: the segment of key k is ``[start[k], start[k + 1])``, its first row the root;
    a further key beyond the last one has no facts and stands for "no key".
    ``at``: when the fact became visible, µs; NAT for roots.
    ``columns``: one value per row; what the root holds is the value before any fact.
    ``grid``: where to begin to search; None: anywhere.
    """

    start: Int64
    at: Int64
    columns: Mapping[str, Values] = field(default_factory=dict)
    grid: Grid | None = None

    def to_arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, a grid over long segments with them; ``from_arrays`` reads them."""
        arrays = {"start": self.start, "at": self.at, **self.columns}
        if self.at.size >= LONG * self.n_keys:
            grid = build_grid(self.start, self.at)
            arrays |= {f"grid_{name}": array for name, array in grid._asdict().items()}
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> "Stream":
        """The stream of ``to_arrays``."""
        columns = dict(arrays)
        start, at = columns.pop("start"), columns.pop("at")
        has_grid = "grid_start" in columns
        grid = Grid(*(columns.pop(f"grid_{name}") for name in Grid._fields)) if has_grid else None
        return cls(start, at, columns, grid)

    @property
    def n_keys(self) -> int:
        """Keys, "no key" not counted."""
        return self.start.size - 2

    def last_before(self, keys: Int64, instants: Int64, hints: Hints | None = None) -> Int64:
        """The row of the last fact with ``at < instant``, or the key's root; -1: no key."""
        hints = hints or Hints()
        rows = hints.room(keys.size)
        if self.grid is None:
            _last_before(self.start, self.at, keys, instants, rows)
        elif hints.order.size and self.n_keys <= keys.size:
            found = self.start[:-1].copy()
            last_in_order(self.grid, self.start, self.at, keys, instants, hints.order, found, rows)
        else:
            last_before(self.grid, self.start, self.at, keys, instants, rows)
        return rows

    def between(self, now: Int64, then: Int64) -> Int64:
        """How many facts of a key lie between two of its rows."""
        return now - then

    def grown(self, column: str, now: Int64, then: Int64) -> Floats:
        """How much a column of numbers grew between two rows of a key."""
        grown = np.empty(now.size)
        _grown(self.columns[column], now, then, grown)
        return grown

    def root(self, keys: Int64) -> Int64:
        """The row of the key's root."""
        return self.start[np.where(keys < 0, self.start.size - 2, keys)]

    def take(self, column: str, rows: Int64) -> Values:
        """A column's values at rows."""
        return self.columns[column].take(rows)

    def numbers(self, column: str, rows: Int64) -> Floats:
        """The same as float64."""
        return self.columns[column].take(rows).astype(np.float64, copy=False)

    def codes(self, column: str, rows: Int64) -> NDArray[np.int32]:
        """The same of a column of codes, as int32."""
        return self.columns[column].take(rows).astype(np.int32, copy=False)

    def whole(self, column: str, rows: Int64) -> Int64:
        """The same as int64, for columns of integers."""
        return self.columns[column].take(rows).astype(np.int64, copy=False)

    def instants(self, rows: Int64) -> Int64:
        """When the facts in rows became visible; NAT at roots."""
        return self.at.take(rows)

    def age(self, rows: Int64, instants: Int64) -> Int64:
        """Microseconds from the facts in rows to the instants; 0 at roots."""
        at = self.instants(rows)
        return np.where(at == NAT, 0, instants - at)


@compiled
def _last_before(start: Int64, at: Int64, keys: Int64, instants: Int64, rows: Int64) -> None:
    for i in range(keys.size):
        key = keys[i] if keys[i] >= 0 else start.size - 2
        rows[i] = bisect(at, start[key], start[key + 1], instants[i])


@compiled
def _grown(column: Values, now: Int64, then: Int64, grown: Floats) -> None:
    """Differences of whole numbers are exact, even of sums that have wrapped around."""
    for i in range(now.size):
        grown[i] = column[now[i]] - column[then[i]]
