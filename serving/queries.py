"""What was published, as plain values: the one source for command line, API and report.

Every function reads one state of the database. Instants are aware datetimes in UTC.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from forewarn.errors import DataError
from serving.schema import CAPACITY, CURRENT, CUSTOMER_FLAGS, QUEUE, ROSTER, RUNS, SCORES
from serving.store import Store

Row = dict[str, Any]
_PRIVATE = {"digests", "error", "owner"}


class NothingPublishedError(DataError):
    """No run was published yet."""


class UnknownAgentError(DataError):
    """The current run knows of no agent of that id in any group."""


class UnknownTicketError(DataError):
    """The current run has no open ticket of that id."""


def current_run(store: Store) -> Row | None:
    """The published run: run_id, as_of, published_at, model_version, degraded, counts."""
    with store.reading() as connection:
        return _current(connection)


@dataclass(frozen=True)
class Page:
    """A part of a list, read in one transaction. ``total``: rows that match, on all pages.

    ``capacity``: of the asked group or the agent's; None where none was asked for, or no agent
    and no ranked ticket is in it. ``agent``: the asked agent's row of the roster. ``groups``:
    those that have tickets in the queue.
    """

    run: Row
    total: int
    rows: list[Row]
    capacity: Row | None = None
    agent: Row | None = None
    groups: tuple[str, ...] = ()


def queue(
    store: Store,
    *,
    group: str | None = None,
    limit: int | None = None,
    list: str | None = None,  # noqa: A002 - the column's name
    offset: int = 0,
) -> list[Row]:
    """The queue in order, from ``offset``; of one group and list where they are given.

    Raises NothingPublishedError.
    """
    return queue_page(store, group=group, limit=limit, list=list, offset=offset).rows


def queue_page(
    store: Store,
    *,
    group: str | None = None,
    agent: str | None = None,
    limit: int | None = None,
    list: str | None = None,  # noqa: A002 - the column's name
    offset: int = 0,
) -> Page:
    """The asked part of the queue. ``agent``: tickets of the group that the agent is in.

    Raises NothingPublishedError, and UnknownAgentError for an agent who is in no group.
    """
    with store.reading() as connection:
        run = _published(connection)
        member = None if agent is None else _member(connection, run, agent)
        wanted = [QUEUE.c.run_id == run["run_id"]]
        groups = [] if group is None else [group]
        groups += [] if member is None else [str(member["group_id"])]
        wanted += [QUEUE.c.group_id == name for name in groups]
        if list is not None:
            wanted.append(QUEUE.c.list == list)
        total = connection.scalar(sa.select(sa.func.count()).where(*wanted)) or 0
        rows = sa.select(QUEUE).where(*wanted).order_by(QUEUE.c.position)
        page = connection.execute(rows.limit(limit).offset(offset)).mappings()
        told = [_without_run(row) for row in page]
        capacity = _capacity(connection, run, groups[-1]) if groups else None
        return Page(run, total, told, capacity, member, _groups(connection, run))


def _groups(connection: Connection, run: Row) -> tuple[str, ...]:
    """The groups that have tickets in the queue, in alphabetical order."""
    named = QUEUE.c.group_id.is_not(None) & (QUEUE.c.run_id == run["run_id"])
    found = sa.select(QUEUE.c.group_id).where(named).distinct().order_by(QUEUE.c.group_id)
    return tuple(connection.scalars(found))


def _member(connection: Connection, run: Row, agent: str) -> Row:
    of_agent = (ROSTER.c.run_id == run["run_id"]) & (ROSTER.c.agent_id == agent)
    found = connection.execute(sa.select(ROSTER).where(of_agent)).mappings().one_or_none()
    if found is None:
        raise UnknownAgentError(
            f"agent {agent!r} was in no group as of {{as_of}}; the table agents tells who is in "
            "which",
            as_of=run["as_of"],
        )
    return _without_run(found)


def _capacity(connection: Connection, run: Row, group: str) -> Row | None:
    of_group = (CAPACITY.c.run_id == run["run_id"]) & (CAPACITY.c.group_id == group)
    found = connection.execute(sa.select(CAPACITY).where(of_group)).mappings().one_or_none()
    return None if found is None else _without_run(found)


def customers(store: Store, *, limit: int | None = None) -> list[Row]:
    """The flagged customers in order. Raises NothingPublishedError."""
    return customers_page(store, limit=limit)[1]


def customers_page(store: Store, *, limit: int | None = None) -> tuple[Row, list[Row]]:
    """The run and its flagged customers, from one transaction."""
    with store.reading() as connection:
        run = _published(connection)
        rows = sa.select(CUSTOMER_FLAGS).where(CUSTOMER_FLAGS.c.run_id == run["run_id"])
        flags = connection.execute(rows.order_by(CUSTOMER_FLAGS.c.rank).limit(limit)).mappings()
        return run, [_without_run(row) for row in flags]


def ticket(store: Store, ticket_id: str) -> Row:
    """A ticket's row of the queue, its ``clocks`` (rows of scores), its ``run``, and the
    ``children`` that it stands for.

    Raises NothingPublishedError, and UnknownTicketError where it is not open.
    """
    with store.reading() as connection:
        run = _published(connection)
        row = _row_of(connection, QUEUE, run, ticket_id).mappings().one_or_none()
        if row is None:
            raise UnknownTicketError(
                f"no open ticket {ticket_id!r} in the queue as of {{as_of}}; --timeline shows one "
                "that was closed",
                as_of=run["as_of"],
            )
        clocks = _row_of(connection, SCORES, run, ticket_id).mappings()
        told = {"clocks": [_without_run(c) for c in clocks], "run": run}
        return _without_run(row) | told | {"children": _children(connection, run, ticket_id)}


def runs(store: Store, *, limit: int = 20) -> list[Row]:
    """The latest runs, newest first, also those that failed; for operators, not for the API."""
    with store.reading() as connection:
        rows = sa.select(RUNS).order_by(RUNS.c.run_id.desc()).limit(limit)
        return [dict(row) for row in connection.execute(rows).mappings()]


def _current(connection: Connection) -> Row | None:
    joined = sa.select(RUNS).join(CURRENT, CURRENT.c.run_id == RUNS.c.run_id)
    row = connection.execute(joined).mappings().one_or_none()
    if row is None:
        return None
    run = {name: value for name, value in row.items() if name not in _PRIVATE}
    run["published_at"] = run.pop("ended_at")
    return run


def _published(connection: Connection) -> Row:
    run = _current(connection)
    if run is None:
        raise NothingPublishedError("nothing is published yet: run 'forewarn score' first")
    return run


def _row_of(connection: Connection, table: sa.Table, run: Row, ticket_id: str) -> Any:
    wanted = sa.select(table).where(table.c.run_id == run["run_id"], table.c.ticket_id == ticket_id)
    return connection.execute(wanted)


def _children(connection: Connection, run: Row, ticket_id: str) -> list[str]:
    of_run = (QUEUE.c.run_id == run["run_id"]) & (QUEUE.c.parent_id == ticket_id)
    wanted = sa.select(QUEUE.c.ticket_id).where(of_run).order_by(QUEUE.c.position)
    return list(connection.scalars(wanted))


def _without_run(row: Any) -> Row:
    return {name: value for name, value in row.items() if name != "run_id"}
