"""Versions of the database: old or new, never between; newer ones are refused."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from forewarn.errors import StoreError
from serving.database import open_engine
from serving.migrations import MIGRATIONS, migrate
from serving.schema.runs import FORMAT
from serving.store import open_store


def add_note(connection: Connection) -> None:
    """A step to the version after this one."""
    connection.execute(sa.text("alter table runs add column note text"))


def fail(connection: Connection) -> None:
    """A step that changes something, then fails."""
    connection.execute(sa.text("alter table runs add column other text"))
    connection.execute(sa.text("select nothing from nowhere"))


def version(url: str) -> tuple[int | None, set[str]]:
    """The version in the database, and the columns of its run table."""
    engine = open_engine(url)
    with engine.connect() as connection:
        columns = {column["name"] for column in sa.inspect(connection).get_columns("runs")}
        found = connection.scalar(sa.select(FORMAT.c.version)), columns
    engine.dispose()
    return found


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str:
    """URL of a database of the current version."""
    given: str = request.getfixturevalue(f"{request.param}_url")
    open_store(given).close()
    return given


def test_an_older_database_is_migrated(url: str) -> None:
    """The missing steps run, in order, and the version moves."""
    engine = open_engine(url)
    assert migrate(engine, steps=(*MIGRATIONS, add_note)) == len(MIGRATIONS) + 1
    engine.dispose()
    number, columns = version(url)
    assert number == len(MIGRATIONS) + 1
    assert "note" in columns


@pytest.mark.parametrize(("table", "column"), [("roster", "also_serves"), ("outbox", "reason")])
def test_a_database_of_before_gets_the_column(url: str, table: str, column: str) -> None:
    """Version 4 knew no further groups of agents, nor why a message was withdrawn."""
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"alter table {table} drop column {column}"))
        connection.execute(FORMAT.update().values(version=4))
    engine.dispose()
    open_store(url).close()
    engine = open_engine(url)
    assert column in {found["name"] for found in sa.inspect(engine).get_columns(table)}
    engine.dispose()
    assert version(url)[0] == len(MIGRATIONS)


def test_a_database_of_before_gets_the_tables(url: str) -> None:
    """Version 6 did not write down which flags stood before a run."""
    engine = open_engine(url)
    with engine.begin() as connection:
        for table in ("former_flags", "former_flag_weeks"):
            connection.execute(sa.text(f"drop table {table}"))
        connection.execute(FORMAT.update().values(version=6))
    engine.dispose()
    open_store(url).close()
    engine = open_engine(url)
    assert {"former_flags", "former_flag_weeks"} <= set(sa.inspect(engine).get_table_names())
    engine.dispose()
    assert version(url)[0] == len(MIGRATIONS)


def test_a_failing_migration_changes_nothing(url: str) -> None:
    """Of two steps the second fails: the first is undone as well."""
    engine = open_engine(url)
    with pytest.raises(StoreError):
        migrate(engine, steps=(*MIGRATIONS, add_note, fail))
    engine.dispose()
    number, columns = version(url)
    assert number == len(MIGRATIONS)
    assert not {"note", "other"} & columns


def test_a_newer_database_is_refused(url: str) -> None:
    """A database of a newer forewarn is left alone, and the message says what to do."""
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(FORMAT.update().values(version=99))
    engine.dispose()
    with pytest.raises(StoreError, match="schema version 99, written by a newer forewarn"):
        open_store(url)
    assert version(url)[0] == 99


def test_opening_twice_changes_nothing(url: str) -> None:
    """A database of the right version is only read."""
    before = version(url)
    open_store(url).close()
    assert version(url) == before
