"""The order that is shown now, and which of its tickets nothing has happened to since."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from features.history import History
from features.observations import micros
from features.streams import Int64
from serving.schema.runs import CURRENT, RUNS
from serving.schema.shown import QUEUE

STATE = ("list", "placed_by", "priority", "group_id", "is_breached", "live_metrics", "n_children")
"""What must be as it was for a ticket to be held in its place."""
_COLUMNS = ("ticket_id", "position", "arm", *STATE)


@dataclass(frozen=True)
class FormerOrder:
    """``rows``: one per ticket of the shown run: ticket_id, position, arm and its state then.

    ``undone_arms``: the arm (null: none) of every ticket of the runs that were shown after it and
    undone.
    """

    as_of: dt.datetime
    rows: pd.DataFrame
    undone_arms: Mapping[str, str | None] = field(default_factory=dict)


def read_former(connection: Connection) -> FormerOrder | None:
    """The order of the shown run; None where nothing is published yet."""
    shown = connection.execute(sa.select(CURRENT)).one_or_none()
    if shown is None:
        return None
    wanted = sa.select(*(QUEUE.c[name] for name in _COLUMNS)).where(QUEUE.c.run_id == shown.run_id)
    rows = [tuple(row) for row in connection.execute(wanted.order_by(QUEUE.c.position))]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS))
    return FormerOrder(shown.as_of, frame, _undone_arms(connection, shown.run_id))


def _undone_arms(connection: Connection, shown: int) -> dict[str, str | None]:
    undone = sa.select(QUEUE.c.ticket_id, QUEUE.c.arm).join(RUNS, RUNS.c.run_id == QUEUE.c.run_id)
    undone = undone.where(RUNS.c.state == "undone", RUNS.c.run_id > shown)
    return {row.ticket_id: row.arm for row in connection.execute(undone.order_by(RUNS.c.run_id))}


def former_positions(tickets: pd.DataFrame, former: FormerOrder | None) -> "pd.Series[float]":
    """Per ticket where it stood; null where it is new, or there was no order."""
    if former is None:
        return pd.Series(np.nan, tickets.index)
    places = dict(zip(former.rows["ticket_id"], former.rows["position"], strict=True))
    found = [places.get(ticket, np.nan) for ticket in tickets["ticket_id"]]
    return pd.Series(found, tickets.index, dtype="float64")


def held_places(
    history: History,
    tickets: pd.DataFrame,
    former: FormerOrder | None,
    *,
    as_of: pd.Timestamp,
    hold_for: dt.timedelta,
) -> "pd.Series[float]":
    """Former positions of those tickets that are ranked by value, as they were, untouched since.

    ``tickets``: with their state now, and ``ticket``, their rows in the history. Null for the
    others, and for all where the order is older than ``hold_for``, or is of a later instant.
    """
    places = former_positions(tickets, former)
    nobody = pd.Series(np.nan, tickets.index)
    if former is None:
        return nobody
    age = as_of - pd.Timestamp(former.as_of)
    if age < pd.Timedelta(0) or age > hold_for:
        return nobody
    was = former.rows.set_index("ticket_id").reindex(tickets["ticket_id"])
    same = np.array(tickets["placed_by"] == "value")
    for name in STATE:
        same &= _equal(was[name].to_numpy(object), tickets[name].to_numpy(object))
    keys = tickets["ticket"].to_numpy(np.int64)
    happened = _count(history, keys, as_of) != _count(history, keys, pd.Timestamp(former.as_of))
    places[~same | happened] = np.nan
    return places


def _equal(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    both_missing = pd.isna(left) & pd.isna(right)
    return np.asarray((left == right) | both_missing, bool)


def _count(history: History, tickets: Int64, instant: pd.Timestamp) -> Int64:
    """Of each ticket the row of the last event that was known before an instant."""
    return history.streams["event"].last_before(tickets, np.full(tickets.size, micros(instant)))
