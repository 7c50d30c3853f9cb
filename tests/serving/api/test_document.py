"""The API: its OpenAPI document, from which clients are made."""

import json
from pathlib import Path

from forewarn.workspace import Workspace
from serving.api import create_app, openapi_text

SCHEMA = Path(__file__).parents[3] / "docs" / "openapi.json"


def test_operations_have_stable_ids(ws: Workspace) -> None:
    """Clients are generated from these names."""
    document = json.loads(openapi_text(create_app(ws)))
    operations = [(p, o) for p, item in document["paths"].items() for o in item.values()]
    ids = {path: operation["operationId"] for path, operation in operations}
    assert ids == {
        "/health": "getHealth",
        "/v1/run": "getRun",
        "/v1/queue": "listQueue",
        "/v1/customers": "listCustomers",
        "/v1/feedback": "recordFeedback",
        "/v1/tickets/{ticket_id}": "getTicket",
    }
    for path, operation in operations:
        assert ("x-scope" in operation) == ("security" in operation) == (path != "/health")


def test_the_committed_schema_is_current(ws: Workspace) -> None:
    """docs/openapi.json is what the application says; `python -m serving.api` prints it."""
    assert SCHEMA.read_text(encoding="utf-8") == openapi_text(create_app(ws))
