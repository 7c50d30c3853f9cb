"""What a Prefect run leaves to look at: progress bars, tables, a page in Markdown."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)

from forewarn.progress import Progress
from pipelines.listening import tell

_STEP = 0.2


@contextmanager
def stage_progress(stage: str) -> Iterator[Progress]:
    """Yield a listener that passes on to the process's listener and to a progress artefact.

    The artefact moves in fifths: each move is a call to Prefect's server.
    """
    artefact = _identity(create_progress_artifact(0.0, description=f"{stage}: how far it is"))
    shown = 0.0

    def listen(message: str, done: float) -> None:
        nonlocal shown
        tell(stage, message, done)
        if done - shown >= _STEP:
            shown = done
            update_progress_artifact(artefact, 100 * min(done, 1.0))

    tell(stage, "", 0.0)
    yield listen
    tell(stage, "", 1.0)
    update_progress_artifact(artefact, 100.0)


def leave_table(key: str, rows: Mapping[str, Any], *, description: str) -> None:
    """Leave names and values as a table."""
    table = [{"what": name, "value": _text(value)} for name, value in rows.items()]
    create_table_artifact(table=table, key=key, description=description)


def leave_markdown(key: str, text: str) -> None:
    """Leave a page."""
    create_markdown_artifact(markdown=text, key=key)


def _identity(created: object) -> UUID:
    """Prefect types its calls for both kinds of caller; from a task they give a UUID."""
    if not isinstance(created, UUID):
        raise TypeError(f"expected a UUID from Prefect, got {created!r}")
    return created


def _text(value: Any) -> Any:
    return value if isinstance(value, int | float | str) or value is None else str(value)
