"""Who picked up what: assignments to an agent; in a log without any, first replies."""

import datetime as dt
from typing import Final, Literal

import numpy as np
import pandas as pd
import pyarrow as pa

from features.history import History
from features.observations import micros
from features.streams import Int64, Stream
from features.texts import as_texts, decode
from forewarn.sla.labels import as_instants
from forewarn.sla.openings import NAT

_STREAMS: Final = ("assigned", "agent_reply")


def pickup_stream(history: History) -> Literal["assigned", "agent_reply"] | None:
    """The stream that tells of pickups; None where the log records neither.

    Where a log names assignments, replies tell nothing about pickups: they may be a bot's.
    """
    for name in _STREAMS:
        if (history.streams[name].at != NAT).any():
            return name
    return None


def observed_pickups(history: History, *, since: dt.datetime, as_of: dt.datetime) -> pd.DataFrame:
    """One row per pickup known from ``since`` on and before ``as_of``.

    Columns group_id (of the ticket as of ``as_of``; null without one), ticket_id, known_at.
    """
    begin, end = micros(pd.Timestamp(since)), micros(pd.Timestamp(as_of))
    name = pickup_stream(history)
    stream = history.streams[name or "assigned"]
    tickets = np.arange(len(history), dtype=np.int64)
    if name == "agent_reply":
        tickets = tickets[_count(stream, tickets, begin) == 0]
    ticket, rows = _between(stream, tickets, begin, end)
    if name == "agent_reply":
        ticket, first = np.unique(ticket, return_index=True)
        rows = rows[first]
    path = history.streams["path"]
    group = path.take("group", path.last_before(ticket, np.full(ticket.size, end)))
    return pd.DataFrame(
        {
            "group_id": decode(history.texts["word/group"], group.astype(np.int64)),
            "ticket_id": as_texts(history.ticket_ids.take(pa.array(ticket))),
            "known_at": as_instants(np.take(stream.at, rows)),
        }
    )


def _between(stream: Stream, keys: Int64, begin: int, end: int) -> tuple[Int64, Int64]:
    """Keys and rows of the facts that became visible from ``begin`` on and before ``end``."""
    before = stream.last_before(keys, np.full(keys.size, begin))
    counts = stream.last_before(keys, np.full(keys.size, end)) - before
    total = int(counts.sum())
    offset = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(keys, counts), np.repeat(before, counts) + 1 + offset


def _count(stream: Stream, keys: Int64, end: int) -> Int64:
    """How many facts of each key were visible before ``end``."""
    return np.asarray(stream.last_before(keys, np.full(keys.size, end)) - stream.root(keys))
