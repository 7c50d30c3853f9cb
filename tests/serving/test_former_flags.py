"""An undo brings back the flags of before the undone run; both databases."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from serving.database import writing
from serving.run import FlagMemory, ScoredRun, Standing
from serving.schema.flags import FORMER_FLAG_WEEKS, FORMER_FLAGS
from serving.store import Store

Run = Callable[..., ScoredRun]
WHY = {"actor": "ann", "reason": "the incident is over"}
MONDAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
NEXT_MONDAY = MONDAY + dt.timedelta(days=7)
REST = dt.timedelta(days=14)


def flagged(week_at: dt.datetime, *customers: str) -> FlagMemory:
    """Flags raised and decided in a week."""
    return FlagMemory(week_at, tuple(Standing(name, week_at, week_at) for name in customers))


def publish(store: Store, run: ScoredRun, memory: FlagMemory, *, keep: int = 10) -> None:
    """Publish the run with these flags."""
    token = store.acquire_lease("test", dt.timedelta(minutes=1))
    store.publish(replace(run, memory=memory), token, keep=keep)


def test_the_next_run_decides_from_the_flags_of_before(db: Store, example_run: Run) -> None:
    """The second run was the first of its week: undone, that week is not decided any more."""
    before = flagged(MONDAY, "C1", "C2")
    publish(db, example_run(1), before)
    publish(db, example_run(2), flagged(NEXT_MONDAY, "C3"))
    db.undo(**WHY)
    assert db.flag_memory() == before


def test_a_second_undo_goes_one_further_back(db: Store, example_run: Run) -> None:
    """Within a week, where flags of customers who were no longer at risk went; then to none."""
    publish(db, example_run(1), FlagMemory())
    publish(db, example_run(2), flagged(MONDAY, "C1", "C2"))
    publish(db, example_run(3), flagged(MONDAY, "C2"))
    db.undo(**WHY)
    assert db.flag_memory() == flagged(MONDAY, "C1", "C2")
    db.undo(**WHY)
    assert db.flag_memory() == FlagMemory()


def test_who_was_acknowledged_meanwhile_keeps_resting(db: Store, example_run: Run) -> None:
    """C1 was flagged before, C3 by the undone run alone: somebody looks after both."""
    publish(db, example_run(1), flagged(MONDAY, "C1", "C2"))
    publish(db, example_run(2), flagged(MONDAY, "C1", "C3"))
    for name in ("C1", "C3"):
        db.acknowledge_flag(name, by="kim", note=None, rest=REST)
    db.undo(**WHY)
    assert {flag["customer_id"]: flag["acknowledged_by"] for flag in db.flags()} == {
        "C1": "kim", "C2": None, "C3": "kim",
    }  # fmt: skip


def test_a_rest_that_the_undone_run_ended_goes_on(db: Store, example_run: Run) -> None:
    """The run was as of an instant three weeks too late: C1 had rested for two of them."""
    publish(db, example_run(1), flagged(MONDAY, "C1"))
    until = db.acknowledge_flag("C1", by="kim", note="called", rest=REST)
    late = replace(example_run(2), as_of=until + dt.timedelta(days=7))
    publish(db, late, flagged(NEXT_MONDAY, "C1"))
    db.undo(**WHY)
    (flag,) = db.flags()
    assert (flag["rests_until"], flag["note"]) == (until, "called")


def test_of_a_run_of_an_older_forewarn_the_flags_stay(db: Store, example_run: Run) -> None:
    """Nothing was written down of what stood before it."""
    publish(db, example_run(1), flagged(MONDAY, "C1"))
    publish(db, example_run(2), flagged(MONDAY, "C2"))
    with writing(db.engine) as connection:
        connection.execute(FORMER_FLAGS.delete())
        connection.execute(FORMER_FLAG_WEEKS.delete())
    db.undo(**WHY)
    assert db.flag_memory() == flagged(MONDAY, "C2")


def test_they_are_kept_as_long_as_the_queues(db: Store, example_run: Run) -> None:
    """Of four runs two are kept, and what stood before these."""
    for stamp in (1, 2, 3, 4):
        publish(db, example_run(stamp), flagged(MONDAY, f"C{stamp}"), keep=2)
    with db.reading() as connection:
        kept = [(row.run_id, row.customer_id) for row in connection.execute(FORMER_FLAGS.select())]
    assert sorted(kept) == [(3, "C2"), (4, "C3")]
