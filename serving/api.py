"""The JSON API: what was published, for machines that hold a key.

Every route is declared with its scope. ``create_app`` refuses an application that has a
route without one, so a forgotten declaration cannot become an open door.
"""

import datetime as dt
import json
import sys
import threading
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

import forewarn
from forewarn.workspace import Workspace
from serving import answers, feedback, problems, queries
from serving.access import Doorkeeper
from serving.secret import read_secret
from serving.shield import Shield
from serving.store import Store, open_store

OPEN_PATHS = frozenset({"/health"})


class Backend:
    """The store and secret of one workspace, opened at the first request that needs them."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._lock = threading.Lock()
        self._opened: tuple[Store, bytes] | None = None

    def opened(self) -> tuple[Store, bytes]:
        """The store and the keys' secret; what failed is tried again at the next request."""
        with self._lock:
            if self._opened is None:
                self._opened = open_store(self._ws.database_url), read_secret(self._ws)
            return self._opened

    def store(self) -> Store:
        return self.opened()[0]

    def close(self) -> None:
        """Give the connections back; the next request opens the store again."""
        with self._lock:
            if self._opened is not None:
                self._opened[0].close()
            self._opened = None


def create_app(ws: Workspace) -> FastAPI:
    """The application; making it reads no file and opens no database."""
    backend = Backend(ws)
    app = FastAPI(
        title="forewarn",
        version=forewarn.__version__,
        summary="Which tickets to work on next, and why.",
        openapi_url=None,  # docs/openapi.json is it: python -m serving.api > docs/openapi.json
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.backend = backend
    app.add_middleware(Shield)
    problems.add_handlers(app)
    _add_routes(app, backend)
    _refuse_undeclared(app)
    return app


def _add_routes(app: FastAPI, backend: Backend) -> None:
    doorkeeper = Doorkeeper(backend.opened)

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


def _refuse_undeclared(app: FastAPI) -> None:
    """Raise RuntimeError for a route that is neither open by name nor declared with a scope."""
    for route in app.routes:
        path = getattr(route, "path", str(route))
        declared = isinstance(route, APIRoute) and "x-scope" in (route.openapi_extra or {})
        if path not in OPEN_PATHS and not declared:
            raise RuntimeError(f"route {path} is declared with no scope")


def openapi_text(app: FastAPI) -> str:
    """The API's OpenAPI description as it is kept in docs/openapi.json."""
    document: dict[str, Any] = get_openapi(
        title=app.title, version=app.version, summary=app.summary, routes=app.routes
    )
    document["components"]["schemas"]["Problem"] = problems.SCHEMA
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(openapi_text(create_app(Workspace(FilePath()))))
