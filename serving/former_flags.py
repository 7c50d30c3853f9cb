"""Customers' flags as they were before each run that is kept, so that an undo brings them back."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.schema.flags import FLAG_WEEKS, FLAGS, FORMER_FLAG_WEEKS, FORMER_FLAGS


def keep_flags(connection: Connection, *, run_id: int) -> None:
    """Write down what stands and rests now, before the run changes it."""
    week_at = connection.scalar(sa.select(FLAG_WEEKS.c.week_at))
    connection.execute(FORMER_FLAG_WEEKS.insert().values(run_id=run_id, week_at=week_at))
    now = sa.select(sa.literal(run_id, sa.BigInteger), *FLAGS.c)
    connection.execute(FORMER_FLAGS.insert().from_select(["run_id", *FLAGS.c.keys()], now))


def restore_flags(connection: Connection, *, run_id: int) -> None:
    """Put back what stood and rested before the run; who was acknowledged since keeps resting.

    Of a run that an older forewarn published nothing is written down: the flags stay.
    """
    of_run = FORMER_FLAG_WEEKS.c.run_id == run_id
    before = connection.execute(sa.select(FORMER_FLAG_WEEKS).where(of_run)).one_or_none()
    if before is None:
        return
    connection.execute(FLAGS.delete().where(FLAGS.c.rests_until.is_(None)))
    names = FLAGS.c.keys()
    is_back = FORMER_FLAGS.c.customer_id.not_in(sa.select(FLAGS.c.customer_id))
    back = sa.select(*(FORMER_FLAGS.c[name] for name in names))
    back = back.where(FORMER_FLAGS.c.run_id == run_id, is_back)
    connection.execute(FLAGS.insert().from_select(names, back))
    connection.execute(FLAG_WEEKS.delete())
    if before.week_at is not None:
        connection.execute(FLAG_WEEKS.insert().values(only=1, week_at=before.week_at))
