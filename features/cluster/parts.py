"""Canonical tables in parts, as Parquet: tickets and their events by a hash of ticket_id.

``tickets/00000.parquet``, ``ticket_events/00000.parquet`` ...: part 0 and so on. Customers and
their health are parted by a hash of customer_id; agents and groups, which are few, are one file
each. ``manifest.json`` says how many parts, the watermark and when the history begins.
"""

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.cluster import storage
from features.frames import to_arrow
from forewarn.errors import DataError
from forewarn.progress import Progress, silent
from forewarn.schema import SCHEMA_VERSION, SPECS, arrow_schema
from forewarn.sla.events import as_arrow, microseconds
from forewarn.tables import Tables

MANIFEST = "manifest.json"
_PARTED = {
    "tickets": "ticket_id", "ticket_events": "ticket_id",
    "customers": "customer_id", "customer_health": "customer_id",
}  # fmt: skip
_OF_TICKETS = ("tickets", "ticket_events")


def write_parts(tables: Tables, address: str, *, n_parts: int, progress: Progress = silent) -> None:
    """Write tables in ``n_parts`` parts; what lies there is replaced."""
    storage.remove_folder(address)
    for i, name in enumerate(SPECS):
        progress(f"Parts: {name}", i / len(SPECS))
        frame = getattr(tables, name)
        storage.make_folder(storage.place(address, name))
        part = _part_of(frame, name, n_parts)
        for number in range(n_parts if name in _PARTED else 1):
            rows = np.flatnonzero(part == number)
            storage.write_table(_file(address, name, number), _arrow(frame.take(rows), name))
    storage.write_json(storage.place(address, MANIFEST), _manifest(tables, n_parts))


def read_manifest(address: str) -> dict[str, Any]:
    """What the folder says of itself; DataError where it is none of ours, or of another time."""
    manifest = storage.read_json(storage.place(address, MANIFEST))
    if manifest.get("schema_version") != SCHEMA_VERSION:
        raise DataError(
            f"{address} was written with schema version {manifest.get('schema_version')}, "
            f"expected {SCHEMA_VERSION}: write the parts again"
        )
    return manifest


def read_part(address: str, number: int, *, of: int) -> Tables:
    """Every ``of``-th part from ``number`` on: its tickets, and whatever concerns these.

    Of customers only those that these tickets have; agents and groups are all there.
    """
    manifest = read_manifest(address)
    numbers = range(number, manifest["n_parts"], of)
    frames = {name: _read(address, name, numbers) for name in _OF_TICKETS}
    ours = as_arrow(frames["tickets"]["customer_id"]).unique()
    every = range(manifest["n_parts"])
    frames |= {name: _read_of(address, name, every, ours) for name in _PARTED if name not in frames}
    frames |= {name: _read(address, name, range(1)) for name in SPECS if name not in frames}
    return _tables(frames, manifest)


def _tables(frames: dict[str, pd.DataFrame], manifest: dict[str, Any]) -> Tables:
    watermark, attributes = pd.Timestamp(manifest["watermark"]), tuple(manifest["attributes"])
    return Tables(**frames, watermark=watermark, digest=manifest["digest"], attributes=attributes)


def _manifest(tables: Tables, n_parts: int) -> dict[str, Any]:
    tickets = tables.tickets
    known_at = np.maximum(microseconds(tickets["created_at"]), microseconds(tickets["known_at"]))
    return {
        "schema_version": SCHEMA_VERSION,
        "n_parts": n_parts,
        "n_tickets": len(tickets),
        "digest": tables.digest,
        "watermark": tables.watermark.isoformat(),
        "attributes": list(tables.attributes),
        "origin": int(known_at.min()) if known_at.size else 0,
    }


def _part_of(frame: pd.DataFrame, name: str, n_parts: int) -> np.ndarray:
    """Per row its part; the same for one text on every machine."""
    if name not in _PARTED:
        return np.zeros(len(frame), np.int64)
    texts = as_arrow(frame[_PARTED[name]]).dictionary_encode()
    digests = [
        hashlib.blake2b(t.encode(), digest_size=8).digest() for t in texts.dictionary.to_pylist()
    ]
    part = np.array([int.from_bytes(d) % n_parts for d in digests], np.int64)
    found: np.ndarray = part[texts.indices.to_numpy(zero_copy_only=False)]
    return found


def _arrow(frame: pd.DataFrame, name: str) -> pa.Table:
    canonical = arrow_schema(SPECS[name], {})
    more = {
        column: pa.float64() if pd.api.types.is_numeric_dtype(frame[column]) else pa.string()
        for column in frame.columns
        if column not in canonical.names
    }
    return to_arrow(frame, arrow_schema(SPECS[name], more))


def _read(address: str, name: str, numbers: range) -> pd.DataFrame:
    return _frame([storage.read_table(_file(address, name, n)) for n in numbers], address, name)


def _read_of(address: str, name: str, numbers: range, ours: pa.Array) -> pd.DataFrame:
    """The rows of these customers; one file is in memory at a time."""
    kept = []
    for number in numbers:
        table = storage.read_table(_file(address, name, number))
        mine = pa.compute.is_in(table["customer_id"].cast(pa.large_string()), value_set=ours)
        kept.append(table.filter(mine))
    return _frame(kept, address, name)


def _frame(found: list[pa.Table], address: str, name: str) -> pd.DataFrame:
    """The rows of several parts, in the order of the canonical table."""
    if not found:
        raise DataError(f"{address} has fewer parts than asked for: write it in more")
    frame: pd.DataFrame = pa.concat_tables(found).to_pandas()
    order = list(SPECS[name].order)
    return frame.sort_values(order, kind="stable", ignore_index=True)


def _file(address: str, name: str, number: int) -> str:
    return storage.place(address, name, f"{number:05d}.parquet")
