"""Rows of one partition as frames of integers: fast to sort, compare and take.

Texts are codes into the partition's words, instants microseconds, flags 0 and 1; NONE and
NAT stand for null. Only what leaves the partition becomes text again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from forewarn.schema import ACTOR_KINDS, EVENT_KINDS, STATUS_CATEGORIES

PART = "__part"
"""Name of the column that says which part (by position in the list of parts) a row is of."""
TICKET = "__ticket"
"""Name of the column with the position of the ticket's id among the sorted ids."""

NONE = -1
NAT = np.iinfo(np.int64).min

Mask = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]

_CONSTANT = tuple(dict.fromkeys((*EVENT_KINDS, *STATUS_CATEGORIES, *ACTOR_KINDS)))
_CODES = {word: code for code, word in enumerate(_CONSTANT)}


def word(text: str) -> int:
    """The code of a canonical word: a kind of event, a status category, a kind of actor."""
    return _CODES[text]


def words_of(texts: Sequence[str]) -> list[int]:
    """Codes of several canonical words."""
    return [_CODES[text] for text in texts]


@dataclass(frozen=True)
class Words:
    """Every text of a partition once; the canonical words come first."""

    texts: pa.Array

    def decode(self, codes: npt.NDArray[np.integer]) -> pa.Array:
        """Texts of codes."""
        return self.texts.take(pa.array(codes, pa.int64(), mask=codes < 0)).cast(pa.string())


def encode(tables: Mapping[str, pa.Table]) -> tuple[dict[str, pd.DataFrame], Words]:
    """Tables as frames of integers (numbers stay numbers), and the words of their codes.

    Tables with a ticket_id get a TICKET column that sorts as the ids do.
    """
    found = [
        (name, field.name)
        for name, table in tables.items()
        for field in table.schema
        if pa.types.is_string(field.type) and table[field.name].null_count < table.num_rows
    ]
    chunks = [chunk for name, column in found for chunk in tables[name][column].chunks]
    encoded = pa.chunked_array([pa.array(_CONSTANT), *chunks], pa.string()).dictionary_encode()
    words = Words(encoded.chunk(encoded.num_chunks - 1).dictionary)
    codes = pc.fill_null(pa.chunked_array([c.indices for c in encoded.chunks]), NONE).to_numpy()
    texts: dict[tuple[str, str], Integers] = {}
    start = len(_CONSTANT)
    for name, column in found:
        end = start + tables[name].num_rows
        texts[name, column] = codes[start:end]
        start = end
    frames = {name: _frame(name, table, texts) for name, table in tables.items()}
    return _with_tickets(frames, words), words


def decode(frame: pd.DataFrame, words: Words, schema: pa.Schema) -> pa.Table:
    """A frame of integers as a table of the schema; a number may be kept as its text."""
    return pa.table([_decoded(frame[f.name], words, f.type) for f in schema], schema=schema)


def _frame(name: str, table: pa.Table, texts: Mapping[tuple[str, str], Integers]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            field.name: texts.get((name, field.name), np.full(table.num_rows, NONE, np.int32))
            if pa.types.is_string(field.type)
            else _numbers(table[field.name])
            for field in table.schema
        },
        copy=False,
    )


def _numbers(column: pa.ChunkedArray) -> npt.NDArray[np.generic]:
    kind = column.type
    if pa.types.is_boolean(kind):
        column = pc.fill_null(column.cast(pa.int8()), NONE)
    elif not pa.types.is_floating(kind):
        column = pc.fill_null(column.cast(pa.int64()), NAT)
    numbers: npt.NDArray[np.generic] = column.to_numpy()
    return numbers


def _with_tickets(frames: dict[str, pd.DataFrame], words: Words) -> dict[str, pd.DataFrame]:
    of_tickets = [f for f in frames.values() if "ticket_id" in f]
    if not of_tickets:
        return frames
    used = np.unique(np.concatenate([f["ticket_id"].to_numpy() for f in of_tickets]))
    order = pc.array_sort_indices(words.decode(used)).to_numpy()
    rank = np.empty(len(words.texts) + 1, dtype=np.int64)
    rank[used[order]] = np.arange(len(used))
    return {
        name: f.assign(**{TICKET: rank[f["ticket_id"].to_numpy()]}) if "ticket_id" in f else f
        for name, f in frames.items()
    }


def _decoded(values: pd.Series, words: Words, kind: pa.DataType) -> pa.Array:
    numbers = values.to_numpy()
    if pa.types.is_string(kind):
        return words.decode(numbers)
    if pa.types.is_timestamp(kind):
        return pa.array(numbers, pa.int64(), mask=numbers == NAT).cast(kind)
    if pa.types.is_boolean(kind):
        return pa.array(numbers == 1, mask=numbers < 0)
    if pa.types.is_floating(kind) and numbers.dtype.kind == "i":
        return words.decode(numbers).cast(kind)
    return pa.array(numbers, kind, from_pandas=True)


def ordered(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Sorted by columns of integers, the first one first, with fresh positions as index."""
    keys = [frame[c].to_numpy() for c in reversed(columns)]
    return frame.take(np.lexsort(keys)).reset_index(drop=True)


def begins(frame: pd.DataFrame, columns: Sequence[str]) -> Mask:
    """Where a row differs from the row before in one of the columns."""
    changed = np.zeros(len(frame), dtype=np.bool_)
    changed[:1] = True
    for column in columns:
        values = frame[column].to_numpy()
        changed[1:] |= values[1:] != values[:-1]
    return changed


def place_in_run(begin: Mask) -> Integers:
    """0 where a run begins, 1 for the row after it, and so on."""
    at = np.arange(len(begin))
    return at - np.maximum.accumulate(np.where(begin, at, 0))


def first_told(values: npt.ArrayLike, other: npt.ArrayLike) -> Integers:
    """The values, and where they are NAT or NONE, the others."""
    told = np.asarray(values)
    empty = (told == NAT) | (told == NONE)
    return np.where(empty, np.asarray(other), told).astype(np.int64)
