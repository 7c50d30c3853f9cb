"""The canonical tables on disk: one module reads and writes them.

A folder of Parquet files and a ``manifest.json`` that names them with their digests.
Files never change under their name; a new manifest replaces the old one in one rename,
so a reader sees the tables of one ingest or of the next, whenever a writer was killed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from forewarn.errors import DataError
from forewarn.files import sha256_of, write_text
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
from forewarn.table_writer import TableWriter, write_table, writing

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
    for path in (*folder.glob("*.parquet*"), *folder.glob(".*.tmp")):
        if path.name not in kept:
            path.unlink(missing_ok=True)
    return digest


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest, or DataError where nothing was ingested or a newer version wrote it."""
    try:
        manifest: Any = json.loads((folder / "manifest.json").read_text("utf-8"))
    except FileNotFoundError:
        raise DataError("no tables yet: run 'forewarn ingest' first") from None
    except ValueError as error:
        raise DataError(
            f"{folder / 'manifest.json'} is damaged: {error}; run 'forewarn ingest --rebuild'"
        ) from error
    if not isinstance(manifest, dict):
        raise DataError(f"{folder / 'manifest.json'} is damaged; run 'forewarn ingest --rebuild'")
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise DataError(
            f"tables were written with schema version {manifest.get('schema_version')}, this "
            f"forewarn reads {SCHEMA_VERSION}: run 'forewarn ingest --rebuild'"
        )
    found: dict[str, Any] = manifest
    return found


def read_tables(folder: Path) -> Tables:
    """The tables that the manifest names; raises DataError where one is missing or altered."""
    manifest = read_manifest(folder)
    try:
        return _read_all(folder, manifest)
    except DataError:
        newer = read_manifest(folder)
        if newer["digest"] == manifest["digest"]:
            raise
        return _read_all(folder, newer)  # an ingest ended meanwhile


def _read_all(folder: Path, manifest: Mapping[str, Any]) -> Tables:
    frames = {n: _read_table(folder, manifest["tables"][n], spec) for n, spec in SPECS.items()}
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
    return pa.table([_column(ordered[f.name], f.type) for f in schema], schema=schema)


def _column(values: pd.Series, kind: pa.DataType) -> pa.Array:
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        wall = values.dt.tz_convert(None).to_numpy()
        return pa.array(wall, from_pandas=True).cast(pa.timestamp("us")).cast(kind)
    return pa.array(values, kind, from_pandas=True)


def _read_table(folder: Path, entry: Mapping[str, Any], spec: TableSpec) -> pd.DataFrame:
    path = folder / str(entry["file"])
    if not path.is_file() or sha256_of(path) != entry["content"]:
        raise DataError(f"{path} is missing or was altered: run 'forewarn ingest --rebuild'")
    return _to_pandas(_complete(pq.read_table(path), spec))


def _complete(table: pa.Table, spec: TableSpec) -> pa.Table:
    """With nulls for optional columns that came into the contract after the table was written."""
    for column in spec.columns:
        if not column.required and column.name not in table.column_names:
            nothing = pa.nulls(table.num_rows, ARROW[column.kind])
            table = table.append_column(column.name, nothing)
    return table


def _to_pandas(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _attribute_type(column: pd.Series) -> pa.DataType:
    return pa.float64() if pd.api.types.is_numeric_dtype(column) else pa.string()
