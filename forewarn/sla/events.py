"""The event log as flat arrays of numbers: what the timelines are built from."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from forewarn.config import METRICS
from forewarn.sla.compiled import compiled
from forewarn.sla.metrics import NO_SIGNAL, Signal, removed_signal
from forewarn.sla.parts import side_by_side
from forewarn.tables import ACTOR_KINDS, EVENT_KINDS, STATUS_CATEGORIES, Tables

Int64 = NDArray[np.int64]
Int8 = NDArray[np.int8]

_STATUS_KINDS = {"created": "new", "solved": "solved", "closed": "closed", "reopened": "open"}
"""Kinds that are a change of status, and the category where to_value does not name it."""

_PLAIN_KINDS = ("merged", "deleted", "spam", "sla_removed", "arrived", "queued", "answered",
                "abandoned")  # fmt: skip
"""Kinds that are signals of the same name."""


@dataclass(frozen=True)
class Events:
    """Events sorted by (ticket, occurred_at, sequence); rows of unknown tickets are left out.

    ``ticket``: row position in the tickets. ``known_at`` is never before it.
    ``signal``: see Signal, NO_SIGNAL where clocks do not care. ``row``: position in the table.
    ``is_automatic``: a bot or the system did it. ``kind``: position in EVENT_KINDS.
    ``first``: per ticket its first event, and one more.
    """

    ticket: Int64
    occurred_at: Int64
    known_at: Int64
    sequence: Int64
    signal: NDArray[np.int8]
    kind: NDArray[np.int8]
    row: Int64
    first: Int64
    is_agent_created: NDArray[np.bool_]
    is_automatic: NDArray[np.bool_]


def read_events(tables: Tables) -> Events:
    """The arrays of ``tables.ticket_events``."""
    frame = tables.ticket_events
    ticket, kind, actor, status = _codes(tables)
    at = microseconds(frame["occurred_at"])
    known_at = microseconds(frame["known_at"])
    known_at = at if (known_at <= at).all() else np.maximum(at, known_at)
    sequence = frame["sequence"].to_numpy(np.int64)
    signal = _signals(frame, kind, actor, status)
    row = np.arange(ticket.size)
    taken: Int64 | slice = slice(None)  # all as they are: no copy
    if (ticket < 0).any() or not _is_sorted(ticket, at, sequence):
        row = np.lexsort((sequence, at, ticket))
        row = taken = row[np.searchsorted(ticket[row], 0) :]
    n_tickets = len(tables.tickets)
    by_agent = (kind == EVENT_KINDS.index("created")) & (actor == ACTOR_KINDS.index("agent"))
    is_agent_created = np.zeros(n_tickets, bool)
    is_agent_created[ticket[by_agent & (ticket >= 0)]] = True
    counts = np.bincount(ticket[taken], minlength=n_tickets)
    return Events(
        ticket=ticket[taken],
        occurred_at=at[taken],
        known_at=known_at[taken],
        sequence=sequence[taken],
        signal=signal[taken],
        kind=kind[taken],
        row=row,
        first=np.concatenate([[0], np.cumsum(counts)]),
        is_agent_created=is_agent_created,
        is_automatic=_is_automatic(actor)[taken],
    )


def _codes(tables: Tables) -> tuple[Int64, Int8, Int8, Int8]:
    """Per event its ticket's row, its kind, who did it, and the status that it names."""
    frame = tables.ticket_events
    codes = {
        "kind": (frame["kind"], EVENT_KINDS),
        "actor": (frame["actor_kind"], ACTOR_KINDS),
        "status": (frame["to_value"], STATUS_CATEGORIES),
    }
    works: dict[str, Callable[[], NDArray[np.signedinteger]]] = {
        "ticket": partial(_ticket_positions, tables.tickets["ticket_id"], frame["ticket_id"])
    }
    works |= {name: partial(text_codes, *column) for name, column in codes.items()}
    made = side_by_side(works)
    kind, actor, status = (made[name].astype(np.int8, copy=False) for name in codes)
    return made["ticket"].astype(np.int64, copy=False), kind, actor, status


def microseconds(instants: pd.Series) -> Int64:
    """Instants as int64 microseconds since 1970; NaT becomes NAT."""
    found: Int64 = instants.to_numpy("datetime64[us]").view(np.int64)  # aware times become UTC
    return found


def instant_of(at: dt.datetime) -> int:
    """An aware instant in microseconds since 1970."""
    return (at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def as_arrow(texts: pd.Series) -> pa.Array:
    """A column of texts as an Arrow array, whatever pandas keeps it as."""
    column = pa.array(texts, from_pandas=True)
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.large_string())


def text_codes(texts: pd.Series, values: tuple[str, ...]) -> NDArray[np.int8]:
    """For each text its position among the values; -1 for null and for any other text."""
    found = pc.index_in(as_arrow(texts), value_set=pa.array(values, pa.large_string()))
    codes: NDArray[np.int8] = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int8)
    return codes


def _ticket_positions(tickets: pd.Series, of_events: pd.Series) -> Int64:
    """For each event the row of its ticket; -1 where there is none. Runs are looked up once."""
    texts = as_arrow(of_events)
    if not len(texts):
        return np.empty(0, np.int64)
    changes = pc.not_equal(texts.slice(1), texts.slice(0, len(texts) - 1))
    heads = np.concatenate([[0], np.flatnonzero(changes.to_numpy(zero_copy_only=False)) + 1])
    positions = _positions(as_arrow(tickets), texts.take(pa.array(heads)))
    return np.repeat(positions, np.diff(np.append(heads, len(texts))))


def _positions(tickets: pa.Array, asked: pa.Array) -> Int64:
    """Where the asked tickets are; -1: nowhere. Seen at once where all come in their order."""
    if asked.equals(tickets):
        return np.arange(len(tickets))
    found = pc.index_in(asked, value_set=tickets)
    positions: Int64 = found.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return positions


def _signals(frame: pd.DataFrame, kind: Int8, actor: Int8, category: Int8) -> Int8:
    """For each event what it says to clocks; ``category``: of the status that it names."""
    signal = np.full(kind.size, NO_SIGNAL, np.int8)
    changed = kind == EVENT_KINDS.index("status_changed")
    signal[changed] = category[changed]
    for name, fallback in _STATUS_KINDS.items():
        rows = kind == EVENT_KINDS.index(name)
        fixed = name in ("solved", "closed")
        unnamed = STATUS_CATEGORIES.index(fallback)
        signal[rows] = unnamed if fixed else np.where(category[rows] < 0, unnamed, category[rows])
    is_public = frame["is_public"].to_numpy(bool)
    replied = (kind == EVENT_KINDS.index("agent_reply")) & is_public
    automatic = _is_automatic(actor[replied])
    signal[replied] = np.where(automatic, Signal.BOT_REPLY, Signal.AGENT_REPLY)
    signal[(kind == EVENT_KINDS.index("customer_reply")) & is_public] = Signal.CUSTOMER_REPLY
    grouped = kind == EVENT_KINDS.index("group_changed")
    has_group = frame["to_value"].notna().to_numpy()
    signal[grouped] = np.where(has_group[grouped], Signal.GROUPED, Signal.UNGROUPED)
    for name in _PLAIN_KINDS:
        signal[kind == EVENT_KINDS.index(name)] = Signal[name.upper()]
    removed = np.flatnonzero(signal == Signal.SLA_REMOVED)
    metric = text_codes(frame["from_value"].iloc[removed], METRICS)
    for code, name in enumerate(METRICS):
        signal[removed[metric == code]] = removed_signal(name)
    return signal


def _is_automatic(actor: NDArray[np.int8]) -> NDArray[np.bool_]:
    automatic = (ACTOR_KINDS.index("bot"), ACTOR_KINDS.index("system"))
    return np.isin(actor, automatic)


@compiled
def _is_sorted(ticket: Int64, at: Int64, sequence: Int64) -> bool:
    for i in range(1, ticket.size):
        if ticket[i] != ticket[i - 1]:
            is_after = ticket[i] > ticket[i - 1]
        else:
            is_after = at[i] > at[i - 1] or (at[i] == at[i - 1] and sequence[i] >= sequence[i - 1])
        if not is_after:
            return False
    return True
