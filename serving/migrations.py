"""The version of ``forewarn.db``, and the way from an older version to this one."""

from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from forewarn.errors import StoreError
from serving.database import reading, writing
from serving.schema.columns import METADATA
from serving.schema.flags import CUSTOMER_FLAGS, FLAG_WEEKS, FLAGS, FORMER_FLAG_WEEKS, FORMER_FLAGS
from serving.schema.logs import ACTIONS, MODEL_EVENTS, SCORE_LOG
from serving.schema.outside import OUTBOX
from serving.schema.runs import FORMAT, QUEUE_EVENTS, RUNS
from serving.schema.shown import CAPACITY, QUEUE, ROSTER, SCORES

Step = Callable[[Connection], None]


def _create_all(connection: Connection) -> None:
    """Every table: all modules of ``serving.schema`` are imported above."""
    METADATA.create_all(connection, checkfirst=False)


def _add_learning_logs(connection: Connection) -> None:
    """Scores, actions and decisions about models; a new database has them already."""
    for table in (SCORE_LOG, ACTIONS, MODEL_EVENTS):
        table.create(connection, checkfirst=True)


def _add_flags(connection: Connection) -> None:
    """Flags that last for weeks; what a database of this version has already is left alone."""
    for table in (FLAGS, FLAG_WEEKS):
        table.create(connection, checkfirst=True)
    _add_columns(
        connection,
        {
            SCORES: ("expected_breach_at",),
            CUSTOMER_FLAGS: (
                "trouble_probability", "escalation_probability", "volume_rank",
                "next_step", "raised_at",
            ),
        },
    )  # fmt: skip


def _add_queue_memory(connection: Connection) -> None:
    """What a queue remembers of the one before, and who undid which."""
    for table in (QUEUE_EVENTS, ROSTER, CAPACITY):
        table.create(connection, checkfirst=True)
    _add_columns(
        connection,
        {
            RUNS: ("tightening",),
            QUEUE: (
                "is_today", "owner", "previous_position", "incident", "parent_id", "n_children",
                "arm", "propensity", "tightened_by", "live_metrics",
            ),
        },
    )  # fmt: skip


def _add_served_groups(connection: Connection) -> None:
    """Which groups an agent serves besides the own; of older runs nobody knows any."""
    _add_columns(connection, {ROSTER: ("also_serves",)})


def _add_withdrawals(connection: Connection) -> None:
    """Why a message was withdrawn."""
    _add_columns(connection, {OUTBOX: ("reason",)})


def _add_former_flags(connection: Connection) -> None:
    """The flags of before each run; of older runs nobody knows them."""
    for table in (FORMER_FLAG_WEEKS, FORMER_FLAGS):
        table.create(connection, checkfirst=True)


def _add_columns(connection: Connection, added: Mapping[sa.Table, Sequence[str]]) -> None:
    """Columns that the database does not have yet; all of them may be null."""
    for table, names in added.items():
        there = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
        for name in names:
            if name not in there:
                kind = table.c[name].type.compile(connection.dialect)
                connection.execute(sa.text(f"alter table {table.name} add column {name} {kind}"))


MIGRATIONS: tuple[Step, ...] = (
    _create_all, _add_learning_logs, _add_flags, _add_queue_memory, _add_served_groups,
    _add_withdrawals, _add_former_flags,
)  # fmt: skip
"""Step i leads from version i to version i + 1; version 0 is an empty database."""


def migrate(engine: Engine, *, steps: Sequence[Step] = MIGRATIONS) -> int:
    """Bring the database to the newest version in one transaction; return that version.

    Raises StoreError where a newer forewarn wrote the database; nothing is changed then.
    """
    if _version_now(engine) == len(steps):
        return len(steps)
    with writing(engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.text("select pg_advisory_xact_lock(7276433)"))
        found = _version(connection)
        if found > len(steps):
            raise StoreError(
                f"the database has schema version {found}, written by a newer forewarn; this one "
                f"knows versions up to {len(steps)}. Upgrade forewarn; nothing was changed."
            )
        for step in steps[found:]:
            step(connection)
        connection.execute(FORMAT.delete())
        connection.execute(FORMAT.insert().values(only=1, version=len(steps)))
    return len(steps)


def _version_now(engine: Engine) -> int:
    with reading(engine) as connection:
        return _version(connection)


def _version(connection: Connection) -> int:
    if not sa.inspect(connection).has_table(FORMAT.name):
        return 0
    return connection.scalar(sa.select(FORMAT.c.version)) or 0
