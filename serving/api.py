"""The JSON API: what was published, for machines that hold a key.

Every route is declared with its scope. ``create_app`` refuses an application that has a
route without one, so a forgotten declaration cannot become an open door.
"""

import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

import forewarn
from forewarn.workspace import Workspace
from serving import problems
from serving.backend import Backend
from serving.routes import add_routes
from serving.shield import Shield

OPEN_PATHS = frozenset({"/health"})


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
    add_routes(app, backend)
    _refuse_undeclared(app)
    return app


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
    sys.stdout.write(openapi_text(create_app(Workspace(Path()))))
