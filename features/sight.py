"""What a set of observations can see: rows of streams, clock readings, keys; each found once."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from features.history import History
from features.spec import HOUR, STATE_KEYS, span
from features.streams import Hints, Int64, Stream, Values
from forewarn.config import METRICS
from forewarn.sla.clock import Readings, read_clocks

Kept = TypeVar("Kept", bound=Values)
_MANY = 1 << 13
"""Instants from which their order pays."""
_UNSORTED = np.empty(0, np.int64)


class Sight:
    """Clocks at instants, and what of the history lies before each.

    ``key(name)`` gives per observation the key of streams: ``all``, ``metric``, ``ticket``,
    ``customer``, the states of STATE_KEYS, any text column of tickets, and ``NAME+metric``
    where a stream tells the metrics apart. A missing key is -1.
    """

    def __init__(
        self, history: History, clock: Int64, as_of: Int64, *, hints: Hints | None = None
    ) -> None:
        self._hints = hints or Hints()
        self._hints.order = np.argsort(as_of) if as_of.size >= _MANY else _UNSORTED
        self.history = history
        self.clock = clock
        self.as_of = as_of
        self.ticket: Int64 = history.timelines.clock_ticket[clock]
        self._keys: dict[str, Int64] = {}
        self._missing: dict[str, Int64] = {}
        self._rows: dict[tuple[str, str, int, int], Int64] = {}
        self._backs: dict[tuple[str | None, int], Int64] = {}
        self._kept: dict[tuple[str | None, ...], Any] = {}

    @cached_property
    def readings(self) -> Readings:
        """The clocks as read at as_of."""
        return read_clocks(self.history.timelines, self.clock, as_of=self.as_of)

    @cached_property
    def metric(self) -> Int64:
        return self.history.timelines.clock_metric[self.clock].astype(np.int64)

    def stream(self, name: str) -> Stream:
        return self.history.streams[name]

    def key(self, name: str) -> Int64:
        """Per observation the key that selects its facts."""
        if name not in self._keys:
            self._keys[name] = self._find_key(name)
        return self._keys[name]

    def missing(self, name: str) -> Int64:
        """Positions of the observations that have no such key."""
        if name not in self._missing:
            self._missing[name] = np.flatnonzero(self.key(name) < 0)
        return self._missing[name]

    def rows(self, stream: str, key: str, back: int = 0) -> Int64:
        """Rows of the last facts before ``as_of - back`` (microseconds)."""
        place = (stream, key, back, 0)
        if place not in self._rows:
            instants = self.as_of - back if back else self.as_of
            self._rows[place] = self.stream(stream).last_before(
                self.key(key), instants, self._hints
            )
        return self._rows[place]

    def back(self, window: str | None, *, least: int = HOUR) -> Int64:
        """The window, or the time since the history begins where it is shorter; µs, per row."""
        if (window, least) not in self._backs:
            passed = self.as_of - int(self.history.about["origin"])
            self._backs[window, least] = np.clip(passed, least, max(span(window) or 0, least))
        return self._backs[window, least]

    def rows_back(self, stream: str, key: str, window: str | None, *, least: int = HOUR) -> Int64:
        """Rows of the last facts before as_of less ``back``."""
        back, whole = self.back(window, least=least), span(window) or 0
        if (back == whole).all():
            return self.rows(stream, key, whole)
        place = (stream, key, whole, least)
        if place not in self._rows:
            instants = self.as_of - back
            self._rows[place] = self.stream(stream).last_before(
                self.key(key), instants, self._hints
            )
        return self._rows[place]

    def once(self, name: tuple[str | None, ...], find: Callable[[], Kept]) -> Kept:
        """What is found under a name, found once."""
        if name not in self._kept:
            self._kept[name] = find()
        kept: Kept = self._kept[name]
        return kept

    def root(self, stream: str, key: str) -> Int64:
        """Rows that stand for the time before the first fact."""
        place = (stream, key, -1, 0)
        if place not in self._rows:
            self._rows[place] = self.stream(stream).root(self.key(key))
        return self._rows[place]

    def _find_key(self, name: str) -> Int64:
        base, _, by_metric = name.partition("+")
        if by_metric:
            key = self.key(base)
            return np.where(key < 0, -1, len(METRICS) * key + self.metric)
        if name == "ticket":
            return self.ticket
        if name == "all":
            return np.zeros(self.clock.size, np.int64)
        if name in STATE_KEYS:
            codes: NDArray[np.generic] = self.stream("path").take(name, self.rows("path", "ticket"))
        elif name == "customer":
            codes = self.history.arrays["ticket/customer"][self.ticket]
        else:
            codes = self.history.arrays[f"code/{name}"][self.ticket]
        return codes.astype(np.int64)
