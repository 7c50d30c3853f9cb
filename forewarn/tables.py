"""The canonical tables on disk: one module reads and writes them.

A folder of Parquet files and a ``manifest.json`` that names them with their digests.
Files never change under their name; a new manifest replaces the old one in one rename,
so a reader sees the tables of one ingest or of the next, whenever a writer was killed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from forewarn.errors import DataError
from forewarn.files import replacing, sha256_of, write_text
from forewarn.schema import (
    ACTOR_KINDS,
    AGENTS,
    ARROW,
    CUSTOMER_HEALTH,
    CUSTOMERS,
    EVENT_KINDS,
    GROUPS,
    SCHEMA_VERSION,
    SPECS,
    STATUS_CATEGORIES,
    TICKET_EVENTS,
    TICKETS,
    Column,
    TableSpec,
    arrow_schema,
)

__all__ = [
    "ACTOR_KINDS",
    "AGENTS",
    "ARROW",
    "CUSTOMERS",
    "CUSTOMER_HEALTH",
    "EVENT_KINDS",
    "GROUPS",
    "SCHEMA_VERSION",
    "SPECS",
    "STATUS_CATEGORIES",
    "TICKETS",
    "TICKET_EVENTS",
    "Column",
    "TableSpec",
    "TableWriter",
    "Tables",
    "arrow_schema",
    "commit_tables",
    "empty_frame",
    "read_manifest",
    "read_tables",
    "write_table",
    "write_tables",
    "writing",
]

_ROW_GROUP = 262_144
_NEVER = pd.Timestamp(0, tz="UTC")


@dataclass(frozen=True)
class Tables:
    """All canonical tables of one ingest.

    ``attributes``: further columns of ``tickets`` (text or number), by whitelist.
    ``watermark``: the source is complete up to here (latest known_at of tickets and events).
    ``digest``: hash of the content; equal content, equal digest.
    """

    tickets: pd.DataFrame
    ticket_events: pd.DataFrame
    customers: pd.DataFrame
    customer_health: pd.DataFrame
    agents: pd.DataFrame
    groups: pd.DataFrame
    watermark: pd.Timestamp
    digest: str
    attributes: tuple[str, ...] = ()


def empty_frame(spec: TableSpec) -> pd.DataFrame:
    """A table of no rows with the right types."""
    return _to_pandas(arrow_schema(spec, {}).empty_table())


def write_tables(folder: Path, frames: Mapping[str, pd.DataFrame], state: Mapping[str, Any]) -> str:
    """Write all tables, then move the manifest onto them in one rename; return the digest.

    ``frames``: by table name, columns as in SPECS plus attributes. ``state``: what the
    next ingest needs to read only what is new; kept in the manifest as it is.
    """
    entries = {
        name: write_table(folder, name, _arrow(spec, frames[name])) for name, spec in SPECS.items()
    }
    return commit_tables(folder, entries, state)


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
    unnamed.replace(folder / file)
    writer.entry = {
        "file": file, "rows": rows, "content": content, "watermark": latest.isoformat()
    }  # fmt: skip


def write_table(folder: Path, name: str, table: pa.Table) -> dict[str, Any]:
    """Write one table that is in memory; return its entry for the manifest."""
    with writing(folder, name, table.schema) as writer:
        writer.add(table)
    return writer.entry


def commit_tables(
    folder: Path,
    entries: Mapping[str, Mapping[str, Any]],
    state: Mapping[str, Any],
    *,
    quarantine: Mapping[str, Any] | None = None,
) -> str:
    """Name the written files in a new manifest, remove those no longer named, return the digest.

    ``entries``: one per canonical table.
    """
    text = json.dumps([SCHEMA_VERSION, sorted((n, e["content"]) for n, e in entries.items())])
    digest = hashlib.sha256(text.encode()).hexdigest()
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "digest": digest,
        "watermark": max(entries[n]["watermark"] for n in ("tickets", "ticket_events")),
        "tables": dict(entries),
        "quarantine": quarantine,
        "state": dict(state),
    }
    write_text(folder / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True))
    kept = {e["file"] for e in (*entries.values(), *([quarantine] if quarantine else []))}
    for path in folder.glob("*.parquet*"):
        if path.name not in kept:
            path.unlink(missing_ok=True)
    return digest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, or DataError where nothing was ingested or a newer version wrote it."""
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        raise DataError("no tables yet: run 'forewarn ingest' first") from None
    except ValueError as error:
        raise DataError(
            f"{folder / 'manifest.json'} is damaged: {error}; run 'forewarn ingest --rebuild'"
        ) from error
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise DataError(
            f"tables were written with schema version {manifest.get('schema_version')}, this "
            f"forewarn reads {SCHEMA_VERSION}: run 'forewarn ingest --rebuild'"
        )
    return manifest


def read_tables(folder: Path) -> Tables:
    """The tables that the manifest names; raises DataError where one is missing or altered."""
    manifest = read_manifest(folder)
    frames = {name: _read_table(folder, manifest["tables"][name]) for name in SPECS}
    known = {c.name for c in TICKETS.columns}
    return Tables(
        **frames,
        watermark=pd.Timestamp(manifest["watermark"]),
        digest=manifest["digest"],
        attributes=tuple(c for c in frames["tickets"].columns if c not in known),
    )


def _arrow(spec: TableSpec, frame: pd.DataFrame) -> pa.Table:
    known = {c.name for c in spec.columns}
    extra = {c: _attribute_type(frame[c]) for c in sorted(frame.columns) if c not in known}
    schema = arrow_schema(spec, extra)
    ordered = frame.sort_values(list(spec.order), kind="stable")[schema.names]
    table = pa.Table.from_pandas(ordered, schema=schema, preserve_index=False)
    return table.replace_schema_metadata(None)


def _read_table(folder: Path, entry: Mapping[str, Any]) -> pd.DataFrame:
    path = folder / str(entry["file"])
    if not path.is_file() or sha256_of(path) != entry["content"]:
        raise DataError(f"{path} is missing or was altered: run 'forewarn ingest --rebuild'")
    return _to_pandas(pq.read_table(path))


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _attribute_type(column: pd.Series) -> pa.DataType:
    return pa.float64() if pd.api.types.is_numeric_dtype(column) else pa.string()
