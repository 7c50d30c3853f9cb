"""The facts behind a part's share of a stream, so that the shares of all parts can be put together.

A running sum gives its facts back as differences of rows, exactly where they are whole numbers;
sums of other numbers need the column that holds each fact's own value (see ``features.rated``).
A column that is another's area over time is made anew from it (see ``AREAS``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from features.rated import EACH
from features.streams import Int64, Stream, Values, build_stream
from forewarn.errors import DataError
from forewarn.sla.openings import NAT

AREAS: Mapping[str, str] = {"open_hours": "n_open"}
"""Columns that sum another over time, and which: in microseconds, as whole numbers."""
RANK = "rank"
"""How many facts the key has, up to the row."""


@dataclass(frozen=True)
class StreamFacts:
    """Facts with what each adds to the sums (``added``), and what it is by itself (``states``)."""

    key: Int64
    at: Int64
    added: dict[str, Values]
    states: dict[str, Values]

    def take(self, rows: np.ndarray) -> "StreamFacts":
        """Some of them."""
        added = {name: values[rows] for name, values in self.added.items()}
        states = {name: values[rows] for name, values in self.states.items()}
        return StreamFacts(self.key[rows], self.at[rows], added, states)


def facts_of(stream: Stream, name: str) -> StreamFacts:
    """The facts of a stream; DataError where they cannot be told from it exactly."""
    is_fact = np.ones(stream.at.size, bool)
    is_fact[stream.start[:-1]] = False
    row = np.flatnonzero(is_fact)
    key = np.repeat(np.arange(stream.start.size - 1), np.diff(stream.start) - 1)
    states = {n: stream.columns[n][row] for n in stream.columns if n.endswith(EACH)}
    added: dict[str, Values] = {RANK: np.ones(row.size, np.int64)}
    for column, values in stream.columns.items():
        if column in AREAS:
            continue
        if f"{column}{EACH}" in states:
            added[column] = states[f"{column}{EACH}"]
        elif column not in states:
            added[column] = _differences(values, row, f"{name}/{column}")
    for column in stream.columns.keys() & AREAS.keys():
        added[column] = added[AREAS[column]].astype(np.int64) * stream.at[row]
    return StreamFacts(key, stream.at[row], added, states)


def merge_facts(facts: StreamFacts, carried: StreamFacts, *, n_keys: int) -> Stream:
    """The stream of facts in any order, after what is carried: sums of what went before.

    Has the column RANK too.
    """
    order = _order(facts)
    both = [carried, facts.take(order)]
    stream = build_stream(
        np.concatenate([f.key for f in both]),
        np.concatenate([f.at for f in both]),
        n_keys=n_keys,
        states=_join([f.states for f in both]),
        sums=_join([f.added for f in both]),
    )
    columns = dict(stream.columns)
    for column in (
        columns.keys() & AREAS.keys()
    ):  # sum of (at - since) is at * number - sum of since
        level = columns[AREAS[column]].astype(np.int64)
        columns[column] = np.where(stream.at == NAT, 0, stream.at * level - columns[column])
    return Stream(stream.start, stream.at, columns)


def carry_of(stream: Stream, keys: Int64) -> StreamFacts:
    """What is to be carried on for some keys: their last rows, as if these were one fact each."""
    row = stream.start[keys + 1] - 1
    has_any = row > stream.start[keys]
    row, keys = row[has_any], keys[has_any]
    states = {n: v[row] for n, v in stream.columns.items() if n.endswith(EACH)}
    added = {n: v[row] for n, v in stream.columns.items() if n not in states}
    for column in added.keys() & AREAS.keys():
        level = added[AREAS[column]].astype(np.int64)
        added[column] = stream.at[row] * level - added[column]
    return StreamFacts(keys, stream.at[row], added, states)


def _order(facts: StreamFacts) -> np.ndarray:
    """Facts by their own value: those of one instant are summed in this order."""
    return (
        np.lexsort([facts.states[name] for name in sorted(facts.states, reverse=True)])
        if facts.states
        else np.arange(facts.key.size)
    )


def _join(parts: list[dict[str, Values]]) -> dict[str, Values]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[1]}


def _differences(values: Values, row: np.ndarray, name: str) -> Values:
    """What each fact added to a running sum."""
    if values.size and values[0] != 0:  # the first row is a root
        raise DataError(
            f"stream {name!r} holds states, not sums: the cluster cannot tell whose is the last"
        )
    added: Values = values[row] - values[row - 1]
    if values.dtype.kind == "f" and not (np.rint(values) == values).all():
        raise DataError(
            f"stream {name!r} sums fractions, which differences do not give back exactly: "
            f"record it with features.rated, or count in whole numbers"
        )
    return added
