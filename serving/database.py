"""Engines and transactions: SQLite by default, PostgreSQL by URL.

A reading transaction sees one state of the database from its first statement to its end.
A writing one takes the lock at its start, so what it has read cannot change under it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url

from forewarn.errors import BusyError, ConfigError, StoreError

BUSY_SECONDS = 5.0
_LOCKED_STATES = frozenset(
    {"55P03", "40001", "40P01", "53300", "57P03"}
)  # PostgreSQL, worth a retry


class DatabaseBusyError(BusyError):
    """The database stayed locked, or refused a connection, for longer than we wait."""


def open_engine(url: str) -> Engine:
    """An engine for ``url``; the folder of an SQLite file is made. Raises ConfigError."""
    try:
        parsed = _with_driver(make_url(url))
        backend = parsed.get_backend_name()
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError) as error:
        raise ConfigError(f"storage.database_url is not a database URL: {error}") from error
    if backend == "sqlite":
        return _open_sqlite(parsed)
    if backend != "postgresql":
        raise ConfigError(
            f"storage.database_url names {backend!r}; forewarn keeps its scores in SQLite "
            "(sqlite:///FILE) or PostgreSQL (postgresql://USER@HOST/NAME)"
        )
    return _open_postgres(parsed)


def _with_driver(url: URL) -> URL:
    """Plain ``postgresql://`` means the driver that forewarn[postgres] installs."""
    if url.drivername in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _open_sqlite(url: URL) -> Engine:
    if url.database in {None, "", ":memory:"}:
        raise ConfigError("storage.database_url must name a file: sqlite:///FILE")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url, connect_args={"timeout": BUSY_SECONDS}, pool_timeout=BUSY_SECONDS
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """Rollback journal and full sync: WAL can corrupt before SQLite 3.51.3 (WAL-reset bug)."""
    connection.isolation_level = None  # transactions are begun by us, see _begin_sqlite
    cursor = connection.cursor()
    for pragma in ("journal_mode=DELETE", "synchronous=FULL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("forewarn_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _open_postgres(url: URL) -> Engine:
    try:
        return sa.create_engine(
            url,
            pool_pre_ping=True,
            pool_timeout=BUSY_SECONDS,
            connect_args={
                "connect_timeout": 5,
                "options": f"-c lock_timeout={BUSY_SECONDS:.0f}s -c timezone=UTC",
            },
        )
    except ModuleNotFoundError as error:
        raise ConfigError(
            "storage.database_url names PostgreSQL, whose driver is not installed: "
            "pip install 'forewarn[postgres]'"
        ) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A transaction that reads one state of the database; raises StoreError."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with (
        _translated(),
        engine.connect().execution_options(**options) as connection,
        connection.begin(),
    ):
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes all or nothing; raises StoreError."""
    with (
        _translated(),
        engine.connect().execution_options(forewarn_writes=True) as connection,
        connection.begin(),
    ):
        yield connection


def now(connection: Connection) -> Any:
    """The database's own clock, so that machines whose clocks differ agree on a lease."""
    if connection.dialect.name == "sqlite":
        import datetime as dt

        return dt.datetime.now(dt.UTC)
    return connection.scalar(sa.select(sa.func.clock_timestamp()))


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the driver raises into typed errors without SQL or parameters."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        cause = error.orig
        words = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        if _is_busy(cause):
            raise DatabaseBusyError(f"the database is busy ({words}); try again") from error
        raise StoreError(f"the database cannot be used: {words}") from error
    except sa.exc.TimeoutError as error:
        raise DatabaseBusyError("all connections to the database are in use; try again") from error


def _is_busy(cause: BaseException | None) -> bool:
    if isinstance(cause, sqlite3.OperationalError):
        return "locked" in str(cause) or "busy" in str(cause)
    return getattr(cause, "sqlstate", None) in _LOCKED_STATES


def describe(engine: Engine) -> str:
    """The database and how it is driven, to be said at start."""
    if engine.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}, journal DELETE, synchronous FULL"
    with reading(engine) as connection:
        return f"PostgreSQL {connection.scalar(sa.text('show server_version'))}"
