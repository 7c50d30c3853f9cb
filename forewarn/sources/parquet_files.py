"""Read Parquet files, a bounded number of rows at a time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from forewarn.errors import SourceError
from forewarn.sources.batch import Batch, Choose

_ROWS = 131_072
_MOST_BYTES_PER_ROW = 1 << 26


def read_parquet(path: Path, choose: Choose, *, file: str) -> Iterator[Batch]:
    """Batches of the chosen columns; rows count from 1. Raises SourceError for damage."""
    try:
        with pq.ParquetFile(path) as parquet:
            yield from _batches(parquet, choose, file=file)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError(
            f"{file}: not a readable Parquet file: {str(error).splitlines()[0]}"
        ) from error


def _batches(parquet: pq.ParquetFile, choose: Choose, *, file: str) -> Iterator[Batch]:
    chosen = choose(parquet.schema_arrow.names)
    _refuse_bomb(parquet.metadata, file=file)
    first = 1
    for records in parquet.iter_batches(batch_size=_ROWS, columns=list(chosen)):
        table = pa.table([_checked(c) for c in records.columns], names=records.schema.names)
        yield Batch(np.arange(first, first + table.num_rows, dtype=np.int64), table)
        first += table.num_rows


def _checked(column: pa.Array) -> pa.Array:
    """Text that is no valid UTF-8 as bytes, so that its rows can be refused."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        if pa.types.is_string(column.type):
            return column.cast(pa.binary())
        if pa.types.is_large_string(column.type):
            return column.cast(pa.large_binary())
        raise
    return column


def _refuse_bomb(metadata: pq.FileMetaData, *, file: str) -> None:
    """A row group that claims more bytes than its rows can hold is not unpacked."""
    for i in range(metadata.num_row_groups):
        group = metadata.row_group(i)
        if group.total_byte_size > max(1, group.num_rows) * _MOST_BYTES_PER_ROW:
            raise SourceError(
                f"{file}: row group {i} claims {group.total_byte_size:,} bytes for "
                f"{group.num_rows:,} rows; the file is damaged or hostile"
            )
