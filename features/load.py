"""Who has how much to do: tickets entering and leaving groups, agents, customers and the desk.

Taken from the paths of tickets, so a change counts from the instant at which it was visible.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.arranging import segments
from features.ordering import order_by_instant
from features.states import is_open, is_waiting
from features.streams import Int64, Stream, Values
from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.openings import NAT

Codes = NDArray[np.int32]
Flags = NDArray[np.uint8]

COLUMNS = (
    "n_open", "n_top", "n_waiting", "n_arrived", "n_solved", "open_time", "solved_time",
    "arrived_at",
)  # fmt: skip
_OPEN, _TOP, _WAITING, _ARRIVED, _SOLVED, _OPEN_TIME, _SOLVED_TIME, _ARRIVED_AT = range(8)
_N_LEVELS = 3
_NO_CODE = -2  # no priority is so coded, not even none
_IS_OPEN = 1  # the flag of the first level


class Steps(NamedTuple):
    """One row per visible change of a ticket's holders or levels, in the order of ``at``.

    ``was``, ``now``: flags before and after it, one bit each: open (unsolved), of the top
    priority, waiting for the customer or a third party; all 0 when it is solved.
    ``row``: in the stream of paths; the row before it holds the states before.
    """

    ticket: Codes
    at: Int64
    row: Int64
    was: Flags
    now: Flags


class _Rows(NamedTuple):
    """The stream that is being filled: running counts and, in microseconds, running times."""

    start: Int64
    at: Int64
    counts: NDArray[np.int32]
    times: Int64


def read_steps(path: Stream, *, top_priority: int) -> Steps:
    """The steps of all tickets. ``top_priority``: its code; -1: there is none."""
    columns = [path.columns[name] for name in ("status", "priority", "group", "agent")]
    row, ticket = np.empty(path.at.size, np.int64), np.empty(path.at.size, np.int32)
    was, now = (np.empty(path.at.size, np.uint8) for _ in range(2))
    found = Steps(ticket, path.at, row, was, now)
    top = top_priority if top_priority >= 0 else _NO_CODE
    size = _find_steps(path.start, (*columns,), top, found)
    order = order_by_instant(path.at[row[:size]])
    row = row[order]
    return Steps(ticket[order], path.at[row], row, was[order], now[order])


def load_stream(
    steps: Steps,
    before: Codes,
    after: Codes,
    created_at: Int64,
    *,
    n_keys: int,
    columns: Sequence[str],
) -> Stream:
    """What holders have to do; ``before`` and ``after``: per step who has the ticket, -1 nobody.

    ``columns``: which of COLUMNS. Open tickets: ``n_open``, ``n_top`` and ``n_waiting`` of
    them. Running sums: ``n_arrived`` (new ones, reopened ones, those handed over),
    ``n_solved``, ``solved_time`` (from creation to solution, µs), ``open_time`` (n_open over
    time up to the fact, µs). ``arrived_at``: the latest arrival. Sums wrap around, so
    differences stay exact.
    """
    places = np.array([COLUMNS.index(name) for name in columns], np.int64)
    small, large = places[places < _OPEN_TIME], places[places >= _OPEN_TIME]
    levels = np.uint8(sum(1 << int(place) for place in small[small < _N_LEVELS]))
    holders = _Holders(before, after, levels | np.uint8(_IS_OPEN))
    counts = np.zeros(n_keys, np.int64)
    _count(steps, holders, counts)
    start = segments(counts)
    rows = _Rows(
        start,
        np.empty(start[-1], np.int64),
        np.empty((small.size, start[-1]), np.int32),
        np.empty((large.size, start[-1]), np.int64),
    )
    now = np.zeros((n_keys + 1, len(COLUMNS)), np.int64)
    now[:, _ARRIVED_AT] = NAT
    _fill(steps, holders, created_at, small, large, now, start[:-1].copy(), rows)
    made = {COLUMNS[place]: rows.counts[i] for i, place in enumerate(small)}
    made |= {COLUMNS[place]: rows.times[i] for i, place in enumerate(large)}
    return Stream(start, rows.at, made)


class _Holders(NamedTuple):
    """Who has each step's ticket, and the flags that matter to the stream."""

    before: Codes
    after: Codes
    levels: np.uint8


@compiled
def _find_steps(start: Int64, columns: tuple[Values, ...], top_priority: int, found: Steps) -> int:
    """Write the rows that change something, and the flags beside them; return how many."""
    status, priority, group, agent = columns
    size = 0
    for ticket in range(start.size - 2):
        was = 0
        for i in range(start[ticket] + 1, start[ticket + 1]):
            now = _flags(status[i], priority[i] == top_priority)
            moved = group[i] != group[i - 1] or agent[i] != agent[i - 1]
            if now != was or (moved and (now | was) & _IS_OPEN):
                found.row[size], found.ticket[size] = i, ticket
                found.was[size], found.now[size] = was, now
                size += 1
            was = now
    return size


@inlined
def _flags(status: int, is_top: bool) -> int:  # noqa: FBT001  # a kernel
    if not is_open(status):
        return 0
    return _IS_OPEN | int(is_top) << _TOP | int(is_waiting(status)) << _WAITING


@compiled
def _ends(holders: _Holders, steps: Steps, i: int) -> tuple[int, int]:
    """Whose row tells that the ticket left, and whose that it came or changed; -1: nobody's."""
    before, after = holders.before[i], holders.after[i]
    if before == after:
        changed = (steps.was[i] ^ steps.now[i]) & holders.levels
        return -1, after if changed else -1
    leaves = before if steps.was[i] & _IS_OPEN else -1
    return leaves, after if steps.now[i] & _IS_OPEN else -1


@compiled
def _count(steps: Steps, holders: _Holders, counts: Int64) -> None:
    for i in range(steps.at.size):
        for key in _ends(holders, steps, i):
            if key >= 0:
                counts[key] += 1


@compiled
def _fill(  # noqa: PLR0917  # a kernel
    steps: Steps,
    holders: _Holders,
    created_at: Int64,
    small: Int64,
    large: Int64,
    now: Int64,
    filled: Int64,
    rows: _Rows,
) -> None:
    """Write the rows of all keys side by side, in the order of time.

    ``now``: what each key holds; ``filled``: its last row.
    """
    for key in range(filled.size):
        _write(rows, filled[key], NAT, now[key], small, large)
    for i in range(steps.at.size):
        at = steps.at[i]
        leaves, comes = _ends(holders, steps, i)
        is_same = holders.before[i] == holders.after[i]
        solved = steps.was[i] & _IS_OPEN and not steps.now[i] & _IS_OPEN
        taken = at - created_at[steps.ticket[i]]
        if leaves >= 0:
            held = now[leaves]
            _advance(held, rows.at[filled[leaves]], at)
            _level(held, steps.was[i], -1)
            if solved:
                _solve(held, taken)
            filled[leaves] += 1
            _write(rows, filled[leaves], at, held, small, large)
        if comes >= 0:
            held = now[comes]
            _advance(held, rows.at[filled[comes]], at)
            if is_same:
                _level(held, steps.was[i], -1)
            _level(held, steps.now[i], 1)
            if solved:
                _solve(held, taken)
            elif not is_same or not steps.was[i] & _IS_OPEN:
                held[_ARRIVED] += 1
                held[_ARRIVED_AT] = at
            filled[comes] += 1
            _write(rows, filled[comes], at, held, small, large)


@compiled
def _advance(held: Int64, since: int, at: int) -> None:
    """Let time pass over what is open."""
    if since != NAT:
        held[_OPEN_TIME] += held[_OPEN] * (at - since)


@compiled
def _level(held: Int64, flags: int, sign: int) -> None:
    for bit in range(_N_LEVELS):
        held[bit] += sign * ((flags >> bit) & 1)


@compiled
def _solve(held: Int64, taken: int) -> None:
    held[_SOLVED] += 1
    held[_SOLVED_TIME] += taken


@compiled
def _write(rows: _Rows, row: int, at: int, held: Int64, small: Int64, large: Int64) -> None:  # noqa: PLR0917  # a kernel
    rows.at[row] = at
    for i in range(small.size):
        rows.counts[i, row] = held[small[i]]
    for i in range(large.size):
        rows.times[i, row] = held[large[i]]
