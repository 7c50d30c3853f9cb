"""SQL sources on SQLite: whole reads, cursors, and every way to point at nothing."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from forewarn.errors import ConfigError, SourceError
from forewarn.ingest import ingest
from forewarn.quarantine import read_quarantine
from forewarn.sources import reading
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

Make = Callable[..., Workspace]
SOURCE = """
  - name: desk
    shape: flat_tickets
    url: sqlite:///desk.db
    query: tickets
    time_zone: UTC
    columns: {ticket_id: id, created_at: opened}
"""


@pytest.fixture
def desk(workspace: Make) -> Iterator[tuple[Callable[..., Workspace], sqlite3.Connection]]:
    """A workspace on a SQLite database with three tickets, and the open database."""
    ws = workspace(SOURCE)
    with closing(sqlite3.connect(ws.root / "desk.db")) as database:
        database.execute("CREATE TABLE tickets (id TEXT, opened TEXT, priority TEXT, seq INTEGER)")
        add(database, 1, 2, 3)

        def make(**settings: str) -> Workspace:
            lines = "".join(f"    {key}: {value}\n" for key, value in settings.items())
            text = SOURCE
            for key in settings:
                text = "\n".join(t for t in text.splitlines() if not t.startswith(f"    {key}:"))
            return workspace(f"{text}\n{lines}", more="ingest: {max_quarantined_share: 1}\n")

        yield make, database


def add(database: sqlite3.Connection, *numbers: int) -> None:
    """Add tickets with a growing seq."""
    rows = [(f"00{n}", f"2026-03-{n:02} 09:00", "high", n) for n in numbers]
    database.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?)", rows)
    database.commit()


def ids(ws: Workspace) -> list[str]:
    """Ticket ids in the tables."""
    return list(read_tables(ws.tables).tickets["ticket_id"])


Desk = tuple[Callable[..., Workspace], sqlite3.Connection]


def test_table(desk: Desk) -> None:
    """A table is read by its name; unchanged, a second ingest changes nothing."""
    make, database = desk
    ws = make()
    first = ingest(ws)
    assert ids(ws) == ["001", "002", "003"]
    again = ingest(ws)
    assert (again.is_changed, again.digest) == (False, first.digest)
    add(database, 4)
    assert ingest(ws).is_changed
    assert ids(ws) == ["001", "002", "003", "004"]


def test_query(desk: Desk) -> None:
    """A SELECT with colons and a semicolon is read as it stands."""
    make, _ = desk
    ws = make(query="\"SELECT id, '2026-03-01T10:00:00Z' AS opened FROM tickets WHERE seq < 3;\"")
    ingest(ws)
    assert ids(ws) == ["001", "002"]
    assert read_tables(ws.tables).tickets["created_at"].dt.hour.tolist() == [10, 10]


def test_cursor_reads_only_what_is_new(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows below the last value are not read again; equal values that come later are found."""
    make, database = desk
    ws = make(cursor="seq")
    ingest(ws)
    asked = []
    real = reading.read_query

    def watched(*args: object, **kwargs: object) -> object:
        asked.append(kwargs["within"])
        return real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "read_query", watched)
    assert not ingest(ws).is_changed
    assert [(r.since, r.until) for r in asked] == [(3, None)]  # type: ignore[attr-defined]
    asked.clear()
    database.execute("INSERT INTO tickets VALUES ('late', '2026-03-09', 'low', 3)")
    add(database, 4, 5)
    assert ingest(ws).is_changed
    assert [(r.since, r.until) for r in asked] == [(3, 5), (5, None)]  # type: ignore[attr-defined]
    assert ids(ws) == ["001", "002", "003", "004", "005", "late"]


def test_cursor_equals_rebuild(desk: Desk) -> None:
    """Small increments give the tables that one whole read gives."""
    make, database = desk
    ws = make(cursor="seq")
    database.execute("UPDATE tickets SET opened = 'never' WHERE seq = 2")
    for n in range(4, 11):
        add(database, n)
        grown = ingest(ws)
    assert grown.n_refused == 1
    assert read_quarantine(ws)["value"].tolist() == ["never"]
    rebuilt = ingest(ws, rebuild=True)
    assert rebuilt.digest == grown.digest
    assert len(ids(ws)) == 9


def test_many_parts_are_merged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Increments do not pile up as ever more files."""
    monkeypatch.setattr(reading, "_MOST_PARTS", 3)
    make, database = desk
    ws = make(cursor="seq")
    for n in range(4, 13):
        add(database, n)
        grown = ingest(ws)
    assert len(list((ws.tables / "parts").glob("*.rows.parquet"))) <= 5
    assert ingest(ws, rebuild=True).digest == grown.digest


def test_replaced_table(desk: Desk) -> None:
    """A cursor that went backwards means another table: it is read from the start."""
    make, database = desk
    ws = make(cursor="seq")
    ingest(ws)
    database.execute("DELETE FROM tickets WHERE seq > 1")
    database.commit()
    ingest(ws)
    assert ids(ws) == ["001"]


def test_cursor_without_value(desk: Desk) -> None:
    """Rows that a cursor would never reach are told."""
    make, database = desk
    ws = make(cursor="seq")
    database.execute("INSERT INTO tickets VALUES ('x', '2026-03-09', 'low', NULL)")
    database.commit()
    with pytest.raises(SourceError, match="1 rows have nothing in the cursor column 'seq'"):
        ingest(ws)


@pytest.mark.parametrize("cursor", ["opened", "id"])
def test_text_cursor(desk: Desk, cursor: str) -> None:
    """A cursor may be a text that grows."""
    make, database = desk
    ws = make(cursor=cursor)
    ingest(ws)
    add(database, 7)
    assert ingest(ws).is_changed
    assert ids(ws) == ["001", "002", "003", "007"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"query": "nothing_here"}, "no such table: nothing_here"),
        ({"query": '"DELETE FROM tickets"'}, "syntax error"),
        ({"url": "sqlite:///other.db"}, r"no database file .*other\.db"),
        ({"url": "nonsense"}, "not a database URL that can be used"),
        ({"url": "nosuch://host/db"}, "not a database URL that can be used"),
        ({"cursor": "nope"}, "no such column: q.nope"),
        ({"columns": "{ticket_id: key, created_at: opened}"}, "no column 'key', which source"),
    ],
)
def test_mistakes(desk: Desk, settings: dict[str, str], message: str) -> None:
    """Each mistake is told by what is wrong."""
    make, database = desk
    with pytest.raises(SourceError, match=message):
        ingest(make(**settings))
    assert database.execute("SELECT COUNT(*) FROM tickets").fetchone() == (3,)


def test_environment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Secrets come from the environment, and a missing one is named."""
    make, _ = desk
    ws = make(url="sqlite:///${DESK_FILE}")
    with pytest.raises(ConfigError, match=r"uses \$\{DESK_FILE\}, which the environment does not"):
        ingest(ws)
    monkeypatch.setenv("DESK_FILE", "desk.db")
    assert ingest(ws).n_read == 3
