"""Columns of the tables: instants, and the run that a row belongs to."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

METADATA = sa.MetaData()


class Instant(sa.TypeDecorator[dt.datetime]):
    """A UTC instant with microseconds: timestamptz, or on SQLite ISO text that sorts by time."""

    impl = sa.String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.String(27))
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        instant = value.astimezone(dt.UTC)
        return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ") if dialect.name == "sqlite" else instant

    def process_result_value(
        self,
        value: Any,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy's signature
    ) -> dt.datetime | None:
        if value is None:
            return None
        parsed = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
        return parsed.astimezone(dt.UTC)


def run_id() -> sa.Column[Any]:
    """The run, as part of a key."""
    link = sa.ForeignKey("runs.run_id")
    return sa.Column("run_id", sa.BigInteger, link, primary_key=True, autoincrement=False)
