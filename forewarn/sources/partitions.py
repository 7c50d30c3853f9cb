"""Cut tickets by ranges of their ids, so that memory is bounded by one range."""

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from forewarn.config import Source
from forewarn.sources.frames import PART
from forewarn.sources.parts import Part, read_part

ROWS_PER_PARTITION = 250_000
_SAMPLED = 64


def gather(folder: Path, source: Source, parts: Sequence[Part]) -> Iterator[pa.Table]:
    """Rows of one source from all its parts, each with the position of its part."""
    for index, part in enumerate(parts):
        if part.source == source.name:
            for table in read_part(folder, part):
                number = pa.repeat(pa.scalar(index, pa.int32()), table.num_rows)
                yield table.append_column(PART, number)


def partitions(
    folder: Path,
    sources: Sequence[Source],
    parts: Sequence[Part],
    *,
    scratch: Path,
    rows_per_partition: int = ROWS_PER_PARTITION,
) -> Iterator[dict[str, pa.Table]]:
    """Rows by source, of all tickets whose ids lie in one range, range after range.

    Few rows stay in memory; many go through files in ``scratch``.
    """
    names = {s.name for s in sources}
    n_rows = sum(p.n_read - p.n_refused for p in parts if p.source in names)
    if n_rows <= 1.5 * rows_per_partition:
        tables = {s.name: list(gather(folder, s, parts)) for s in sources}
        yield {name: pa.concat_tables(found) for name, found in tables.items() if found}
        return
    bounds = _bounds(folder, sources, parts, count=-(-n_rows // rows_per_partition))
    for source in sources:
        _spill(gather(folder, source, parts), bounds, scratch=scratch, name=source.name)
    for number in range(len(bounds) + 1):
        yield {s.name: t for s in sources if (t := _unspill(scratch, s.name, number)) is not None}


def _bounds(
    folder: Path, sources: Sequence[Source], parts: Sequence[Part], *, count: int
) -> pa.Array:
    """The ids at which ranges begin, from every 64th row."""
    sampled = [
        table["ticket_id"].take(pa.array(np.arange(0, table.num_rows, _SAMPLED)))
        for source in sources
        for table in gather(folder, source, parts)
    ]
    ids = pc.array_sort_indices(pa.chunked_array(sampled).combine_chunks())
    ordered = pa.chunked_array(sampled).combine_chunks().take(ids)
    at = np.linspace(0, len(ordered), count + 1)[1:-1].astype(np.int64)
    return pc.unique(ordered.take(pa.array(at)))


def _spill(tables: Iterator[pa.Table], bounds: pa.Array, *, scratch: Path, name: str) -> None:
    with contextlib.ExitStack() as stack:
        writers: dict[int, ipc.RecordBatchFileWriter] = {}
        for table in tables:
            number = _range_of(table["ticket_id"], bounds)
            for n in np.unique(number):
                if n not in writers:
                    options = ipc.IpcWriteOptions(compression="lz4")
                    path = scratch / f"{name}-{n}.arrow"
                    writer = ipc.new_file(str(path), table.schema, options=options)
                    writers[n] = stack.enter_context(writer)
                writers[n].write_table(table.filter(pa.array(number == n)))


def _range_of(ids: pa.ChunkedArray, bounds: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """How many bounds lie at or below each id."""
    encoded = ids.combine_chunks().dictionary_encode()
    both = pa.concat_arrays([bounds, encoded.dictionary])
    order = pc.array_sort_indices(both).to_numpy()
    is_bound = order < len(bounds)
    below = np.empty(len(both), dtype=np.int64)
    below[order] = np.cumsum(is_bound)
    equal = pc.is_in(encoded.dictionary, value_set=bounds).to_numpy(zero_copy_only=False)
    found = below[len(bounds) :]
    exact = pc.index_in(encoded.dictionary, value_set=bounds)
    at = pc.fill_null(exact, 0).to_numpy(zero_copy_only=False) + 1
    found = np.where(equal, at, found)
    result: np.ndarray[tuple[int], np.dtype[np.int64]] = found[
        encoded.indices.to_numpy(zero_copy_only=False)
    ]
    return result


def _unspill(scratch: Path, name: str, number: int) -> pa.Table | None:
    path = scratch / f"{name}-{number}.arrow"
    if not path.exists():
        return None
    with pa.memory_map(str(path)) as file:
        table = ipc.open_file(file).read_all()
    path.unlink()
    return table
