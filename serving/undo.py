"""Undoing a publication: the queue that was shown before is shown again, and who wanted it so.

The pointer moves: scores, queue and flagged customers of the former run are read again. The flags
that stand are those of before the undone run, so that the next one decides from them.
A run that is under way began from the undone order, so it may not publish any more.
Messages that the undone run wrote and nobody was sent yet are withdrawn. What was observed or told
meanwhile stays: the guards' counts, acknowledged flags, the log of scores.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from forewarn.errors import DataError
from serving import lease
from serving.database import now, reading, writing
from serving.former_flags import restore_flags
from serving.messages import shown_message
from serving.outbox import withdraw_messages, write_messages
from serving.schema.runs import CURRENT, QUEUE_EVENTS, RUNS
from serving.schema.shown import SCORES


class NothingToUndoError(DataError):
    """No queue is shown, or none that was shown before is kept."""


def undo(engine: Engine, *, actor: str, reason: str) -> dict[str, Any]:
    """Show the former run again, in one transaction; return the row that is kept of it.

    Also as_of, undone_as_of, and n_withdrawn: messages that nobody will be sent any more.
    The undone run is not come back to: a second undo goes one run further back. Raises
    NothingToUndoError where there is nothing to go back to, DataError without a name or reason;
    nothing is changed then.
    """
    if not actor.strip() or not reason.strip():
        raise DataError("an undo is written down: say who wants it, and why")
    with writing(engine) as connection:
        lease.revoke(connection, why="the queue that it began from was undone")
        shown = connection.execute(sa.select(CURRENT)).one_or_none()
        if shown is None:
            raise NothingToUndoError("nothing is published yet, so there is nothing to undo")
        former = _former(connection, int(shown.run_id))
        instant = now(connection)
        told = {
            "happened_at": instant, "kind": "undone", "run_id": shown.run_id,
            "shown_run_id": former.run_id, "actor": actor, "reason": reason,
        }  # fmt: skip
        added = QUEUE_EVENTS.insert().values(told).returning(QUEUE_EVENTS.c.event_id)
        event_id = connection.scalar(added)
        undone = RUNS.c.run_id == shown.run_id
        connection.execute(RUNS.update().where(undone).values(state="undone"))
        connection.execute(CURRENT.update().values(run_id=former.run_id, as_of=former.as_of))
        restore_flags(connection, run_id=shown.run_id)
        message = shown_message(f"undo:{event_id}", run_id=former.run_id, as_of=former.as_of)
        write_messages(connection, [message], run_id=former.run_id, at=instant)
        why = f"run {shown.run_id} was undone by {actor}: {reason}"
        withdrawn = withdraw_messages(connection, run_id=shown.run_id, at=instant, reason=why)
    told |= {"as_of": former.as_of, "undone_as_of": shown.as_of, "n_withdrawn": withdrawn}
    return {"event_id": event_id, **told}


def _former(connection: Connection, shown: int) -> Any:
    """The run that was published before and is kept in full; not one that was undone."""
    before = sa.select(RUNS).where(RUNS.c.state == "published", RUNS.c.run_id < shown)
    found = connection.execute(before.order_by(RUNS.c.run_id.desc()).limit(1)).one_or_none()
    if found is None:
        raise NothingToUndoError(f"run {shown} is the first that is kept; there is none before it")
    of_run = SCORES.c.run_id == found.run_id
    kept = connection.scalar(sa.select(sa.func.count()).select_from(SCORES).where(of_run))
    if kept != found.n_clocks:
        raise NothingToUndoError(
            f"the queue of run {found.run_id}, shown before run {shown}, is kept no longer; "
            "raise storage.keep_runs to be able to go back further"
        )
    return found


def list_undone(engine: Engine, *, limit: int = 50) -> list[dict[str, Any]]:
    """The latest decisions about which queue is shown, newest first."""
    wanted = sa.select(QUEUE_EVENTS).order_by(QUEUE_EVENTS.c.event_id.desc()).limit(limit)
    with reading(engine) as connection:
        return [dict(row) for row in connection.execute(wanted).mappings()]
