"""Messages for other systems, written in the transaction of what they tell of."""

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from serving.run import Message
from serving.schema import OUTBOX


def write_messages(
    connection: Connection, messages: Sequence[Message], *, run_id: int, at: dt.datetime
) -> None:
    """Add what is new; a pending message of the same topic is superseded by it."""
    keys = [message.key for message in messages]
    known = set(connection.scalars(sa.select(OUTBOX.c.key).where(OUTBOX.c.key.in_(keys))))
    added = [message for message in messages if message.key not in known]
    if not added:
        return
    connection.execute(
        OUTBOX.update()
        .where(OUTBOX.c.state == "pending", OUTBOX.c.topic.in_([m.topic for m in added]))
        .values(state="superseded", ended_at=at)
    )
    made = {"state": "pending", "run_id": run_id, "created_at": at}
    rows = [vars(message) | {"payload": dict(message.payload)} | made for message in added]
    connection.execute(OUTBOX.insert(), rows)
