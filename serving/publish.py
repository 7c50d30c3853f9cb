"""Publishing: everything a run says, and the pointer to it, in one transaction."""

import datetime as dt
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from forewarn.errors import StoreError
from serving import lease
from serving.database import now, writing
from serving.flag_memory import write_memory
from serving.former_flags import keep_flags
from serving.messages import shown_message
from serving.outbox import write_messages
from serving.run import ScoredRun
from serving.schema.flags import CUSTOMER_FLAGS, FORMER_FLAG_WEEKS, FORMER_FLAGS
from serving.schema.outside import OUTBOX
from serving.schema.runs import CURRENT, RUNS
from serving.schema.shown import CAPACITY, GUARD_TURNS, QUEUE, ROSTER, SCORES
from serving.score_log import forget_scores, log_scores

_DETAILS = (SCORES, QUEUE, CUSTOMER_FLAGS, ROSTER, CAPACITY)
_RUN_ROWS_KEPT = 10_000


class OlderRunError(StoreError):
    """A newer as_of is published already; the queue never goes backwards by itself."""


def publish(
    engine: Engine,
    run: ScoredRun,
    *,
    token: int,
    keep: int,
    keep_said: dt.timedelta,
    rewind: bool,
) -> int:
    """See ``Store.publish``."""
    with writing(engine) as connection:
        lease.check(connection, token)
        if not rewind:
            _refuse_older(connection, run)
        instant = now(connection)
        _write_details(connection, run, token)
        _write_turns(connection, run)
        keep_flags(connection, run_id=token)
        write_memory(connection, run.memory, as_of=run.as_of)
        shown = shown_message(str(token), run_id=token, as_of=run.as_of)
        write_messages(connection, [shown, *run.messages], run_id=token, at=instant)
        log_scores(connection, run.said, run_id=token, as_of=run.as_of)
        forget_scores(connection, before=run.as_of - keep_said)
        connection.execute(
            RUNS.update()
            .where(RUNS.c.run_id == token)
            .values(_summary(run) | {"ended_at": instant})
        )
        connection.execute(CURRENT.delete())
        connection.execute(CURRENT.insert().values(only=1, run_id=token, as_of=run.as_of))
        _prune(connection, keep=keep, current=token)
        lease.free(connection)
    return token


def _refuse_older(connection: Connection, run: ScoredRun) -> None:
    published = connection.execute(sa.select(CURRENT)).one_or_none()
    if published is not None and run.as_of < published.as_of:
        raise OlderRunError(
            "the published queue is as of {published}, newer than {asked}; nothing was changed",
            published=published.as_of,
            asked=run.as_of,
        )


def _write_details(connection: Connection, run: ScoredRun, token: int) -> None:
    frames = (run.scores, run.queue, run.flags, run.roster, run.capacity)
    for table, frame in zip(_DETAILS, frames, strict=True):
        if frame.empty:
            continue
        names = [column.name for column in table.c if column.name != "run_id"]
        rows = [row | {"run_id": token} for row in _records(frame[names])]
        connection.execute(table.insert(), rows)


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values; what is missing becomes None."""
    plain = frame.astype(object).where(frame.notna(), None)
    names = [str(name) for name in plain.columns]
    columns = [plain[name].tolist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _summary(run: ScoredRun) -> dict[str, Any]:
    lists = run.queue["list"].value_counts()
    return {
        "state": "published",
        "as_of": run.as_of,
        "model_version": run.model_version,
        "degraded": run.degraded,
        "policy_version": run.policy_version,
        "tightening": run.tightening,
        "digests": dict(run.digests),
        "n_clocks": len(run.scores),
        **{f"n_{name}": int(lists.get(name, 0)) for name in ("ranked", "lost", "waiting")},
        "n_flags": len(run.flags),
    }


def _write_turns(connection: Connection, run: ScoredRun) -> None:
    connection.execute(GUARD_TURNS.delete())
    if run.turns:
        connection.execute(GUARD_TURNS.insert(), [vars(turn) for turn in run.turns])


def _prune(connection: Connection, *, keep: int, current: int) -> None:
    """Drop the details of all but the last ``keep`` published runs, and superseded messages."""
    published = sa.select(RUNS.c.run_id).where(RUNS.c.state == "published")
    newest = published.order_by(RUNS.c.run_id.desc()).limit(keep)
    oldest = min(connection.scalars(newest))
    for table in (*_DETAILS, FORMER_FLAG_WEEKS, FORMER_FLAGS):
        connection.execute(table.delete().where(table.c.run_id < oldest))
    connection.execute(
        OUTBOX.delete().where(OUTBOX.c.state == "superseded", OUTBOX.c.run_id < oldest)
    )
    connection.execute(RUNS.delete().where(RUNS.c.run_id < min(oldest, current - _RUN_ROWS_KEPT)))
