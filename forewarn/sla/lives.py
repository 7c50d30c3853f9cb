"""The flat arrays that the kernel reads: lives of tickets, and what is promised in them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

BEGINS, REOPENS, CHANGE, WITHIN, AFTER, THRESHOLD = range(6)
"""Columns of ``Lives.rules``, see ``MetricRule``."""


class Lives(NamedTuple):
    """The actions of each life, one life per metric and ticket (see ``Timelines``).

    ``clock_life`` and ``clock_cycle``: of each clock. ``metric``, ``known_at`` (of the ticket)
    and ``terms`` (at creation, -1: none): of each life, whose actions are
    ``start[life]:start[life + 1]``. ``value``: of TARGET the terms, of TAKE the owner.
    ``rules``: settings per metric.
    """

    clock_life: NDArray[np.int64]
    clock_cycle: NDArray[np.int16]
    metric: NDArray[np.int8]
    known_at: NDArray[np.int64]
    terms: NDArray[np.int32]
    start: NDArray[np.int64]
    action_at: NDArray[np.int64]
    action_known_at: NDArray[np.int64]
    action_kind: NDArray[np.int8]
    action_value: NDArray[np.int32]
    rules: NDArray[np.int64]


class Terms(NamedTuple):
    """What is promised, one row per distinct promise.

    ``target``: microseconds. ``calendar``: row of ``versions``, whose columns name the compiled
    calendar for each span between changes of calendars; ``valid_from``: where these begin.
    """

    target: NDArray[np.int64]
    calendar: NDArray[np.int16]
    is_imported: NDArray[np.bool_]
    versions: NDArray[np.int16]
    valid_from: NDArray[np.int64]


class View(NamedTuple):
    """What an observer sees: facts with ``known_at < as_of``, counted up to ``until``.

    ``share``: of the budget, whose instant is noted in REACHED; negative: none. ``version``:
    which version of the calendars holds, a column of ``Terms.versions``.
    """

    as_of: int
    until: int
    share: float
    version: int
