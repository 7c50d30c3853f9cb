"""Read SQL databases by SQLAlchemy URL, a bounded number of rows at a time.

With a cursor column, rows below its highest value are read once and kept; those at the
highest value are read again each time, because more of them may have come since.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, CursorResult, Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from forewarn.config import Source
from forewarn.errors import SourceError
from forewarn.sources.batch import Batch, Choose
from forewarn.workspace import expand

_ROWS = 50_000
_NAME = re.compile(r"[A-Za-z_][\w$]*(\.[A-Za-z_][\w$]*)*")
_KINDS: dict[str, tuple[type, Callable[[str], Any]]] = {
    "integer": (int, int),
    "decimal": (Decimal, Decimal),
    "instant": (dt.datetime, dt.datetime.fromisoformat),
    "date": (dt.date, dt.date.fromisoformat),
    "text": (str, str),
}


@dataclass(frozen=True)
class Range:
    """Rows whose cursor lies in [``since``, ``until``); null is no bound."""

    since: Any = None
    until: Any = None


@contextmanager
def connected(source: Source, *, root: Path) -> Iterator[Connection]:
    """A connection that only reads. Raises SourceError, never with a password in it."""
    engine = _engine(source, root=root)
    try:
        with engine.connect() as connection:
            is_postgres = engine.dialect.name == "postgresql"
            only_read = {"postgresql_readonly": True} if is_postgres else {}
            yield connection.execution_options(**only_read)
    except SQLAlchemyError as error:
        place = engine.url.render_as_string(hide_password=True)
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise SourceError(f"source {source.name!r}: {place}: {cause}") from error
    finally:
        engine.dispose()


def highest(connection: Connection, source: Source) -> Any:
    """The cursor's highest value; null in an empty table.

    Raises SourceError where rows have no value in it: they would never be read.
    """
    column = f"q.{_quoted(connection, str(source.cursor))}"
    asked = f"MAX({column}), COUNT(*) - COUNT({column})"
    statement = f"SELECT {asked} FROM {_selected(connection, source)} AS q"  # noqa: S608  # the user's own query, names quoted
    top, n_missing = connection.execute(text(statement)).one()
    if n_missing:
        raise SourceError(
            f"source {source.name!r}: {n_missing:,} rows have nothing in the cursor column "
            f"{source.cursor!r}; choose another cursor, or leave them out in 'query'"
        )
    return top


def read_query(
    connection: Connection, source: Source, choose: Choose, *, within: Range
) -> Iterator[Batch]:
    """Batches of the chosen columns, in the cursor's order where there is one; rows from 1."""
    statement, bounds = _statement(connection, source, within)
    options = {"stream_results": True, "yield_per": _ROWS}
    result = connection.execute(text(statement), bounds, execution_options=options)
    with closing(result):
        yield from _batches(result, choose)


def _batches(result: CursorResult[Any], choose: Choose) -> Iterator[Batch]:
    header = list(result.keys())
    chosen = choose(header)
    at = [header.index(name) for name in chosen]
    first = 1
    for rows in result.partitions(_ROWS):
        columns = {
            name: _column([row[i] for row in rows]) for name, i in zip(chosen, at, strict=True)
        }
        yield Batch(np.arange(first, first + len(rows), dtype=np.int64), pa.table(columns))
        first += len(rows)


def cursor_to_json(value: Any) -> list[str] | None:
    """A cursor's value for the manifest, with its type."""
    if value is None:
        return None
    kind = next((k for k, (cls, _) in _KINDS.items() if isinstance(value, cls)), None)
    if kind is None:
        raise SourceError(
            f"a cursor of type {type(value).__name__} cannot be remembered; use a number, a "
            f"time or a text"
        )
    return [kind, value.isoformat() if kind in ("instant", "date") else str(value)]


def cursor_from_json(value: Sequence[str] | None) -> Any:
    """What ``cursor_to_json`` kept."""
    return None if value is None else _KINDS[value[0]][1](value[1])


def _engine(source: Source, *, root: Path) -> Engine:
    try:
        url = make_url(expand(str(source.url)))
        if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
            path = root / url.database
            if not path.is_file():
                raise SourceError(f"source {source.name!r}: no database file {path}")
            url = url.set(database=str(path))
        return create_engine(url, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise SourceError(
            f"source {source.name!r}: 'url' is not a database URL that can be used; expected "
            f"one such as postgresql+psycopg://user@host/database"
        ) from error
    except ModuleNotFoundError as error:
        raise SourceError(
            f"source {source.name!r}: the driver {error.name!r} is not installed; "
            f"for PostgreSQL: pip install 'forewarn[postgres]'"
        ) from error


def _statement(connection: Connection, source: Source, within: Range) -> tuple[str, dict[str, Any]]:
    statement = f"SELECT * FROM {_selected(connection, source)} AS q"  # noqa: S608  # the user's own query
    if source.cursor is None:
        return statement, {}
    column = f"q.{_quoted(connection, source.cursor)}"
    bounds = {k: v for k, v in (("since", within.since), ("until", within.until)) if v is not None}
    signs = {"since": ">=", "until": "<"}
    where = " AND ".join(f"{column} {signs[k]} :{k}" for k in bounds)
    return f"{statement} {'WHERE ' + where if where else ''} ORDER BY {column}", bounds


def _selected(connection: Connection, source: Source) -> str:
    """The query in brackets, or the table's name in quotes."""
    query = str(source.query).strip().rstrip(";").strip()
    if _NAME.fullmatch(query):
        return ".".join(_quoted(connection, part) for part in query.split("."))
    return "(" + query.replace(":", "\\:") + ")"


def _quoted(connection: Connection, name: str) -> str:
    return str(connection.dialect.identifier_preparer.quote(name))


def _column(values: list[Any]) -> pa.Array:
    """Typed where the driver gives one type, otherwise text."""
    try:
        array = pa.array(values)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([None if v is None else _as_text(v) for v in values], pa.string())
    if pa.types.is_binary(array.type):
        return pa.array([None if v is None else _as_text(v) for v in values], pa.string())
    return array


def _as_text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, dt.date) else str(value)
