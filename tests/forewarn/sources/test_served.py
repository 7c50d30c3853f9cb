"""Agents who serve several groups: read from every source, and what is refused."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forewarn.ingest import ingest
from forewarn.quarantine import read_quarantine
from forewarn.served import groups_served
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

Make = Callable[..., Workspace]
TICKET = "ticket_id,created_at\nT1,2026-03-01T08:00Z\n"
SOURCES = """
  - {{name: t, shape: tickets, path: t.csv}}
  - {{name: a, shape: agents, {where}}}
"""
ROWS = (
    {"agent_id": "A1", "group_id": "net", "also_serves": " mail , voice"},
    {"agent_id": "A2", "group_id": "mail", "also_serves": None},
)


def write_csv(folder: Path) -> str:
    """The agents as CSV, quoted; returns where."""
    (folder / "a.csv").write_text(
        'agent_id,group_id,also_serves\nA1,net," mail , voice"\nA2,mail,\n', "utf-8"
    )
    return "path: a.csv"


def write_json_lines(folder: Path) -> str:
    """The agents as JSON Lines, one without the key; returns where."""
    (folder / "a.jsonl").write_text(
        '{"agent_id": "A1", "group_id": "net", "also_serves": " mail , voice"}\n'
        '{"agent_id": "A2", "group_id": "mail"}\n',
        "utf-8",
    )
    return "path: a.jsonl"


def write_parquet(folder: Path) -> str:
    """The agents as Parquet; returns where."""
    pq.write_table(pa.Table.from_pylist(list(ROWS)), folder / "a.parquet")
    return "path: a.parquet"


def write_database(folder: Path) -> str:
    """The agents as a table of SQLite; returns where."""
    with closing(sqlite3.connect(folder / "a.db")) as database:
        database.execute("CREATE TABLE agents (agent_id TEXT, group_id TEXT, also_serves TEXT)")
        values = "(:agent_id, :group_id, :also_serves)"
        database.executemany(f"INSERT INTO agents VALUES {values}", ROWS)  # noqa: S608 - a literal
        database.commit()
    return 'url: "sqlite:///a.db", query: agents'


@pytest.mark.parametrize("write", [write_csv, write_json_lines, write_parquet, write_database])
def test_every_source_tells_further_groups(
    workspace: Make, tmp_path: Path, write: Callable[[Path], str]
) -> None:
    """A1 serves mail and voice besides net; A2, of whom nothing is said, mail alone."""
    ws = workspace(SOURCES.format(where=write(tmp_path)), t__csv=TICKET)
    ingest(ws)
    agents = read_tables(ws.tables).agents
    served = [groups_served(*row) for row in agents[["group_id", "also_serves"]].to_numpy()]
    assert served == [("net", "mail", "voice"), ("mail",)]
    assert agents["also_serves"].isna().tolist() == [False, True]


def refused(ws: Workspace) -> list[tuple[int, str | None, str]]:
    """Row, value and reason of all that an ingest refuses."""
    ingest(ws)
    frame = read_quarantine(ws).sort_values("row")
    return list(zip(frame["row"], frame["value"], frame["reason"], strict=True))


ANY = "ingest: {max_quarantined_share: 1}\n"


def test_what_cannot_be_meant_is_refused(workspace: Make) -> None:
    """An empty name, and no group to begin with; the own group and one told twice stay once."""
    ws = workspace(
        SOURCES.format(where="path: a.csv"),
        more=ANY,
        t__csv=TICKET,
        a__csv=(
            "agent_id,group_id,also_serves\nB1,net,unheard of\n"
            'B2,net,"mail,,voice"\nB3,net,"mail,"\nB4,net,"mail, net"\nB5,net,"mail,mail"\n'
            "B6,,mail\nB7,net,ma\x1bil\nB8,net,net\n"
        ),
    )
    empty = "an empty name before, between or after commas"
    assert refused(ws) == [
        (3, "mail,,voice", empty),
        (4, "mail,", empty),
        (7, "mail", "further groups of an agent who is in none: name one of them as group_id"),
        (8, "ma\x1bil", "holds an unprintable character"),
    ]
    agents = read_tables(ws.tables).agents
    assert agents["agent_id"].tolist() == ["B1", "B4", "B5", "B8"]
    assert agents["also_serves"].fillna("none").tolist() == ["unheard of", "mail", "mail", "none"]


def test_a_source_without_groups_has_no_further_ones(workspace: Make) -> None:
    """Where no column is the group_id, further groups have nothing to be further to."""
    csv = "agent_id,also_serves\nA1,mail\nA2,\n"
    ws = workspace(SOURCES.format(where="path: a.csv"), more=ANY, t__csv=TICKET, a__csv=csv)
    assert [row for row, _, _ in refused(ws)] == [2]


def test_lists_are_refused_in_words(workspace: Make, tmp_path: Path) -> None:
    """A list of a Parquet file, or of a JSON line, is no text; its row is not guessed at."""
    rows = [{"agent_id": "A1", "group_id": "net", "also_serves": ["mail"]},
            {"agent_id": "A2", "group_id": "net", "also_serves": None}]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    ws = workspace(SOURCES.format(where="path: a.parquet"), more=ANY, t__csv=TICKET)
    ((row, _, reason),) = refused(ws)
    assert (row, reason) == (1, "a list where a text must be: write the groups with commas between")
    assert read_tables(ws.tables).agents["agent_id"].tolist() == ["A2"]
    line = '{"agent_id": "A1", "group_id": "net", "also_serves": ["mail"]}\n'
    ws = workspace(SOURCES.format(where="path: a.jsonl"), more=ANY, t__csv=TICKET, a__jsonl=line)
    ((_, _, reason),) = refused(ws)
    assert reason == "an object or a list where a value must be"


def test_a_later_fact_replaces_an_earlier_one(workspace: Make) -> None:
    """Facts of two instants are two rows; the same said again is one, a contradiction refused."""
    ws = workspace(
        SOURCES.format(where="path: a.csv"),
        more=ANY,
        t__csv=TICKET,
        a__csv=(
            "agent_id,occurred_at,group_id,also_serves\nA1,2026-01-01T00:00Z,net,mail\n"
            "A1,2026-02-01T00:00Z,net,\nA1,2026-02-01T00:00Z,net,\nA1,2026-01-01T00:00Z,net,voice\n"
        ),
    )
    reason = "this agent_id was given before for the same time with other values"
    assert refused(ws) == [(5, "A1", reason)]
    told = read_tables(ws.tables).agents["also_serves"]
    assert told.fillna("none").tolist() == ["mail", "none"]
