"""Every Parquet case of the list of bad input."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forewarn.errors import DataError, SourceError
from forewarn.ingest import ingest
from forewarn.quarantine import read_quarantine
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

Make = Callable[..., Workspace]
SOURCE = "  - {name: t, shape: tickets, path: t.parquet, time_zone: America/New_York}"
WHEN = dt.datetime(2026, 3, 1, 9)  # noqa: DTZ001  # naive on purpose


@pytest.fixture
def parquet(workspace: Make) -> Callable[..., Workspace]:
    """A workspace of one Parquet file."""

    def make(table: pa.Table | bytes, **options: object) -> Workspace:
        ws = workspace(SOURCE, more="ingest: {max_quarantined_share: 1}\n")
        path = ws.root / "t.parquet"
        if isinstance(table, bytes):
            path.write_bytes(table)
        else:
            pq.write_table(table, path, **options)
        return ws

    return make


def good(path: Path) -> bytes:
    """A sound file's bytes."""
    pq.write_table(pa.table({"ticket_id": ["T1"], "created_at": [WHEN]}), path)
    return path.read_bytes()


def test_types(parquet: Make) -> None:
    """Integers, codes and times of any unit are read as what they are."""
    table = pa.table(
        {
            "ticket_id": pa.array([1, 22], pa.int32()),
            "created_at": pa.array([WHEN, WHEN], pa.timestamp("ns")),
            "priority": pa.array(["high", "high"]).dictionary_encode(),
            "group_id": pa.array([1.0, None]),
            "channel": pa.array([True, False]),
            "category": pa.array([b"net", b"\xff"]),
        }
    )
    ws = parquet(table)
    ingest(ws)
    tickets = read_tables(ws.tables).tickets
    assert tickets["ticket_id"].tolist() == ["1"]
    assert tickets["created_at"][0].isoformat() == "2026-03-01T14:00:00+00:00"
    assert tickets.loc[0, ["priority", "group_id", "channel", "category"]].tolist() == [
        "high", "1", "true", "net",
    ]  # fmt: skip
    assert read_quarantine(ws)["reason"].tolist() == ["holds an unprintable character"]


def test_broken_text(parquet: Make) -> None:
    """Text that claims to be UTF-8 and is not is refused with its row."""
    raw = pa.Array.from_buffers(pa.string(), 2, pa.array([b"T1", b"T\xff"]).buffers())
    ws = parquet(pa.table({"ticket_id": raw, "created_at": [WHEN, WHEN]}))
    ingest(ws)
    assert read_quarantine(ws)["row"].tolist() == [2]


def test_wrong_physical_types(parquet: Make) -> None:
    """A number where a time must be, and a nested value, are refused row by row."""
    table = pa.table({"ticket_id": [["a"], ["b"]], "created_at": [20260301, 1456708560]})
    ws = parquet(table)
    with pytest.raises(DataError, match="the sources hold no ticket"):
        ingest(ws)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda b: b"PAR2" + b[4:-4] + b"PAR2",
        lambda b: b[:-20],
        lambda b: b[:-8] + bytes([b[-8] ^ 0xFF]) + b[-7:],
        lambda b: b[:-60] + bytes(x ^ 0xFF for x in b[-60:-10]) + b[-10:],
    ],
    ids=["empty", "magic", "cut", "footer length", "footer"],
)
def test_damage(parquet: Make, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    """A damaged file is refused by name."""
    with pytest.raises(SourceError, match=r"t\.parquet: not a readable Parquet file"):
        ingest(parquet(damage(good(tmp_path / "good.parquet"))))


def test_no_row_groups(parquet: Make) -> None:
    """A file of no rows is no mistake of its own."""
    table = pa.table({"ticket_id": ["T1"], "created_at": [WHEN]}).slice(0, 0)
    with pytest.raises(DataError, match="the sources hold no ticket"):
        ingest(parquet(table))


def test_bomb(parquet: Make) -> None:
    """One value of 65 MB, packed into nothing, is not unpacked."""
    big = pa.array(["x" * (65 << 20)])
    table = pa.table({"ticket_id": ["T1"], "created_at": [WHEN], "channel": big})
    with pytest.raises(SourceError, match=r"row group 0 claims .* bytes for 1 rows"):
        ingest(parquet(table, compression="zstd"))


def test_packed_twice(parquet: Make, tmp_path: Path) -> None:
    """A compressed Parquet file is refused with what to do."""
    ws = parquet(good(tmp_path / "good.parquet"))
    (ws.root / "t.parquet").rename(ws.root / "t.parquet.gz")
    ws.config_path.write_text(ws.config_path.read_text().replace("t.parquet", "t.parquet.gz"))
    with pytest.raises(SourceError, match="Parquet compresses by itself; unpack this file"):
        ingest(Workspace(ws.root))
