"""Flags that last: read and written with a run, acknowledged by people in between."""

import datetime as dt
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from forewarn.errors import DataError
from serving.database import now, reading, writing
from serving.run import FlagMemory, Standing
from serving.schema.flags import FLAG_WEEKS, FLAGS
from serving.schema.runs import CURRENT

_FIELDS = ("customer_id", "raised_at", "week_at", "rests_until")


class UnknownFlagError(DataError):
    """No flag stands for the customer."""


def read_memory(connection: Connection) -> FlagMemory:
    """The decided week, and every flag that stands or rests, by customer."""
    rows = connection.execute(sa.select(FLAGS).order_by(FLAGS.c.customer_id)).mappings()
    standing = tuple(Standing(**{name: row[name] for name in _FIELDS}) for row in rows)
    return FlagMemory(connection.scalar(sa.select(FLAG_WEEKS.c.week_at)), standing)


def write_memory(connection: Connection, memory: FlagMemory, *, as_of: dt.datetime) -> None:
    """Put the flags that stand now in place of those before; who rests keeps resting.

    What was acknowledged while the run was under way stays acknowledged.
    """
    if memory.week_at is None:
        return
    connection.execute(FLAGS.delete().where(FLAGS.c.rests_until.is_(None)))
    connection.execute(FLAGS.delete().where(FLAGS.c.rests_until <= as_of))
    resting = set(connection.scalars(sa.select(FLAGS.c.customer_id)))
    rows = [
        {name: getattr(flag, name) for name in _FIELDS}
        for flag in memory.standing
        if flag.rests_until is None and flag.customer_id not in resting
    ]
    if rows:
        connection.execute(FLAGS.insert(), rows)
    connection.execute(FLAG_WEEKS.delete())
    connection.execute(FLAG_WEEKS.insert().values(only=1, week_at=memory.week_at))


def list_flags(engine: Engine) -> list[dict[str, Any]]:
    """Every flag that stands or rests, the newest first."""
    with reading(engine) as connection:
        ordered = sa.select(FLAGS).order_by(FLAGS.c.raised_at.desc(), FLAGS.c.customer_id)
        return [dict(row) for row in connection.execute(ordered).mappings()]


def acknowledge(
    engine: Engine,
    customer_id: str,
    *,
    by: str,
    note: str | None,
    rest: dt.timedelta,
) -> dt.datetime:
    """Somebody looks after the customer: no flag for ``rest``; return when that ends.

    The rest begins with the as_of of the published run, which demos and exports take from
    their data. Raises UnknownFlagError where no flag stands, DataError without a name.
    """
    if not by.strip():
        raise DataError("an acknowledgement needs a name: say who looks after the customer")
    stands = (FLAGS.c.customer_id == customer_id) & FLAGS.c.rests_until.is_(None)
    with writing(engine) as connection:
        at = now(connection)
        as_of: dt.datetime = connection.scalar(sa.select(CURRENT.c.as_of)) or at
        until = as_of + rest
        values = {"acknowledged_at": at, "acknowledged_by": by, "note": note, "rests_until": until}
        done = connection.execute(FLAGS.update().where(stands).values(values))
        if done.rowcount == 0:
            known = connection.scalars(
                sa.select(FLAGS.c.customer_id).where(FLAGS.c.rests_until.is_(None))
            )
            names = ", ".join(sorted(known)) or "none"
            raise UnknownFlagError(
                f"no flag stands for customer {customer_id!r}; flagged now: {names}"
            )
    return until
