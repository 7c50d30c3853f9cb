"""Write one table to a Parquet file that is named by its content."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forewarn.files import rename_durably, replacing, sha256_of

_ROW_GROUP = 262_144
_NEVER = pd.Timestamp(0, tz="UTC")


class TableWriter:
    """Takes the rows of one table piece by piece; made by ``writing``.

    ``entry``: what the manifest says of the file, once it is written.
    """

    def __init__(self, writer: pq.ParquetWriter, schema: pa.Schema) -> None:
        self._writer = writer
        self._schema = schema
        self._waiting = schema.empty_table()
        self._rows = 0
        self._latest = _NEVER
        self.entry: dict[str, Any] = {}

    def add(self, rows: pa.Table) -> None:
        """Append rows; they reach the file in groups of one size, so that cuts do not matter."""
        plain = rows.select(self._schema.names).cast(self._schema).replace_schema_metadata(None)
        self._waiting = pa.concat_tables([self._waiting, plain])
        while self._waiting.num_rows >= _ROW_GROUP:
            self._write(self._waiting.slice(0, _ROW_GROUP))
            self._waiting = self._waiting.slice(_ROW_GROUP)

    def finish(self) -> tuple[int, pd.Timestamp]:
        """Write what waits; return the number of rows and the latest known_at."""
        if self._waiting.num_rows:
            self._write(self._waiting)
        self._writer.close()
        return self._rows, self._latest

    def _write(self, rows: pa.Table) -> None:
        self._writer.write_table(rows.combine_chunks(), row_group_size=_ROW_GROUP)
        self._rows += rows.num_rows
        if "known_at" in self._schema.names and rows.num_rows:
            latest = pd.Timestamp(pc.max(rows["known_at"]).as_py())
            self._latest = self._latest if pd.isna(latest) else max(self._latest, latest)


@contextmanager
def writing(folder: Path, name: str, schema: pa.Schema) -> Iterator[TableWriter]:
    """Write one file, named by its content: equal rows, equal bytes, equal name."""
    schema = schema.remove_metadata()
    unnamed = folder / f"{name}.parquet.new"
    with (
        replacing(unnamed) as temporary,
        pq.ParquetWriter(temporary, schema, compression="zstd") as parquet,
    ):
        writer = TableWriter(parquet, schema)
        yield writer
        rows, latest = writer.finish()
    content = sha256_of(unnamed)
    file = f"{name}-{content[:16]}.parquet"
    rename_durably(unnamed, folder / file)
    writer.entry = {
        "file": file, "rows": rows, "content": content, "watermark": latest.isoformat()
    }  # fmt: skip


def write_table(folder: Path, name: str, table: pa.Table) -> dict[str, Any]:
    """Write one table that is in memory; return its entry for the manifest."""
    with writing(folder, name, table.schema) as writer:
        writer.add(table)
    return writer.entry
