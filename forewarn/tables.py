"""The canonical tables: their columns, and how they are kept on disk.

Instants are UTC with microseconds. Every fact has ``occurred_at`` (when it was so) and
``known_at`` (when the source could first tell). Texts are null where nothing is known.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from forewarn.errors import DataError
from forewarn.files import replacing, sha256_of, write_text

SCHEMA_VERSION = 1
EVENT_KINDS = (
    "created", "assigned", "group_changed", "status_changed", "priority_changed",
    "category_changed", "agent_reply", "customer_reply", "internal_note", "solved",
    "reopened", "closed", "merged", "deleted", "spam", "sla_removed", "escalated", "csat",
    "arrived", "queued", "answered", "abandoned",
)  # fmt: skip
ACTOR_KINDS = ("agent", "customer", "bot", "system")
STATUS_CATEGORIES = ("new", "open", "pending", "on_hold", "solved", "closed")

Kind = Literal["text", "instant", "number", "count", "flag"]
ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "instant": pa.timestamp("us", tz="UTC"),
    "number": pa.float64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}


@dataclass(frozen=True)
class Column:
    """One column's contract. ``values``: the only texts allowed; ``least``/``most``: bounds."""

    name: str
    kind: Kind
    required: bool = False
    values: tuple[str, ...] | None = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class TableSpec:
    """A canonical table. ``key``: columns that identify a row; ``order``: how rows are sorted."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    order: tuple[str, ...]

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text") for name in names)


_TIMES = (
    Column("occurred_at", "instant", required=True),
    Column("known_at", "instant", required=True),
)

TICKETS = TableSpec(
    "tickets",
    "one row per ticket, as it was at creation",
    (
        Column("ticket_id", "text", required=True),
        Column("customer_id", "text"),
        Column("created_at", "instant", required=True),
        Column("known_at", "instant", required=True),
        *_texts("channel", "product", "category", "type", "priority", "group_id"),
        *_texts("subject", "description", "language"),
        Column("first_response_due_at", "instant"),
        Column("resolution_due_at", "instant"),
    ),
    key=("ticket_id",),
    order=("ticket_id",),
)
TICKET_EVENTS = TableSpec(
    "ticket_events",
    "one row per event of a ticket; sequence decides within one instant",
    (
        Column("ticket_id", "text", required=True),
        *_TIMES,
        Column("sequence", "count", required=True),
        Column("kind", "text", required=True, values=EVENT_KINDS),
        *_texts("from_value", "to_value", "actor_id"),
        Column("actor_kind", "text", values=ACTOR_KINDS),
        Column("is_public", "flag", required=True),
        Column("detail", "text"),
    ),
    key=("ticket_id", "occurred_at", "sequence", "kind"),
    order=("ticket_id", "occurred_at", "sequence", "kind"),
)
CUSTOMERS = TableSpec(
    "customers",
    "one row per customer and instant from which it holds",
    (
        Column("customer_id", "text", required=True),
        *_TIMES,
        Column("tier", "text"),
        Column("contract_value", "number", least=0),
        *_texts("region", "time_zone"),
        Column("renewal_on", "instant"),
        Column("loyalty", "number"),
        Column("criticality", "text"),
        Column("owner", "text"),
    ),
    key=("customer_id", "occurred_at", "known_at"),
    order=("customer_id", "occurred_at", "known_at"),
)
CUSTOMER_HEALTH = TableSpec(
    "customer_health",
    "one row per customer and measured score (0 to 100, 100 is healthy)",
    (
        Column("customer_id", "text", required=True),
        *_TIMES,
        Column("score", "number", required=True, least=0, most=100),
        *_texts("components", "source", "override_author"),
        Column("override_score", "number", least=0, most=100),
        Column("override_expires_at", "instant"),
    ),
    key=("customer_id", "occurred_at", "known_at"),
    order=("customer_id", "occurred_at", "known_at"),
)
AGENTS = TableSpec(
    "agents",
    "one row per agent and instant from which it holds",
    (
        Column("agent_id", "text", required=True),
        *_TIMES,
        *_texts("group_id", "seniority", "shift"),
    ),
    key=("agent_id", "occurred_at", "known_at"),
    order=("agent_id", "occurred_at", "known_at"),
)
GROUPS = TableSpec(
    "groups",
    "one row per group and instant from which it holds",
    (
        Column("group_id", "text", required=True),
        *_TIMES,
        *_texts("name", "calendar"),
    ),
    key=("group_id", "occurred_at", "known_at"),
    order=("group_id", "occurred_at", "known_at"),
)
SPECS = {t.name: t for t in (TICKETS, TICKET_EVENTS, CUSTOMERS, CUSTOMER_HEALTH, AGENTS, GROUPS)}


@dataclass(frozen=True)
class Tables:
    """All canonical tables of one ingest.

    ``attributes``: further columns of ``tickets`` (text or number), by whitelist.
    ``watermark``: the source is complete up to here (the latest known_at).
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


def arrow_schema(spec: TableSpec, attributes: Mapping[str, pa.DataType]) -> pa.Schema:
    """The schema of a table on disk; ``attributes`` are the pass-through columns of tickets."""
    fields = [pa.field(c.name, ARROW[c.kind], nullable=not c.required) for c in spec.columns]
    return pa.schema(fields + [pa.field(name, kind) for name, kind in attributes.items()])


def empty_frame(spec: TableSpec) -> pd.DataFrame:
    """A table of no rows with the right types."""
    return _to_pandas(arrow_schema(spec, {}).empty_table())


def write_tables(folder: Path, frames: Mapping[str, pd.DataFrame], state: Mapping[str, Any]) -> str:
    """Write all tables, then move the manifest onto them in one rename; return the digest.

    ``frames``: by table name, columns as in SPECS plus attributes. ``state``: what the
    next ingest needs to read only what is new; kept in the manifest as it is.
    """
    entries = {name: _write_table(folder, spec, frames[name]) for name, spec in SPECS.items()}
    text = json.dumps([SCHEMA_VERSION, sorted((n, e["content"]) for n, e in entries.items())])
    digest = hashlib.sha256(text.encode()).hexdigest()
    watermark = max(e["watermark"] for e in entries.values())
    manifest = {
        "schema_version": SCHEMA_VERSION,
        "digest": digest,
        "watermark": watermark,
        "tables": entries,
        "state": dict(state),
    }
    write_text(folder / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True))
    kept = {e["file"] for e in entries.values()}
    for path in folder.glob("*.parquet"):
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


def _write_table(folder: Path, spec: TableSpec, frame: pd.DataFrame) -> dict[str, Any]:
    known = {c.name for c in spec.columns}
    extra = {c: _attribute_type(frame[c]) for c in sorted(frame.columns) if c not in known}
    schema = arrow_schema(spec, extra)
    ordered = frame.sort_values(list(spec.order), kind="stable")[schema.names]
    table = pa.Table.from_pandas(ordered, schema=schema, preserve_index=False)
    with replacing(folder / f"{spec.name}.parquet.new") as temporary:
        pq.write_table(table.replace_schema_metadata(None), temporary, compression="zstd")
    content = sha256_of(folder / f"{spec.name}.parquet.new")
    file = f"{spec.name}-{content[:16]}.parquet"
    (folder / f"{spec.name}.parquet.new").replace(folder / file)
    latest = frame["known_at"].max()
    watermark = pd.Timestamp(0, tz="UTC") if pd.isna(latest) else latest
    rows = len(frame)
    return {"file": file, "rows": rows, "content": content, "watermark": watermark.isoformat()}


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
