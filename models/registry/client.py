"""The registry's client, the names of its aliases, and what they point to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forewarn.errors import ModelError
from forewarn.workspace import Workspace

NAME = "forewarn"
CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
}


@contextmanager
def registry_client(ws: Workspace) -> Iterator[Any]:
    """A client of the configured registry; its failures become ModelError."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    import logging

    ws.state.mkdir(parents=True, exist_ok=True)
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield MlflowClient(tracking_uri=ws.mlflow_url, registry_uri=ws.mlflow_url)
    except (MlflowException, SQLAlchemyError, OSError) as error:
        lines = str(error).strip().splitlines() or ["no message"]
        raise ModelError(
            f"the model registry failed ({type(error).__name__}): {lines[0][:300]}"
        ) from error


def aliases_of(client: Any) -> dict[str, str]:
    """Alias: version; empty before the first registration."""
    for model in client.search_registered_models(f"name = '{NAME}'"):
        return {alias: str(version) for alias, version in model.aliases.items()}
    return {}


def version_of(client: Any, digest: str) -> str | None:
    """The version that holds a bundle; None: it was never registered."""
    found = client.search_model_versions(f"name = '{NAME}' and tags.manifest = '{digest}'")
    return str(found[0].version) if found else None


def move_champion(client: Any, version: str, *, before: str | None) -> None:
    """Let a version serve; the one ``before`` is the previous one then."""
    if before is not None:
        client.set_registered_model_alias(NAME, PREVIOUS, before)
    client.set_registered_model_alias(NAME, CHAMPION, version)


def refuse_empty(ws: Workspace) -> None:
    """Reading must not make a database."""
    prefix = "sqlite:///"
    if ws.mlflow_url.startswith(prefix) and not Path(ws.mlflow_url.removeprefix(prefix)).exists():
        raise ModelError("no model was registered yet: run 'forewarn train'")
