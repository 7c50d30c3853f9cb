"""What was published, as plain values: the one source for command line, API and report.

Every function reads one state of the database. Instants are aware datetimes in UTC.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from forewarn.errors import DataError
from forewarn.served import groups_served
from serving.schema.flags import CUSTOMER_FLAGS
from serving.schema.runs import CURRENT, RUNS
from serving.schema.shown import CAPACITY, QUEUE, ROSTER, SCORES
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

    ``capacities``: of the asked group or of those that the agent serves, in this order; none of
    a group that has neither agents nor ranked tickets. ``agent``: the asked agent's row of the
    roster, with all ``groups`` served in place of also_serves. ``groups``: those that have
    tickets in the queue.
    """

    run: Row
    total: int
    rows: list[Row]
    capacities: tuple[Row, ...] = ()
    agent: Row | None = None
    groups: tuple[str, ...] = ()

    @property
    def capacity(self) -> Row | None:
        """Of the one group that was asked for; None where that was none, or several."""
        return self.capacities[0] if len(self.capacities) == 1 else None


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
    """The asked part of the queue. ``agent``: tickets of all groups that the agent serves.

    They keep the order of the whole queue, so that every rule of it holds among them. With a
    ``group`` too, its tickets; none where the agent does not serve it.

    Raises NothingPublishedError, and UnknownAgentError for an agent who is in no group.
    """
    with store.reading() as connection:
        run = _published(connection)
        member = None if agent is None else _member(connection, run, agent)
        wanted = [QUEUE.c.run_id == run["run_id"]]
        groups = _asked(group, member)
        if groups is not None:
            wanted.append(QUEUE.c.group_id.in_(groups))
        if list is not None:
            wanted.append(QUEUE.c.list == list)
        total = connection.scalar(sa.select(sa.func.count()).where(*wanted)) or 0
        rows = sa.select(QUEUE).where(*wanted).order_by(QUEUE.c.position)
        page = connection.execute(rows.limit(limit).offset(offset)).mappings()
        told = [_without_run(row) for row in page]
        capacities = _capacities(connection, run, groups or ())
        return Page(run, total, told, capacities, member, _groups(connection, run))


def _asked(group: str | None, member: Row | None) -> tuple[str, ...] | None:
    """The groups whose tickets are wanted; None for all."""
    if member is None:
        return None if group is None else (group,)
    return tuple(name for name in member["groups"] if group in (None, name))


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
    member = _without_run(found)
    return member | {"groups": groups_served(member["group_id"], member.pop("also_serves"))}


def _capacities(connection: Connection, run: Row, groups: tuple[str, ...]) -> tuple[Row, ...]:
    of_groups = (CAPACITY.c.run_id == run["run_id"]) & CAPACITY.c.group_id.in_(groups)
    found = connection.execute(sa.select(CAPACITY).where(of_groups)).mappings()
    by_group = {row["group_id"]: _without_run(row) for row in found}
    return tuple(by_group[name] for name in groups if name in by_group)


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
