"""What people did about tickets: told by command or API, or seen in the help desk's own events."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pandas as pd
import sqlalchemy as sa

from forewarn.errors import DataError
from models.interventions import Logged
from serving.database import now, writing
from serving.schema.logs import ACTIONS
from serving.score_history import read_scores
from serving.store import Store

KINDS = ("escalated", "assigned", "contacted", "worked", "dismissed")
"""What can be told. ``dismissed``: looked at, and left alone on purpose; it treats nothing."""
EVENTS = ("escalated", "assigned")
"""Events of a help desk that are actions."""
Row = dict[str, Any]


class FeedbackError(DataError):
    """What was told cannot be; the message may be shown to whoever told it."""


def record_action(
    store: Store,
    *,
    ticket_id: str,
    action: str,
    acted_at: dt.datetime | None = None,
    actor: str = "",
    note: str | None = None,
) -> Row:
    """Keep that somebody acted; the same told twice is kept once. Gives the row.

    ``acted_at``: now where not given. Raises FeedbackError for an unknown action, an empty ticket,
    or an instant in the future.
    """
    if action not in KINDS:
        raise FeedbackError(f"unknown action {action!r}; expected one of {', '.join(KINDS)}")
    if not ticket_id.strip():
        raise FeedbackError("a ticket is needed; its id is empty")
    with writing(store.engine) as connection:
        instant = now(connection)
        moment = instant if acted_at is None else acted_at
        if moment > instant + dt.timedelta(minutes=5):
            raise FeedbackError("acted_at {acted} lies in the future", acted=moment)
        told = {"ticket_id": ticket_id, "action": action, "acted_at": moment, "actor": actor}
        same = sa.select(ACTIONS).where(*(ACTIONS.c[k] == v for k, v in told.items()))
        known = connection.execute(same).mappings().one_or_none()
        if known is None:
            connection.execute(ACTIONS.insert().values(**told, note=note, recorded_at=instant))
            known = connection.execute(same).mappings().one()
        return dict(known)


def list_actions(store: Store, *, ticket_id: str | None = None, limit: int = 100) -> list[Row]:
    """What was told, newest first; of one ticket where given."""
    wanted = sa.select(ACTIONS).order_by(ACTIONS.c.acted_at.desc(), ACTIONS.c.action_id.desc())
    if ticket_id is not None:
        wanted = wanted.where(ACTIONS.c.ticket_id == ticket_id)
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(wanted.limit(limit)).mappings()]


def read_logged(store: Store, events: pd.DataFrame) -> Logged:
    """Scores that served and actions, told ones and those seen in the canonical events."""
    scores = read_scores(store)
    served = scores[scores["role"] == "champion"]
    with store.reading() as connection:
        told = connection.execute(sa.select(ACTIONS).where(ACTIONS.c.action != "dismissed"))
        rows = [(row.ticket_id, row.acted_at) for row in told]
    return Logged(
        served[["ticket_id", "metric", "cycle", "as_of", "probability", "arm", "propensity"]],
        _actions(rows, events),
    )


def _actions(told: Sequence[tuple[str, dt.datetime]], events: pd.DataFrame) -> pd.DataFrame:
    seen = events.loc[events["kind"].isin(EVENTS), ["ticket_id", "occurred_at"]]
    seen = seen.rename(columns={"occurred_at": "acted_at"}).astype({"ticket_id": object})
    said = pd.DataFrame(told, columns=["ticket_id", "acted_at"])
    said["acted_at"] = pd.to_datetime(said["acted_at"], utc=True).dt.as_unit("us")
    return pd.concat([seen, said], ignore_index=True) if len(said) else seen
