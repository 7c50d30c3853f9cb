"""Read JSON Lines: one object per line, every line judged on its own."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from forewarn.errors import SourceError
from forewarn.sources.batch import Batch, Choose, Skipped
from forewarn.sources.parsed import NOT_TEXT
from forewarn.sources.streams import TextStream

_ROWS = 65_536
_MOST_LINE = 16 << 20
_SHOWN = 200
_TOO_LONG = b"\0"


class _LineError(ValueError):
    """Why a line is no row."""


def read_json_lines(
    stream: TextStream, choose: Choose, *, expected: Sequence[str]
) -> Iterator[Batch]:
    """Batches of the chosen keys as text; lines count from 1.

    Numbers keep the digits that the file has. A key that a line does not have is null there;
    ``a.b`` reaches into objects. Raises SourceError for an empty file or a JSON array.
    """
    chosen: tuple[str, ...] | None = None
    is_empty = True
    for first, lines in _groups(_lines(stream)):
        records, numbers, skipped = _read(lines, first, label=stream.label)
        is_empty = is_empty and not records and not skipped
        if chosen is None:
            keys = {k: None for r in records for k in _paths(r)}
            chosen = choose([*keys, *(e for e in expected if e not in keys)])
        yield _batch(records, numbers, skipped, chosen)
    if is_empty:
        raise SourceError(f"{stream.label}: is empty; expected one JSON object per line")


def _lines(stream: TextStream) -> Iterator[bytes]:
    """Lines without their ends; one that is too long comes as a single NUL."""
    pieces: list[bytes] = []
    size, is_long = 0, False
    while chunk := stream.read():
        first, *others = chunk.split(b"\n")
        for following in others:
            yield _TOO_LONG if is_long or size > _MOST_LINE else b"".join([*pieces, first])
            pieces, size, is_long, first = [], 0, False, following
        pieces.append(first)
        size += len(first)
        if size > _MOST_LINE:
            pieces, size, is_long = [], 0, True
    if is_long or size:
        yield _TOO_LONG if is_long else b"".join(pieces)


def _groups(lines: Iterator[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    first, group, size = 1, [], 0
    for line in lines:
        group.append(line)
        size += len(line)
        if len(group) >= _ROWS or size > _MOST_LINE:
            yield first, group
            first, group, size = first + len(group), [], 0
    if group:
        yield first, group


def _read(
    lines: Sequence[bytes], first: int, *, label: str
) -> tuple[list[dict[str, Any]], list[int], list[Skipped]]:
    records, numbers, skipped = [], [], []
    for number, line in enumerate(lines, start=first):
        if not line.strip():
            continue
        if number == 1 and line.lstrip().startswith(b"["):
            raise SourceError(
                f"{label}: is a JSON array; expected one object per line (try: jq -c '.[]')"
            )
        try:
            records.append(_record(line))
            numbers.append(number)
        except _LineError as error:
            text = line[:_SHOWN].decode("utf-8", "ignore")
            rows = np.array([number], dtype=np.int64)
            skipped.append(Skipped(rows, pa.array([text], pa.string()), str(error)))
    return records, numbers, skipped


def _record(line: bytes) -> dict[str, Any]:
    if line == _TOO_LONG:
        raise _LineError("a line of more than 16 MB")
    text = line.decode("utf-8")
    if NOT_TEXT in text:
        raise _LineError("bytes that are not text")
    try:
        record = json.loads(
            text,
            parse_int=str,
            parse_float=str,
            parse_constant=str,
            object_pairs_hook=_without_repeats,
        )
    except _LineError:
        raise
    except RecursionError:
        raise _LineError("nested too deeply") from None
    except ValueError:
        raise _LineError("not one JSON object (cut off, or more than one)") from None
    if not isinstance(record, dict):
        raise _LineError("not a JSON object")
    return record


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        raise _LineError("a key given twice")
    return record


def _paths(record: dict[str, Any]) -> Iterator[str]:
    """Keys, and keys of objects inside as ``outer.inner``."""
    for key, value in record.items():
        yield key
        if isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in value)


def _batch(
    records: list[dict[str, Any]],
    numbers: list[int],
    skipped: list[Skipped],
    chosen: Sequence[str],
) -> Batch:
    found = {name: [_reach(r, name) for r in records] for name in chosen}
    nested = [
        i for i in range(len(records)) if any(isinstance(v[i], dict | list) for v in found.values())
    ]
    rows = np.array(numbers, dtype=np.int64)
    if nested:
        reason = "an object or a list where a value must be"
        shown = [json.dumps(records[i])[:_SHOWN] for i in nested]
        skipped = [*skipped, Skipped(rows[nested], pa.array(shown, pa.string()), reason)]
    kept = sorted(set(range(len(records))) - set(nested))
    columns = {
        name: pa.array([_as_text(values[i]) for i in kept], pa.string())
        for name, values in found.items()
    }
    return Batch(rows[kept], pa.table(columns), tuple(skipped))


def _reach(record: dict[str, Any], name: str) -> Any:
    if name in record:
        return record[name]
    value: Any = record
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _as_text(value: Any) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else _valid(str(value))


def _valid(text: str) -> str:
    """Lone surrogates, which JSON can spell but text cannot hold, become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
