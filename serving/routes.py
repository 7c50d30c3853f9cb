"""The routes of the API, each with its scope, and how what was read becomes an answer."""

import datetime as dt
from typing import Annotated

from fastapi import FastAPI, Path, Query

from serving import answers, feedback, problems, queries
from serving.access import Doorkeeper
from serving.backend import Backend


def add_routes(app: FastAPI, backend: Backend) -> None:
    """Declare every route; the only open one tells whether queues can be read."""
    doorkeeper = Doorkeeper(backend.opened)
    _add_runs(app, backend, doorkeeper)
    _add_lists(app, backend, doorkeeper)
    _add_tickets(app, backend, doorkeeper)


def _add_runs(app: FastAPI, backend: Backend, doorkeeper: Doorkeeper) -> None:
    """Whether something can be read, and what is published."""

    @app.get("/health", operation_id="getHealth", responses=problems.described(503))
    def health() -> answers.Health:
        """Whether queues can be read."""
        with backend.store().reading():
            return answers.Health(status="ok")

    @app.get("/v1/run", operation_id="getRun", **doorkeeper.declare("scores:read", 404))
    def run() -> answers.Run:
        """The published scoring run: its instant, its age, what it counted."""
        found = queries.current_run(backend.store())
        if found is None:
            raise queries.NothingPublishedError("nothing is published yet")
        return _run(found)


def _add_lists(app: FastAPI, backend: Backend, doorkeeper: Doorkeeper) -> None:
    """What is shown in order: tickets and customers."""

    @app.get("/v1/queue", operation_id="listQueue", **doorkeeper.declare("scores:read", 404, 422))
    def queue(query: Annotated[answers.QueueQuery, Query()]) -> answers.Queue:
        """Open tickets in the order in which to work on them."""
        page = queries.queue_page(
            backend.store(),
            group=query.group,
            agent=query.agent,
            list=query.list,
            limit=query.limit,
            offset=query.offset,
        )
        return _queue(page)

    @app.get(
        "/v1/customers", operation_id="listCustomers", **doorkeeper.declare("scores:read", 404, 422)
    )
    def customers(query: Annotated[answers.CustomersQuery, Query()]) -> answers.Customers:
        """Customers to look after early, most urgent first."""
        run, rows = queries.customers_page(backend.store(), limit=query.limit)
        return answers.Customers(run=_run(run), items=tuple(answers.Flag(**row) for row in rows))


def _add_tickets(app: FastAPI, backend: Backend, doorkeeper: Doorkeeper) -> None:
    """One ticket, and what somebody did about one."""

    @app.post(
        "/v1/feedback",
        operation_id="recordFeedback",
        status_code=201,
        **doorkeeper.declare("feedback:write", 413, 422),
    )
    def record_feedback(told: answers.Feedback) -> answers.Action:
        """Keep that somebody acted upon a ticket, so that training knows whom a warning saved."""
        row = feedback.record_action(backend.store(), **told.model_dump())
        return answers.Action(**row)

    @app.get(
        "/v1/tickets/{ticket_id:path}",
        operation_id="getTicket",
        **doorkeeper.declare("scores:read", 404, 422),
    )
    def ticket(ticket_id: Annotated[answers.Identifier, Path()]) -> answers.Ticket:
        """One open ticket: its place, the reasons for it, and its clocks."""
        row = queries.ticket(backend.store(), ticket_id)
        return answers.Ticket(**row | {"run": _run(row["run"])})


def _run(row: queries.Row) -> answers.Run:
    age = dt.datetime.now(dt.UTC) - row["published_at"]
    return answers.Run(**row, age_seconds=max(0.0, age.total_seconds()))


def _queue(page: queries.Page) -> answers.Queue:
    capacities = tuple(answers.Capacity(**row) for row in page.capacities)
    return answers.Queue(
        run=_run(page.run),
        agent=None if page.agent is None else answers.Agent(**page.agent),
        capacity=None if page.capacity is None else answers.Capacity(**page.capacity),
        capacities=capacities,
        total=page.total,
        items=tuple(answers.QueueItem(**row) for row in page.rows),
    )
