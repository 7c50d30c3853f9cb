"""Taking some tickets' facts out of a stream and putting their newer ones in their place.

Of every key that has other facts than before, the rows from the first difference on are made
anew: those of other tickets as they were, those of these tickets as they are now. Whole numbers
come out exactly as in a stream that is built anew; so do floats, which are summed in the same
order (see ``features.rated``).
"""

from dataclasses import dataclass

import numpy as np

from features.cluster.facts import AREAS
from features.live.spliced import SplicedStream
from features.rated import EACH
from features.streams import Int64, Stream, Values
from forewarn.errors import DataError
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT


@dataclass(frozen=True)
class _Facts:
    """Facts by key: ``parts`` are what each adds to sums, its own values, its own instants."""

    key: Int64
    at: Int64
    parts: dict[str, Values]


def splice(base: Stream, old: Stream, new: Stream, *, name: str) -> Stream:
    """The base with ``new`` facts of some tickets in place of ``old``, which are in the base.

    ``old`` and ``new`` have the same keys, those of the base first. Raises DataError where the
    base does not hold what is to be taken out of it.
    """
    same, first_at = np.empty(new.start.size - 1, np.int64), np.empty(new.start.size - 1, np.int64)
    _compare((old.start, old.at), (new.start, new.at), _bits(old), _bits(new), same, first_at)
    keys = np.flatnonzero(first_at != NAT)
    long_keys = np.where(keys < base.n_keys, keys, -1)
    kept = base.last_before(long_keys, first_at[keys])
    end = np.where(long_keys < 0, kept + 1, base.start[np.where(long_keys < 0, 0, keys) + 1])
    held = _facts(base, np.arange(keys.size), kept + 1, end)
    gone = _facts(old, np.arange(keys.size), old.start[keys] + 1 + same[keys], old.start[keys + 1])
    come = _facts(new, np.arange(keys.size), new.start[keys] + 1 + same[keys], new.start[keys + 1])
    stays = np.ones(held.key.size, bool)
    missing = _match((held.key, held.at), (gone.key, gone.at), _matrix(held), _matrix(gone), stays)
    if missing:
        raise DataError(f"stream {name!r} of the built history lacks facts of its own tickets")
    tail = _tail(base, kept, _join(held, stays, come), keys.size)
    place = np.full(new.start.size - 1, -1, np.int64)
    place[keys] = np.arange(keys.size)
    return SplicedStream(
        base.start, base.at, base.columns, base.grid,
        tail=tail, place=place, kept=kept, n_all=new.n_keys,
    )  # fmt: skip


def _facts(stream: Stream, key: Int64, begin: Int64, end: Int64) -> _Facts:
    """The facts in ranges of rows, each of a key; differences of sums, instants that are new."""
    counts = np.maximum(end - begin, 0)
    within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    row = np.repeat(begin, counts) + within
    at, parts = stream.at[row], {}
    for name, values in stream.columns.items():
        if name.endswith(EACH):
            parts[name] = values[row]
        elif _is_latest(values):
            parts[name] = np.where(values[row] == at, at, NAT)
        elif name not in AREAS and f"{name}{EACH}" not in stream.columns:
            parts[name] = np.subtract(values[row], values[row - 1], dtype=values.dtype)
    return _Facts(np.repeat(key, counts), at, parts)


def _join(held: _Facts, stays: np.ndarray, come: _Facts) -> _Facts:
    parts = {n: np.concatenate([held.parts[n][stays], v]) for n, v in come.parts.items()}
    key = np.concatenate([held.key[stays], come.key])
    at = np.concatenate([held.at[stays], come.at])
    each = [parts[name] for name in sorted(parts) if name.endswith(EACH)]
    order = np.lexsort([*each, at, key])
    return _Facts(key[order], at[order], {n: v[order] for n, v in parts.items()})


def _tail(base: Stream, kept: Int64, facts: _Facts, n_keys: int) -> Stream:
    """Rows of facts, going on from the rows of the base that are kept; these are its roots."""
    counts = np.bincount(facts.key, minlength=n_keys)
    start = np.concatenate([[0], np.cumsum(counts + 1)])
    is_fact = np.ones(int(start[-1]), bool)
    is_fact[start[:-1]] = False
    at = np.full(is_fact.size, NAT, np.int64)
    at[is_fact] = facts.at
    columns: dict[str, Values] = {}
    for name, values in base.columns.items():
        column = np.empty(is_fact.size, values.dtype)
        column[~is_fact] = values[kept]
        column[is_fact] = facts.parts.get(name, facts.parts.get(f"{name}{EACH}", 0))
        if name in facts.parts and _is_latest(values):
            _keep_highest(start, column)
        elif not name.endswith(EACH) and name not in AREAS:
            _sum_on(start, column)
        columns[name] = column
    for name in columns.keys() & AREAS.keys():
        before = base.at[kept]
        _integrate(start, at, before, columns[AREAS[name]].astype(np.int64), columns[name])
    return Stream(np.append(start, start[-1]), at, columns)


def _is_latest(values: Values) -> bool:
    return values.dtype == np.int64 and bool(values[0] == NAT)  # the first row is a root


def _bits(stream: Stream) -> Int64:
    """All columns as numbers of 64 bits, a row of the matrix each, to be compared."""
    return _as_bits(list(stream.columns.values()), stream.at.size)


def _matrix(facts: _Facts) -> Int64:
    return _as_bits([facts.parts[name] for name in sorted(facts.parts)], facts.at.size)


def _as_bits(columns: list[Values], size: int) -> Int64:
    matrix = np.empty((len(columns), size), np.int64)
    for row, values in zip(matrix, columns, strict=True):
        row[:] = values.view(np.int64) if values.dtype == np.float64 else values
    return matrix


Rows = tuple[Int64, Int64]


@compiled
def _compare(  # noqa: PLR0917  # a kernel
    old: Rows, new: Rows, was: Int64, now: Int64, same: Int64, first_at: Int64
) -> None:
    """Per key how many facts agree at first, and when the first one does not; NAT: all agree."""
    for key in range(same.size):
        begins, n = (old[0][key] + 1, new[0][key] + 1), 0
        sizes = (old[0][key + 1] - begins[0], new[0][key + 1] - begins[1])
        while n < min(sizes[0], sizes[1]):
            i, j = begins[0] + n, begins[1] + n
            agree = old[1][i] == new[1][j]
            for column in range(was.shape[0]):
                agree = agree and was[column, i] == now[column, j]
            if not agree:
                break
            n += 1
        same[key], first_at[key] = n, NAT
        if n < sizes[0]:
            first_at[key] = old[1][begins[0] + n]
        if n < sizes[1] and (first_at[key] == NAT or new[1][begins[1] + n] < first_at[key]):
            first_at[key] = new[1][begins[1] + n]


@compiled
def _match(held: Rows, gone: Rows, has: Int64, goes: Int64, stays: np.ndarray) -> int:
    """Mark the held facts that go; return how many of those that go are not held."""
    missing, begin = 0, 0
    for i in range(gone[0].size):
        key, at = gone[0][i], gone[1][i]
        while begin < held[0].size and (
            held[0][begin] < key or (held[0][begin] == key and held[1][begin] < at)
        ):
            begin += 1
        found, j = False, begin
        while not found and j < held[0].size and held[0][j] == key and held[1][j] == at:
            found = stays[j]
            for column in range(has.shape[0]):
                found = found and has[column, j] == goes[column, i]
            if found:
                stays[j] = False
            j += 1
        missing += not found
    return missing


@compiled
def _sum_on(start: Int64, column: Values) -> None:
    for key in range(start.size - 1):
        for i in range(start[key] + 1, start[key + 1]):
            column[i] += column[i - 1]


@compiled
def _keep_highest(start: Int64, column: Values) -> None:
    for key in range(start.size - 1):
        for i in range(start[key] + 1, start[key + 1]):
            column[i] = max(column[i], column[i - 1])


@compiled
def _integrate(start: Int64, at: Int64, before: Int64, level: Int64, area: Values) -> None:
    """Sum a level over time, from the rows before on."""
    for key in range(start.size - 1):
        since = before[key]
        for i in range(start[key] + 1, start[key + 1]):
            passed = 0 if since == NAT else level[i - 1] * (at[i] - since)
            area[i] = area[i - 1] + passed
            since = at[i]
