"""Flags last between runs, and people acknowledge them."""

import dataclasses
import datetime as dt
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from forewarn.errors import DataError
from serving.flag_memory import UnknownFlagError, acknowledge, write_memory
from serving.migrations import migrate
from serving.run import FlagMemory, ScoredRun, Standing
from serving.schema.columns import METADATA
from serving.schema.flags import FLAG_WEEKS, FLAGS
from serving.store import Store

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
TTL = dt.timedelta(minutes=5)
REST = dt.timedelta(days=14)


def publish(store: Store, run: ScoredRun) -> None:
    """One run from lease to pointer."""
    store.publish(run, store.acquire_lease("test", TTL))


def test_a_run_leaves_its_flags_for_the_next(
    store: Store, example_run: Callable[..., ScoredRun]
) -> None:
    """What stands is read back as it was written; a new decision takes its place."""
    assert store.flag_memory() == FlagMemory()
    publish(store, example_run(1))
    assert store.flag_memory() == FlagMemory(START, (Standing("C1", START, START),))
    later = START + dt.timedelta(days=7)
    memory = FlagMemory(later, (Standing("C2", later, later),))
    publish(store, dataclasses.replace(example_run(2), memory=memory))
    assert store.flag_memory() == memory


def test_an_acknowledged_flag_rests(store: Store, example_run: Callable[..., ScoredRun]) -> None:
    """The next run does not raise it again; after the rest it is forgotten."""
    publish(store, example_run(1))
    until = acknowledge(store.engine, "C1", by="kim", note="called", rest=REST)
    assert until == START + dt.timedelta(days=14, minutes=1)  # from the run, not from today
    publish(store, example_run(2))
    (flag,) = store.flags()
    assert (flag["acknowledged_by"], flag["note"], flag["rests_until"]) == ("kim", "called", until)
    with store.engine.begin() as connection:
        write_memory(connection, FlagMemory(until), as_of=until)
    assert store.flags() == []


def test_only_standing_flags_can_be_acknowledged(
    store: Store, example_run: Callable[..., ScoredRun]
) -> None:
    """Others are refused by name, with those that stand; so is nobody as the one who looks."""
    with pytest.raises(UnknownFlagError, match=r"no flag stands for customer 'C9'; .*: none"):
        store.acknowledge_flag("C9", by="kim", note=None, rest=REST)
    publish(store, example_run(1))
    with pytest.raises(UnknownFlagError, match="flagged now: C1"):
        store.acknowledge_flag("C9", by="kim", note=None, rest=REST)
    with pytest.raises(DataError, match="an acknowledgement needs a name"):
        store.acknowledge_flag("C1", by=" ", note=None, rest=REST)
    store.acknowledge_flag("C1", by="kim", note=None, rest=REST)
    with pytest.raises(UnknownFlagError):
        store.acknowledge_flag("C1", by="lee", note=None, rest=REST)


def test_a_database_without_flags_is_migrated(sqlite_url: str) -> None:
    """Version 1 had neither the tables nor the columns; both come, and old rows stay."""
    from serving.database import open_engine

    engine = open_engine(sqlite_url)
    old = [t for t in METADATA.sorted_tables if t not in (FLAGS, FLAG_WEEKS)]
    with engine.begin() as connection:
        METADATA.create_all(connection, tables=old)
        for column in ("next_step", "raised_at"):
            connection.execute(sa.text(f"alter table customer_flags drop column {column}"))
        connection.execute(sa.text("insert into forewarn_format values (1, 1)"))
    assert migrate(engine) >= 2
    names = {c["name"] for c in sa.inspect(engine).get_columns("customer_flags")}
    assert {"next_step", "raised_at"} <= names
    assert sa.inspect(engine).has_table("flags")
    engine.dispose()
