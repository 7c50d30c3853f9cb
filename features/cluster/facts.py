"""The facts behind a part's share of a stream, so that the shares of all parts can be put together.

What a column holds is told by its roots and its name:

- a running sum (its roots are 0) gives its facts back as differences of rows, exactly where they
  are whole numbers; sums of other numbers need the column that holds each fact's own value,
  ``<column>_each`` (see ``features.rated``);
- a column that sums another over time is made anew from it (see ``AREAS``);
- the latest instant of something (roots are NAT) is the highest of all parts'.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.arranging import build_stream
from features.rated import EACH
from features.streams import Int64, Stream, Values
from forewarn.errors import DataError
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT

AREAS: Mapping[str, str] = {"open_time": "n_open"}
"""Columns that sum another over time, in microseconds, and which."""
RANK = "rank"
"""How many facts the key has, up to the row."""
KINDS = ("added", "own", "latest")


@dataclass(frozen=True)
class StreamFacts:
    """Facts, by column: what each adds to a sum, its own value, the latest instant up to it."""

    key: Int64
    at: Int64
    added: dict[str, Values]
    own: dict[str, Values]
    latest: dict[str, Values]

    def take(self, rows: np.ndarray) -> "StreamFacts":
        """Some of them."""
        columns = [{n: v[rows] for n, v in getattr(self, kind).items()} for kind in KINDS]
        return StreamFacts(self.key[rows], self.at[rows], *columns)


def facts_of(stream: Stream, name: str) -> StreamFacts:
    """The facts of a stream; DataError where they cannot be told from it exactly."""
    is_fact = np.ones(stream.at.size, bool)
    is_fact[stream.start[:-1]] = False
    row = np.flatnonzero(is_fact)
    key = np.repeat(np.arange(stream.start.size - 1), np.diff(stream.start) - 1)
    own = {n: v[row] for n, v in stream.columns.items() if n.endswith(EACH)}
    latest = {n: _rising(v, row, f"{name}/{n}") for n, v in stream.columns.items() if _is_latest(v)}
    added: dict[str, Values] = {RANK: np.ones(row.size, np.int64)}
    for column, values in stream.columns.items():
        if f"{column}{EACH}" in own:
            added[column] = own[f"{column}{EACH}"]
        elif column not in own and column not in latest and column not in AREAS:
            added[column] = _differences(values, row, f"{name}/{column}")
    for column in stream.columns.keys() & AREAS.keys():
        added[column] = added[AREAS[column]].astype(np.int64) * stream.at[row]
    return StreamFacts(key, stream.at[row], added, own, latest)


def join_facts(shares: Sequence[StreamFacts]) -> StreamFacts:
    """The facts of several shares, which have the same columns."""
    columns = [
        {n: np.concatenate([getattr(s, kind)[n] for s in shares]) for n in getattr(shares[0], kind)}
        for kind in KINDS
    ]
    keys, at = ([getattr(s, name) for s in shares] for name in ("key", "at"))
    return StreamFacts(np.concatenate(keys), np.concatenate(at), *columns)


def merge_facts(facts: StreamFacts, carried: StreamFacts, *, n_keys: int) -> Stream:
    """The stream of facts in any order, after what is carried: sums of what went before.

    Has the column RANK too.
    """
    ordered = facts.take(_order(facts))
    added, own, latest = (_join(getattr(carried, k), getattr(ordered, k)) for k in KINDS)
    stream = build_stream(
        np.concatenate([carried.key, ordered.key]),
        np.concatenate([carried.at, ordered.at]),
        n_keys=n_keys,
        states=own | latest,
        sums=added,
    )
    for column in latest:
        _keep_highest(stream.start, _integers(stream.columns[column]))
    return _with_areas(stream)


def carry_of(
    stream: Stream, like: StreamFacts, keys: Int64, *, since: int | None = None
) -> StreamFacts:
    """What is to be carried on for some keys: their last rows, as if these were one fact each.

    ``since``: facts from that instant on are carried one by one, after one fact for those before.
    ``like``: has the columns of the facts that the stream was made of.
    """
    first, last = stream.start[keys], stream.start[keys + 1] - 1
    summed = last
    if since is not None:
        summed = stream.last_before(keys, np.full(keys.size, since, np.int64))
    ranges = [np.arange(max(s, f + 1), n + 1) for s, f, n in zip(summed, first, last, strict=True)]
    row = np.concatenate([np.empty(0, np.int64), *ranges])
    key = np.repeat(keys, [r.size for r in ranges])
    is_sum = np.isin(row, summed)
    added = {n: _added(stream, n, row, is_sum) for n in like.added if n not in AREAS}
    own, latest = ({n: stream.columns[n][row] for n in c} for c in (like.own, like.latest))
    at = stream.at[row]
    for column in like.added.keys() & AREAS.keys():
        whole = _level(stream, column)[row] * at - _integers(stream.columns[column])[row]
        added[column] = np.where(is_sum, whole, _integers(added[AREAS[column]]) * at)
    return StreamFacts(key, at, added, own, latest)


def _added(stream: Stream, column: str, row: Int64, is_sum: np.ndarray) -> Values:
    """The running sum in rows that stand for all before, what the fact added in others."""
    values, each = stream.columns[column], f"{column}{EACH}"
    if each in stream.columns:
        return np.where(is_sum, values[row], stream.columns[each][row])
    less = np.where(is_sum, 0, values[row - 1]).astype(values.dtype)
    found: Values = np.subtract(values[row], less, dtype=values.dtype)
    return found


def _with_areas(stream: Stream) -> Stream:
    """Areas from sums of (number added x when): number x now less that. May wrap around."""
    columns = dict(stream.columns)
    for column in columns.keys() & AREAS.keys():
        area = _level(stream, column) * stream.at - _integers(columns[column])
        columns[column] = np.where(stream.at == NAT, 0, area)
    return Stream(stream.start, stream.at, columns)


def _level(stream: Stream, area: str) -> Int64:
    return _integers(stream.columns[AREAS[area]])


def _integers(values: Values) -> Int64:
    return values.astype(np.int64, copy=False)


def _order(facts: StreamFacts) -> np.ndarray:
    """Facts of one instant are summed from the smallest to the largest."""
    if not facts.own:
        return np.arange(facts.key.size)
    return np.lexsort([facts.own[name] for name in sorted(facts.own)])


def _join(first: dict[str, Values], then: dict[str, Values]) -> dict[str, Values]:
    return {name: np.concatenate([first[name], values]) for name, values in then.items()}


def _is_latest(values: Values) -> bool:
    return values.dtype == np.int64 and int(values[0]) == NAT  # the first row is a root


def _rising(values: Values, row: Int64, name: str) -> Values:
    """Instants that only rise; DataError where they fall."""
    instants = _integers(values)
    if (instants[row] < instants[row - 1]).any():
        raise DataError(
            f"stream {name!r} holds instants that fall: the cluster cannot put it together"
        )
    return instants[row]


def _differences(values: Values, row: np.ndarray, name: str) -> Values:
    """What each fact added to a running sum; DataError where that cannot be told."""
    if values[0] != 0:
        raise DataError(
            f"stream {name!r} holds states, not sums: the cluster cannot tell whose is the last"
        )
    if values.dtype.kind == "f" and not (np.rint(values) == values).all():
        raise DataError(
            f"stream {name!r} sums fractions, which differences do not give back exactly: "
            "record it with features.rated, or count in whole numbers"
        )
    found: Values = np.subtract(values[row], values[row - 1], dtype=values.dtype)
    return found


@compiled
def _keep_highest(start: Int64, column: Int64) -> None:
    for key in range(start.size - 1):
        for i in range(start[key] + 1, start[key + 1]):
            column[i] = max(column[i], column[i - 1])
