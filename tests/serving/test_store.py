"""Publishing: whole runs, one lease, newest as-of, bounded history; on both databases."""

import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from forewarn.errors import BusyError, ConfigError, StoreError
from serving import queries
from serving.lease import LostLeaseError
from serving.publish import OlderRunError
from serving.run import ScoredRun
from serving.schema.outside import OUTBOX
from serving.schema.runs import LEASE, RUNS
from serving.schema.shown import QUEUE
from serving.store import Store, open_store

TTL = dt.timedelta(minutes=10)
Run = Callable[..., ScoredRun]


def publish(store: Store, run: ScoredRun, *, keep: int = 10, rewind: bool = False) -> int:
    """Publish one run under a lease of its own."""
    token = store.acquire_lease("test", TTL)
    try:
        return store.publish(run, token, keep=keep, rewind=rewind)
    finally:
        store.release(token)


def states(store: Store) -> list[tuple[int, str]]:
    """Run ids with their states, oldest first."""
    return [(run["run_id"], run["state"]) for run in reversed(queries.runs(store))]


def test_a_published_run_reads_back_as_it_was(db: Store, example_run: Run) -> None:
    """Every value comes back: null, instant with microseconds, text, number, list."""
    run = example_run(3, n=3)
    publish(db, run)
    rows = queries.queue(db)
    assert [r["ticket_id"] for r in rows] == ["T0000", "T0001", "T0002"]
    assert rows[0]["next_due_at"] is None
    assert rows[1]["next_due_at"] == run.as_of
    assert rows[0]["expected_minutes"] is None
    assert rows[2]["list"] == "lost"
    assert rows[0]["reasons"] == ["9 % of its time left"]
    assert db.turns() == run.turns
    current = queries.current_run(db)
    assert current is not None
    assert (current["n_ranked"], current["n_lost"], current["n_waiting"]) == (2, 1, 0)
    assert current["as_of"] == run.as_of


def test_microseconds_survive(db: Store, example_run: Run) -> None:
    """The as-of instant is kept to the microsecond."""
    run = example_run(1)
    as_of = dt.datetime(2026, 3, 2, 9, 0, 0, 123457, tzinfo=dt.UTC)
    publish(db, ScoredRun(**vars(run) | {"as_of": as_of}))
    current = queries.current_run(db)
    assert current is not None
    assert current["as_of"] == as_of


def test_nothing_published_is_said(db: Store) -> None:
    """Before the first run there is no current run and reading the queue says what to do."""
    assert queries.current_run(db) is None
    with pytest.raises(queries.NothingPublishedError, match="forewarn score"):
        queries.queue(db)


def test_only_one_run_at_a_time(db: Store) -> None:
    """While a living process holds the lease another is refused, and told who holds it."""
    db.acquire_lease("nightly", TTL)
    with pytest.raises(BusyError, match="run 1 by nightly is under way"):
        db.acquire_lease("second", TTL)
    assert states(db) == [(1, "running")]


def test_an_expired_lease_is_taken_over(db: Store) -> None:
    """A lease without heartbeat ends by itself; its run is marked as abandoned."""
    db.acquire_lease("slept", dt.timedelta(0))
    assert db.acquire_lease("next", TTL) == 2
    assert states(db) == [(1, "abandoned"), (2, "running")]


def test_a_dead_process_does_not_block(db: Store) -> None:
    """The lease of a process that is gone is taken over at once, however long it would last."""
    db.acquire_lease("killed", TTL)
    with db.engine.begin() as connection:
        process = connection.scalar(sa.select(LEASE.c.process))
        boot, space, _pid, _started = process.split("/")
        connection.execute(LEASE.update().values(process=f"{boot}/{space}/4194305/1"))
    assert db.acquire_lease("next", TTL) == 2


def test_a_process_elsewhere_is_believed(db: Store) -> None:
    """Whether a process of another machine lives cannot be seen: its lease holds until it ends."""
    db.acquire_lease("elsewhere", TTL)
    with db.engine.begin() as connection:
        connection.execute(LEASE.update().values(process="other-boot/pid:[1]/1/1"))
    with pytest.raises(BusyError):
        db.acquire_lease("next", TTL)


def test_a_fenced_run_writes_nothing(db: Store, example_run: Run) -> None:
    """A run that was overtaken while it slept is refused inside the transaction."""
    old = db.acquire_lease("slept", dt.timedelta(0))
    new = db.acquire_lease("next", TTL)
    with pytest.raises(LostLeaseError, match="run 1 no longer holds the lease"):
        db.publish(example_run(1), old)
    with pytest.raises(LostLeaseError):
        db.heartbeat(old, TTL)
    assert queries.current_run(db) is None
    assert db.publish(example_run(1), new) == 2


def test_a_run_publishes_once(db: Store, example_run: Run) -> None:
    """Publishing ends the lease, so the same token cannot publish again."""
    token = db.acquire_lease("test", TTL)
    db.publish(example_run(1), token)
    with pytest.raises(LostLeaseError, match="now: nobody"):
        db.publish(example_run(2), token)


def test_heartbeat_extends_the_lease(db: Store) -> None:
    """A beat moves the end of the lease; without it the lease would have ended."""
    token = db.acquire_lease("test", dt.timedelta(0))
    db.heartbeat(token, TTL)
    with pytest.raises(BusyError):
        db.acquire_lease("next", TTL)


def test_the_heart_beats_by_itself(db: Store) -> None:
    """Inside the block the lease outlives its ttl; after it, it is free and the run failed."""
    import time

    with db.holding_lease("test", dt.timedelta(seconds=4)):
        time.sleep(6)
        with pytest.raises(BusyError):
            db.acquire_lease("next", TTL)
    assert states(db) == [(1, "failed")]
    assert db.acquire_lease("next", TTL) == 2


def test_an_error_is_kept_with_its_run(db: Store) -> None:
    """What ended a run is in the run table, and the lease is free again."""
    with pytest.raises(ValueError, match="bad"), db.holding_lease("test", TTL):
        raise ValueError("bad luck")
    assert queries.runs(db)[0]["error"] == "ValueError: bad luck"
    assert db.acquire_lease("next", TTL) == 2


def test_newest_as_of_wins(db: Store, example_run: Run) -> None:
    """An older as-of is refused and changes nothing; the same or a newer one is published."""
    publish(db, example_run(5))
    with pytest.raises(OlderRunError, match="2026-03-02 09:05 UTC, newer than"):
        publish(db, example_run(4))
    assert queries.queue(db)[0]["subject"] == "stamp 5"
    publish(db, example_run(5))
    publish(db, example_run(6))
    assert queries.queue(db)[0]["subject"] == "stamp 6"
    assert [state for _, state in states(db)] == ["published", "failed", "published", "published"]


def test_a_person_may_go_back(db: Store, example_run: Run) -> None:
    """Asked for explicitly, an earlier instant is published."""
    publish(db, example_run(5))
    publish(db, example_run(2), rewind=True)
    assert queries.queue(db)[0]["subject"] == "stamp 2"


def test_old_runs_go(db: Store, example_run: Run) -> None:
    """Rows of all but the last three published runs are dropped; the run table keeps them."""
    for stamp in range(1, 6):
        publish(db, example_run(stamp), keep=3)
    with db.reading() as connection:
        kept = set(connection.scalars(sa.select(QUEUE.c.run_id)))
        runs = connection.scalar(sa.select(sa.func.count()).select_from(RUNS))
    assert (kept, runs) == ({3, 4, 5}, 5)


def test_messages_are_written_once_and_superseded(db: Store, example_run: Run) -> None:
    """A key is written once, a queue's once per run; a newer message of a topic supersedes."""
    for stamp in (1, 1, 2):
        publish(db, example_run(stamp))
    with db.reading() as connection:
        rows = connection.execute(sa.select(OUTBOX.c.key, OUTBOX.c.state).order_by(OUTBOX.c.key))
        found = [tuple(row) for row in rows]
    assert found == [
        ("queue:1", "superseded"), ("queue:2", "superseded"), ("queue:3", "pending"),
        ("run:1", "superseded"), ("run:2", "pending"),
    ]  # fmt: skip


def test_a_failing_publication_leaves_the_last_run(db: Store, example_run: Run) -> None:
    """An error after half of the rows rolls everything back."""
    publish(db, example_run(1))
    broken = example_run(2)
    broken.flags.loc[1] = broken.flags.loc[0]  # a second customer of rank 1
    with pytest.raises(StoreError):
        publish(db, broken)
    assert {row["subject"] for row in queries.queue(db)} == {"stamp 1"}
    assert db.turns()[0].n_pickups == 1


def test_an_empty_desk_can_be_published(db: Store, example_run: Run) -> None:
    """No open ticket is a result like any other."""
    run = example_run(1)
    bare = {name: getattr(run, name).iloc[:0] for name in ("queue", "scores", "flags")}
    publish(db, ScoredRun(**vars(run) | bare))
    assert queries.queue(db) == []
    assert queries.customers(db) == []


def test_queue_of_one_group_list_and_page(db: Store, example_run: Run) -> None:
    """Filters and pages keep the positions of the whole queue."""
    publish(db, example_run(1, n=6))
    positions = [row["position"] for row in queries.queue(db, group="net")]
    assert positions == [1, 3, 5]
    assert [row["position"] for row in queries.queue(db, group="net", limit=1, offset=1)] == [3]
    assert [row["position"] for row in queries.queue(db, list="lost")] == [6]


def test_ticket_with_its_clocks(db: Store, example_run: Run) -> None:
    """A ticket comes with its clocks and its run; an unknown one is an error that says so."""
    publish(db, example_run(1))
    ticket = queries.ticket(db, "T0001")
    assert [clock["metric"] for clock in ticket["clocks"]] == ["resolution"]
    assert ticket["run"]["run_id"] == 1
    with pytest.raises(queries.UnknownTicketError, match="no open ticket 'T9'"):
        queries.ticket(db, "T9")


def test_customers_in_order(db: Store, example_run: Run) -> None:
    """Flagged customers come by rank."""
    publish(db, example_run(1))
    assert [(row["rank"], row["customer_id"]) for row in queries.customers(db)] == [(1, "C1")]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "not a database URL"),
        ("sqlite://", "must name a file"),
        ("mysql+pymysql://me@host/db", "names 'mysql'"),
    ],
)
def test_bad_urls_are_explained(url: str, words: str) -> None:
    """A URL that cannot serve is refused with what is expected."""
    with pytest.raises(ConfigError, match=words):
        open_store(url)


def test_database_away() -> None:
    """A server that does not answer is a typed error, without a password in it."""
    with pytest.raises(StoreError) as caught:
        open_store("postgresql://me:hunter2@127.0.0.1:1/db")
    assert "hunter2" not in str(caught.value)


def test_not_a_database(sqlite_url: str) -> None:
    """A file that is no database is a typed error."""
    from pathlib import Path

    path = Path(sqlite_url.removeprefix("sqlite:///"))
    path.parent.mkdir()
    path.write_text("this is not a database, however long one looks at it " * 40)
    with pytest.raises(StoreError, match="not a database"):
        open_store(sqlite_url)


def test_locked_for_long_is_busy(store: Store) -> None:
    """A database that stays locked is busy, not broken: it is worth another try."""
    store.acquire_lease("test", TTL)
    store.engine.dispose()  # the next connection is an impatient one
    sa.event.listen(store.engine, "connect", lambda c, _: c.execute("PRAGMA busy_timeout=50"))
    writer = store.engine.connect().execution_options(forewarn_writes=True)
    with writer, writer.begin(), pytest.raises(BusyError, match="busy"):
        store.acquire_lease("next", TTL)


def test_sqlite_is_driven_safely(store: Store) -> None:
    """Rollback journal, full sync, foreign keys: said at start and true."""
    with store.reading() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "delete", "synchronous": 2, "foreign_keys": 1}
    assert store.describe().endswith("journal DELETE, synchronous FULL")
