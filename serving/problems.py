"""Errors of the API as problem documents (RFC 9457), without paths, SQL or secrets."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from forewarn.errors import BusyError, ForewarnError, StoreError
from serving.feedback import FeedbackError
from serving.queries import NothingPublishedError, UnknownAgentError, UnknownTicketError

RETRY_SECONDS = 2
MEDIA_TYPE = "application/problem+json"
SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "const": "about:blank"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_LOG = logging.getLogger("forewarn.api")


def problem(
    status: int,
    detail: str | None = None,
    *,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> Response:
    """A problem document; ``title`` is the status's own phrase."""
    body: dict[str, Any] = {"type": "about:blank", "title": _phrase(status)}
    body["status"] = status
    if detail is not None:
        body["detail"] = detail
    if errors:
        body["errors"] = errors
    return Response(json.dumps(body), status, dict(headers or {}), MEDIA_TYPE)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems a route may answer with, for its OpenAPI description."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {s: {"description": _phrase(s), "content": content} for s in statuses}


def _phrase(status: int) -> str:
    """The status in words; of 422 Python 3.13 and RFC 9110 have others than Python before."""
    return "Unprocessable Content" if status == 422 else HTTPStatus(status).phrase


def add_handlers(app: FastAPI) -> None:
    """Answer the errors that are foreseen; serving.shield answers the others."""
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(ForewarnError, _typed_error)


def _http_error(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    phrase = HTTPStatus(error.status_code).phrase
    detail = error.detail if error.detail != phrase else None
    return problem(error.status_code, detail, headers=error.headers)


def _invalid_request(_request: Request, error: Exception) -> Response:
    """Name the field and what was expected; never repeat what was sent."""
    if not isinstance(error, RequestValidationError):
        raise error
    fields = [
        {"field": ".".join(map(str, e["loc"][1:])), "detail": str(e["msg"])} for e in error.errors()
    ]
    return problem(422, "the request has fields that cannot be used", errors=fields)


_NOT_FOUND: dict[type[ForewarnError], str] = {
    NothingPublishedError: "no queue is published yet",
    UnknownAgentError: "no agent of that id is in a group",
    UnknownTicketError: "no open ticket of that id in the current queue",
}


def _typed_error(_request: Request, error: Exception) -> Response:
    for kind, words in _NOT_FOUND.items():
        if isinstance(error, kind):
            return problem(404, words)
    if isinstance(error, FeedbackError):
        return problem(422, str(error))
    retry = {"Retry-After": str(RETRY_SECONDS)}
    if isinstance(error, BusyError):
        return problem(503, "the database is busy; try again", headers=retry)
    _LOG.error("request failed: %s", error)
    if isinstance(error, StoreError):
        return problem(503, "the database cannot be read; try again", headers=retry)
    return problem(500)
