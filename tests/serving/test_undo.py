"""Undoing a publication: one transaction, written down, told to other systems; both databases."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from forewarn.errors import DataError
from serving import queries
from serving.database import writing
from serving.lease import LostLeaseError
from serving.run import ScoredRun
from serving.schema.outside import OUTBOX
from serving.schema.runs import QUEUE_EVENTS
from serving.store import Store
from serving.undo import NothingToUndoError

Run = Callable[..., ScoredRun]
WHY = {"actor": "ann", "reason": "the incident is over"}


def publish(store: Store, run: ScoredRun, *, keep: int = 10) -> int:
    """Publish one run."""
    return store.publish(run, store.acquire_lease("test", dt.timedelta(minutes=1)), keep=keep)


def shown(store: Store) -> tuple[int, str]:
    """The run that is shown, and what its rows say."""
    page = queries.queue_page(store)
    (subject,) = {row["subject"] for row in page.rows}
    return page.run["run_id"], subject


def messages(store: Store) -> list[tuple[str, str, Any]]:
    """Messages that another queue is shown, oldest first."""
    wanted = sa.select(OUTBOX).where(OUTBOX.c.topic == "queue").order_by(OUTBOX.c.message_id)
    with store.reading() as connection:
        return [(r.key, r.state, r.payload["run_id"]) for r in connection.execute(wanted)]


def test_the_former_queue_is_shown_again(db: Store, example_run: Run) -> None:
    """Queue, clocks and customers of run 1; run 2 is marked, and who wanted it is written down."""
    publish(db, example_run(1))
    publish(db, example_run(2))
    done = db.undo(**WHY)
    assert shown(db) == (1, "stamp 1")
    assert queries.customers(db)[0]["reason"] == "stamp 1"
    assert queries.ticket(db, "T0001")["clocks"][0]["elapsed_share"] == 1.0
    assert [run["state"] for run in queries.runs(db)] == ["undone", "published"]
    (event,) = db.undone()
    assert (event["kind"], event["run_id"], event["shown_run_id"]) == ("undone", 2, 1)
    assert (event["actor"], event["reason"]) == ("ann", "the incident is over")
    assert event["happened_at"] == done["happened_at"]
    assert (done["as_of"], done["undone_as_of"]) == (example_run(1).as_of, example_run(2).as_of)


def test_other_systems_are_told(db: Store, example_run: Run) -> None:
    """A message of its own, in place of the pending one; the next publication is told again."""
    publish(db, example_run(1))
    publish(db, example_run(2))
    db.undo(**WHY)
    publish(db, example_run(2))
    assert messages(db) == [
        ("queue:1", "superseded", 1), ("queue:2", "superseded", 2),
        ("queue:undo:1", "superseded", 1), ("queue:3", "pending", 3),
    ]  # fmt: skip


def test_what_a_lottery_drew_in_an_undone_run_is_known(db: Store, example_run: Run) -> None:
    """T0002 and T0003 came with run 2, one of them into a lottery; run 3 comes after them."""
    publish(db, example_run(1, n=2))
    later = example_run(2, n=4)
    publish(db, replace(later, queue=later.queue.assign(arm=[None, None, "act", None])))
    db.undo(**WHY)
    former = db.former_order()
    assert former is not None
    assert former.rows["ticket_id"].tolist() == ["T0000", "T0001"]
    assert former.undone_arms == {"T0000": None, "T0001": None, "T0002": "act", "T0003": None}
    publish(db, example_run(3))
    former = db.former_order()
    assert former is not None
    assert former.undone_arms == {}


def test_a_second_undo_goes_one_further_back(db: Store, example_run: Run) -> None:
    """3, then 2, then 1; before that there is none, which changes nothing."""
    for stamp in (1, 2, 3):
        publish(db, example_run(stamp))
    db.undo(**WHY)
    assert shown(db) == (2, "stamp 2")
    db.undo(**WHY)
    assert shown(db) == (1, "stamp 1")
    with pytest.raises(NothingToUndoError, match="run 1 is the first that is kept"):
        db.undo(**WHY)
    assert shown(db) == (1, "stamp 1")
    assert len(db.undone()) == 2


def test_what_was_undone_does_not_come_back(db: Store, example_run: Run) -> None:
    """2 undone, 3 published and undone: 1 is shown."""
    publish(db, example_run(1))
    publish(db, example_run(2))
    db.undo(**WHY)
    publish(db, example_run(3))
    db.undo(**WHY)
    assert shown(db) == (1, "stamp 1")


def test_a_run_between_the_two_may_be_published_afterwards(db: Store, example_run: Run) -> None:
    """Never backwards counts from what is shown: 1, so 2 is newer, though 3 was published."""
    publish(db, example_run(1))
    publish(db, example_run(3))
    db.undo(**WHY)
    publish(db, example_run(2))
    assert shown(db) == (3, "stamp 2")


def test_a_run_under_way_does_not_bring_the_undone_order_back(db: Store, example_run: Run) -> None:
    """Run 3 began from the order of run 2: it publishes nothing, and run 4 may begin at once."""
    publish(db, example_run(1))
    publish(db, example_run(2))
    token = db.acquire_lease("test", dt.timedelta(minutes=1))
    db.undo(**WHY)
    with pytest.raises(LostLeaseError, match="run 3 no longer holds the lease"):
        db.publish(example_run(3), token)
    assert shown(db) == (1, "stamp 1")
    (third, *_) = queries.runs(db)
    assert (third["state"], third["error"]) == (
        "abandoned", "the queue that it began from was undone",
    )  # fmt: skip
    assert publish(db, example_run(3)) == 4


def test_what_cannot_be_undone_leaves_the_run_under_way_alone(db: Store, example_run: Run) -> None:
    """There is no queue before the first: run 2 goes on, and publishes."""
    publish(db, example_run(1))
    token = db.acquire_lease("test", dt.timedelta(minutes=1))
    with pytest.raises(NothingToUndoError, match="run 1 is the first"):
        db.undo(**WHY)
    assert db.publish(example_run(2), token) == 2


def test_nothing_published_nothing_undone(db: Store) -> None:
    """It is said, and nothing is written down."""
    with pytest.raises(NothingToUndoError, match="nothing is published yet"):
        db.undo(**WHY)
    assert db.undone() == []


def test_a_queue_that_is_kept_no_longer_cannot_come_back(db: Store, example_run: Run) -> None:
    """With one queue kept there is nothing to go back to; the setting is named."""
    publish(db, example_run(1), keep=1)
    publish(db, example_run(2), keep=1)
    with pytest.raises(NothingToUndoError, match=r"run 1, shown before run 2.*storage.keep_runs"):
        db.undo(**WHY)
    assert shown(db) == (2, "stamp 2")


@pytest.mark.parametrize("told", [{"actor": " ", "reason": "x"}, {"actor": "ann", "reason": ""}])
def test_who_and_why_are_needed(db: Store, example_run: Run, told: dict[str, str]) -> None:
    """An empty name or reason is refused."""
    publish(db, example_run(1))
    publish(db, example_run(2))
    with pytest.raises(DataError, match="say who wants it, and why"):
        db.undo(**told)
    assert shown(db) == (2, "stamp 2")


def test_all_or_nothing(db: Store, example_run: Run) -> None:
    """Where the message cannot be written, pointer, states and log stay as they were."""
    publish(db, example_run(1))
    publish(db, example_run(2))
    with writing(db.engine) as connection:
        connection.execute(sa.text("drop table outbox"))
    with pytest.raises(Exception, match="outbox"):
        db.undo(**WHY)
    assert shown(db) == (2, "stamp 2")
    assert [run["state"] for run in queries.runs(db)] == ["published", "published"]
    with db.reading() as connection:
        assert connection.execute(sa.select(QUEUE_EVENTS)).all() == []


def test_the_guards_counts_go_on(db: Store, example_run: Run) -> None:
    """Pickups were observed; an undo does not unsee them."""
    publish(db, example_run(1))
    publish(db, example_run(2))
    db.undo(**WHY)
    assert [turn.n_pickups for turn in db.turns()] == [2]
