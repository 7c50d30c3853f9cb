"""Messages for other systems, written in the transaction of what they tell of.

At most one message of a topic is pending. It ends sent, or superseded by a newer one of its topic,
or withdrawn with what it tells of; what was superseded by a withdrawn one is pending again, since
nobody has been told.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.run import Message
from serving.schema.outside import OUTBOX


def write_messages(
    connection: Connection, messages: Sequence[Message], *, run_id: int, at: dt.datetime
) -> None:
    """Add what is new; a pending message of the same topic is superseded by it.

    A key is told once: what was withdrawn has not been told, and is written as if it were new.
    """
    states = _states(connection, [message.key for message in messages])
    told = [m for m in messages if states.get(m.key, "withdrawn") == "withdrawn"]
    if not told:
        return
    connection.execute(
        OUTBOX.update()
        .where(OUTBOX.c.state == "pending", OUTBOX.c.topic.in_([m.topic for m in told]))
        .values(state="superseded", ended_at=at)
    )
    made = {"state": "pending", "run_id": run_id, "created_at": at}
    rows = [vars(message) | {"payload": dict(message.payload)} | made for message in told]
    added = [row for row in rows if row["key"] not in states]
    if added:
        connection.execute(OUTBOX.insert(), added)
    for row in rows:
        if row["key"] in states:
            _change(connection, OUTBOX.c.key == row["key"], **row, ended_at=None, reason=None)


def withdraw_messages(connection: Connection, *, run_id: int, at: dt.datetime, reason: str) -> int:
    """Withdraw what a run wrote and nobody was sent yet; return how many messages.

    Those that were pending until one of these superseded them are pending again.
    """
    mine = (OUTBOX.c.state == "pending") & (OUTBOX.c.run_id == run_id)
    withdrawn = connection.execute(sa.select(OUTBOX.c.topic, OUTBOX.c.created_at).where(mine)).all()
    _change(connection, mine, state="withdrawn", ended_at=at, reason=reason)
    for row in withdrawn:
        before = (OUTBOX.c.topic == row.topic) & (OUTBOX.c.ended_at == row.created_at)
        _change(
            connection, before & (OUTBOX.c.state == "superseded"), state="pending", ended_at=None
        )
    return len(withdrawn)


def _states(connection: Connection, keys: Sequence[str]) -> dict[str, str]:
    wanted = sa.select(OUTBOX.c.key, OUTBOX.c.state).where(OUTBOX.c.key.in_(keys))
    return {row.key: row.state for row in connection.execute(wanted)}


def _change(connection: Connection, rows: sa.ColumnElement[bool], **values: Any) -> None:
    connection.execute(OUTBOX.update().where(rows).values(**values))
