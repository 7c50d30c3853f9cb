"""SIGKILL while publishing, again and again: readers see whole runs, the next run goes on."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from forewarn.errors import BusyError
from serving import queries
from serving.schema.flags import CUSTOMER_FLAGS
from serving.schema.outside import OUTBOX
from serving.schema.runs import RUNS
from serving.schema.shown import GUARD_TURNS, QUEUE, SCORES
from serving.store import Store, open_store


def assert_whole(store: Store) -> int:
    """One transaction sees one run: all its rows carry one stamp; return the stamp."""
    with store.reading() as connection:
        run = queries._current(connection)
        if run is None:
            return 0
        of_run = [t.c.run_id == run["run_id"] for t in (QUEUE, SCORES, CUSTOMER_FLAGS)]
        subjects = connection.scalars(sa.select(QUEUE.c.subject).where(of_run[0])).all()
        shares = connection.scalars(sa.select(SCORES.c.elapsed_share).where(of_run[1])).all()
        flags = connection.scalars(sa.select(CUSTOMER_FLAGS.c.reason).where(of_run[2])).all()
        turns = connection.scalars(sa.select(GUARD_TURNS.c.n_pickups)).all()
        keys = connection.scalars(sa.select(OUTBOX.c.key).where(OUTBOX.c.state == "pending")).all()
    stamp = int(turns[0])
    assert run["state"] == "published"
    assert run["as_of"] == dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC) + dt.timedelta(minutes=stamp)
    assert len(subjects) == len(shares) == run["n_clocks"] == 20 + stamp % 80
    assert set(subjects) == set(flags) == {f"stamp {stamp}"}
    assert set(shares) == {float(stamp)}
    assert sorted(keys) == [f"queue:{run['run_id']}", f"run:{stamp}"]
    return stamp


@contextmanager
def reading_all_the_while(store: Store) -> Iterator[list[int]]:
    """Read in a second thread until the block ends; what went wrong there fails the test."""
    seen: list[int] = []
    wrong: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                seen.append(assert_whole(store))
                time.sleep(0.02)
            except BusyError:
                continue
            except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
                wrong.append(error)
                return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield seen
    finally:
        stop.set()
        reader.join()
    if wrong:
        raise wrong[0]


@contextmanager
def publishers(url: str, script: Path) -> Iterator[Callable[[], Callable[[], None]]]:
    """Gives a function that starts a publisher and returns one that kills it."""
    server = subprocess.Popen(
        [sys.executable, str(script), url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None
    assert server.stdout is not None
    asked, told = server.stdin, server.stdout

    def start() -> Callable[[], None]:
        asked.write("next\n")
        asked.flush()
        child = int(told.readline())

        def kill() -> None:
            os.kill(child, signal.SIGKILL)
            assert told.readline() == "ended\n"

        return kill

    try:
        yield start
    finally:
        asked.close()
        server.wait(timeout=30)
        told.close()


def time_to_publish(store: Store, start: Callable[[], Callable[[], None]]) -> float:
    """How long a publisher takes from its start until its run is there; machines differ."""
    before, kill = assert_whole(store), start()
    begin = time.monotonic()
    while assert_whole(store) == before:
        assert time.monotonic() - begin < 60
        time.sleep(0.002)
    kill()
    return time.monotonic() - begin


def kill_while_publishing(url: str, script: Path, *, kills: int, seed: int) -> Store:
    """Kill publishers at random moments; look after each kill, and all the while."""
    moments = random.Random(seed)  # noqa: S311 - moments of killing, no secret
    store = open_store(url)
    with publishers(url, script) as start:
        usual = min(time_to_publish(store, start) for _ in range(3))
        stamps = [assert_whole(store)]
        with reading_all_the_while(store) as seen:
            for _ in range(kills):
                kill = start()
                time.sleep(moments.uniform(0.0, 2.0 * usual))
                kill()
                stamps.append(assert_whole(store))
    assert stamps == sorted(stamps), "the published queue went backwards"
    assert seen == sorted(seen)
    assert stamps[-1] > kills / 8, "too few runs were published for the kills to mean anything"
    return store


def assert_usable(store: Store) -> None:
    """The next run takes the lease at once although the last holder was killed."""
    token = store.acquire_lease("after the kills", dt.timedelta(minutes=10))
    store.release(token)
    with store.reading() as connection:
        abandoned = sa.select(sa.func.count()).where(RUNS.c.state == "abandoned")
        assert (connection.scalar(abandoned) or 0) > 0, "no kill hit a run that was under way"


@pytest.mark.slow
def test_a_hundred_kills_on_sqlite(sqlite_url: str, publisher_script: Path) -> None:
    """120 kills at random moments: only whole runs are ever read, and the file stays sound."""
    store = kill_while_publishing(sqlite_url, publisher_script, kills=120, seed=1)
    assert_usable(store)
    with store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    store.close()


@pytest.mark.slow
@pytest.mark.postgres
def test_kills_on_postgres(postgres_url: str, publisher_script: Path) -> None:
    """The same on PostgreSQL, whose server lives on while its clients are killed."""
    store = kill_while_publishing(postgres_url, publisher_script, kills=25, seed=2)
    assert_usable(store)
    store.close()
