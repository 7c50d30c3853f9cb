"""What becomes of messages about a customer when the run that wrote them is undone."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import sqlalchemy as sa

from serving.database import writing
from serving.run import Message, ScoredRun
from serving.schema.outside import OUTBOX
from serving.store import Store

Run = Callable[..., ScoredRun]
WHY = {"actor": "ann", "reason": "the incident is over"}


def publish(store: Store, run: ScoredRun) -> int:
    """Publish one run."""
    return store.publish(run, store.acquire_lease("test", dt.timedelta(minutes=1)))


def flagging(run: ScoredRun, *weeks: int) -> ScoredRun:
    """The run, telling that C1 is flagged for these weeks, one message each."""
    told = [
        Message(f"customer:C1:W{week}", "customer:C1", "customer.flagged", {}) for week in weeks
    ]
    return replace(run, messages=tuple(told))


def flags_told(store: Store) -> dict[str, tuple[str, int, str | None]]:
    """Of each message about C1: state, the run that wrote it, why it was withdrawn."""
    wanted = sa.select(OUTBOX).where(OUTBOX.c.topic == "customer:C1").order_by(OUTBOX.c.key)
    with store.reading() as connection:
        rows = connection.execute(wanted)
        return {row.key[-2:]: (row.state, row.run_id, row.reason) for row in rows}


def test_what_nobody_was_sent_yet_is_withdrawn(db: Store, example_run: Run) -> None:
    """Run 2 flagged C1: the message is marked, and why; that of another run stays as it was."""
    publish(db, flagging(example_run(1)))
    publish(db, flagging(example_run(2), 1))
    assert db.undo(**WHY)["n_withdrawn"] == 1
    why = "run 2 was undone by ann: the incident is over"
    assert flags_told(db) == {"W1": ("withdrawn", 2, why)}


def test_what_the_run_before_told_still_waits(db: Store, example_run: Run) -> None:
    """Run 1 flagged C1 too, and it is shown again: its message is to be sent."""
    publish(db, flagging(example_run(1), 1))
    publish(db, flagging(example_run(2), 1))
    assert db.undo(**WHY)["n_withdrawn"] == 0
    assert flags_told(db) == {"W1": ("pending", 1, None)}


def test_what_a_withdrawn_message_superseded_waits_again(db: Store, example_run: Run) -> None:
    """C1 was flagged for three weeks in turn; back by one run, then by another."""
    for stamp in (1, 2, 3):
        publish(db, flagging(example_run(stamp), stamp))
    states = ["superseded", "superseded", "pending"]
    assert [flag[0] for flag in flags_told(db).values()] == states
    db.undo(**WHY)
    states = ["superseded", "pending", "withdrawn"]
    assert [flag[0] for flag in flags_told(db).values()] == states
    db.undo(**WHY)
    states = ["pending", "withdrawn", "withdrawn"]
    assert [flag[0] for flag in flags_told(db).values()] == states


def test_what_was_withdrawn_is_told_where_it_is_so_again(db: Store, example_run: Run) -> None:
    """Run 3 flags C1 for the week of the undone run 2: no alert is lost, and none is doubled."""
    publish(db, flagging(example_run(1), 1))
    publish(db, flagging(example_run(2), 2))
    db.undo(**WHY)
    publish(db, flagging(example_run(3), 2))
    assert flags_told(db) == {"W1": ("superseded", 1, None), "W2": ("pending", 3, None)}
    db.undo(**WHY)
    assert flags_told(db)["W1"] == ("pending", 1, None)


def test_what_was_sent_stays_sent(db: Store, example_run: Run) -> None:
    """It cannot be called back, nor is it told twice."""
    publish(db, flagging(example_run(1)))
    publish(db, flagging(example_run(2), 1))
    with writing(db.engine) as connection:
        connection.execute(OUTBOX.update().values(state="sent"))
    assert db.undo(**WHY)["n_withdrawn"] == 0
    publish(db, flagging(example_run(3), 1))
    assert flags_told(db) == {"W1": ("sent", 2, None)}
