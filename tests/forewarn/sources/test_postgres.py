"""SQL sources on a real PostgreSQL server, started for these tests."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from forewarn.errors import SourceError
from forewarn.ingest import ingest
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

Make = Callable[..., Workspace]
pytestmark = pytest.mark.postgres


def _binaries() -> Path | None:
    """The folder of initdb and pg_ctl."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((f for f in folders if (f / "initdb").is_file()), None)


def _run(command: list[str], *, folder: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """URL of a fresh cluster that listens on a socket in a temporary folder only."""
    binaries = _binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server binaries (initdb) on this machine")
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        if as_user:
            shutil.chown(folder, "postgres")
        data = f"{folder}/data"
        user = ["-U", "postgres", "--auth=trust", "--no-sync", "-E", "UTF8"]
        _run([*as_user, str(binaries / "initdb"), "-D", data, *user], folder=folder)
        control = [*as_user, str(binaries / "pg_ctl"), "-D", data, "-w", "-l", f"{folder}/log"]
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run([*control, "-o", options, "start"], folder=folder)
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"], folder=folder)


@pytest.fixture
def engine(server: str) -> Iterator[Engine]:
    """The database with a table of two tickets in it."""
    made = create_engine(server)
    with made.begin() as connection:
        connection.execute(text('DROP TABLE IF EXISTS "Tickets"'))
        connection.execute(
            text(
                'CREATE TABLE "Tickets" (id bigint PRIMARY KEY, opened timestamptz NOT NULL, '
                "closed timestamp, amount numeric, vip boolean, changed timestamptz)"
            )
        )
    add(made, 1, 2)
    yield made
    made.dispose()


def add(engine: Engine, *numbers: int) -> None:
    """Add tickets; 'changed' grows."""
    with engine.begin() as connection:
        for n in numbers:
            connection.execute(
                text(
                    "INSERT INTO \"Tickets\" VALUES (:n, :at, '2026-03-30 12:00', 1.50, true, :at)"
                ),
                {"n": n, "at": f"2026-03-{n:02} 09:00+01"},
            )


def source(server: str, **settings: str) -> str:
    """A source on the table."""
    lines = "".join(f"    {key}: {value}\n" for key, value in settings.items())
    return f"""
  - name: desk
    shape: flat_tickets
    url: {server}
    time_zone: Europe/Berlin
    columns: {{ticket_id: id, created_at: opened, closed_at: closed}}
    attributes: [amount, vip]
{lines}"""


def test_types(workspace: Make, server: str, engine: Engine) -> None:
    """PostgreSQL's types are read as what they are; a quoted name is found."""
    ws = workspace(source(server, query="Tickets"))
    ingest(ws)
    tables = read_tables(ws.tables)
    assert tables.tickets["ticket_id"].tolist() == ["1", "2"]
    assert str(tables.tickets["created_at"][0]) == "2026-03-01 08:00:00+00:00"
    assert tables.tickets["amount"].tolist() == [1.5, 1.5]
    assert tables.tickets["vip"].tolist() == ["true", "true"]
    closed = tables.ticket_events.query("kind == 'closed'")["occurred_at"]
    assert str(closed.iloc[0]) == "2026-03-30 10:00:00+00:00"


def test_cursor(workspace: Make, server: str, engine: Engine) -> None:
    """A time as cursor survives between ingests, and increments equal a whole read."""
    ws = workspace(source(server, query="'SELECT * FROM \"Tickets\"'", cursor="changed"))
    assert ingest(ws).is_changed
    assert not ingest(ws).is_changed
    add(engine, 3, 4)
    grown = ingest(ws)
    assert (grown.is_changed, grown.rows["tickets"]) == (True, 4)
    assert ingest(ws, rebuild=True).digest == grown.digest


def test_no_server(workspace: Make, server: str) -> None:
    """A server that is not there is told without the password."""
    ws = workspace(source("postgresql+psycopg://me:s3cret@127.0.0.1:1/x", query="t"))
    with pytest.raises(SourceError) as caught:
        ingest(ws)
    assert "postgresql+psycopg://me:***@127.0.0.1:1/x" in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_nothing_is_written(workspace: Make, server: str, engine: Engine) -> None:
    """A query that would write is refused by the server."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION sneak() RETURNS int LANGUAGE sql AS "
                "'DELETE FROM \"Tickets\"; SELECT 1'"
            )
        )
    ws = workspace(source(server, query='"SELECT sneak() AS id, now() AS opened"'))
    with pytest.raises(SourceError, match="read-only"):
        ingest(ws)
