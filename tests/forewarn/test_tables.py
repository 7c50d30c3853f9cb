"""Canonical tables survive the way to disk and back; equal content, equal bytes."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forewarn.errors import DataError
from forewarn.tables import (
    AGENTS,
    SPECS,
    TICKETS,
    arrow_schema,
    empty_frame,
    read_manifest,
    read_tables,
    write_table,
    write_tables,
    writing,
)

WHEN = pd.Timestamp("2026-03-01T09:00Z").as_unit("us")


def frames() -> dict[str, pd.DataFrame]:
    """Empty tables but for two tickets with an attribute of each kind."""
    tickets = empty_frame(TICKETS).reindex(range(2))
    tickets = tickets.assign(
        ticket_id=["b", "a"], created_at=WHEN, known_at=WHEN, seats=[1.0, None], plan=["x", None]
    )
    return {name: empty_frame(spec) for name, spec in SPECS.items()} | {"tickets": tickets}


def test_round_trip(tmp_path: Path) -> None:
    """What was written is read, sorted by its order, with attributes and state."""
    digest = write_tables(tmp_path, frames(), {"note": 1})
    tables = read_tables(tmp_path)
    assert tables.tickets["ticket_id"].tolist() == ["a", "b"]
    assert tables.tickets["seats"].dropna().tolist() == [1.0]
    assert (tables.digest, sorted(tables.attributes)) == (digest, ["plan", "seats"])
    assert tables.watermark == pd.Timestamp("2026-03-01T09:00Z")
    assert str(tables.tickets["created_at"].dtype) == "datetime64[us, UTC]"
    assert str(tables.tickets["ticket_id"].dtype) == "str"
    assert read_manifest(tmp_path)["state"] == {"note": 1}


def test_equal_content_equal_bytes(tmp_path: Path) -> None:
    """The digest does not depend on the order in which rows came; old files go."""
    first = write_tables(tmp_path, frames(), {})
    names = sorted(p.name for p in tmp_path.glob("*.parquet"))
    turned = frames()
    turned["tickets"] = turned["tickets"].iloc[::-1]
    assert write_tables(tmp_path, turned, {}) == first
    assert sorted(p.name for p in tmp_path.glob("*.parquet")) == names
    turned["tickets"] = turned["tickets"].assign(channel="web")
    assert write_tables(tmp_path, turned, {}) != first
    assert len(list(tmp_path.glob("*.parquet"))) == 6


def test_cuts_do_not_matter(tmp_path: Path) -> None:
    """A table written in pieces has the bytes of one written at once."""
    table = pa.table({"n": pa.array(range(600_000)), "known_at": pa.nulls(600_000, pa.int64())})
    whole = write_table(tmp_path, "whole", table.select(["n"]))
    with writing(tmp_path, "pieces", table.select(["n"]).schema) as writer:
        for start in range(0, 600_000, 77_777):
            writer.add(table.select(["n"]).slice(start, 77_777))
    assert writer.entry["content"] == whole["content"]
    assert writer.entry["rows"] == 600_000


def test_nothing_ingested(tmp_path: Path) -> None:
    """Without tables the message says what to run."""
    with pytest.raises(DataError, match="no tables yet: run 'forewarn ingest' first"):
        read_tables(tmp_path)


def test_altered_file(tmp_path: Path) -> None:
    """A table whose bytes changed is not read."""
    write_tables(tmp_path, frames(), {})
    path = next(tmp_path.glob("tickets-*.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"X")
    with pytest.raises(DataError, match="missing or was altered"):
        read_tables(tmp_path)


def test_newer_version(tmp_path: Path) -> None:
    """Tables of another schema version are refused by name."""
    write_tables(tmp_path, frames(), {})
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 99}))
    with pytest.raises(DataError, match="schema version 99, this forewarn reads 1"):
        read_tables(tmp_path)


def test_tables_of_before_a_column(tmp_path: Path) -> None:
    """A table that was written when the contract had no ``also_serves`` is read with nulls."""
    told = (
        empty_frame(AGENTS)
        .reindex(range(1))
        .assign(agent_id="A1", group_id="net", occurred_at=WHEN, known_at=WHEN)
    )
    write_tables(tmp_path, frames() | {"agents": told}, {})
    (path,) = tmp_path.glob("agents-*.parquet")
    older = pq.read_table(path).drop_columns("also_serves")
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    manifest["tables"]["agents"] = write_table(tmp_path, "agents", older)
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    agents = read_tables(tmp_path).agents
    assert agents["agent_id"].tolist() == ["A1"]
    assert agents["also_serves"].isna().tolist() == [True]
    assert dict(agents.dtypes) == dict(empty_frame(AGENTS).dtypes)


@pytest.mark.parametrize("spec", SPECS.values(), ids=lambda spec: spec.name)
def test_specs(spec: object) -> None:
    """Keys and orders are columns of their table, and what orders a table is required."""
    table = SPECS[spec.name]  # type: ignore[attr-defined]
    names = arrow_schema(table, {}).names
    assert set(table.key) | set(table.order) <= set(names)
    assert all(table.column(c).required for c in table.order)  # type: ignore[union-attr]
