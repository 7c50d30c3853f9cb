"""Decisions about what serves: who promoted, forced or rolled back which version, and why."""

import getpass
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from serving.database import now, writing
from serving.schema.logs import MODEL_EVENTS
from serving.store import Store

Row = dict[str, Any]


def record_event(
    store: Store,
    *,
    kind: str,
    version: str,
    digest: str,
    before: str | None = None,
    reason: str | None = None,
    verdict: Mapping[str, Any] | None = None,
) -> None:
    """Append one decision, in the name of the account that runs this process."""
    with writing(store.engine) as connection:
        connection.execute(
            MODEL_EVENTS.insert().values(
                happened_at=now(connection),
                kind=kind,
                version=version,
                before=before,
                digest=digest,
                actor=account(),
                reason=reason,
                verdict=None if verdict is None else dict(verdict),
            )
        )


def list_events(store: Store, *, limit: int = 50) -> list[Row]:
    """The latest decisions, newest first."""
    wanted = sa.select(MODEL_EVENTS).order_by(MODEL_EVENTS.c.event_id.desc()).limit(limit)
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(wanted).mappings()]


def account() -> str:
    """The account that runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
