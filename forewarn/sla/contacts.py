"""Contacts from the event log: calls and chats that arrive, wait, are answered or given up."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forewarn.errors import ConfigError
from forewarn.schema import TICKETS
from forewarn.sla.events import Int64, instant_of, read_events
from forewarn.sla.labels import as_instants
from forewarn.sla.metrics import DONE, VOID, Signal
from forewarn.sla.openings import NAT
from forewarn.tables import Tables

_STARTS = (Signal.ARRIVED, Signal.QUEUED)
_ENDS = (Signal.ANSWERED, Signal.ABANDONED, *DONE, *VOID)
_RANK = {signal: rank for rank, signal in enumerate((*_STARTS, *_ENDS))}
"""Of events of one instant and sequence: the arrival goes first, the end last."""


def build_contacts(
    tables: Tables, *, as_of: pd.Timestamp, columns: Sequence[str] = ()
) -> pd.DataFrame:
    """One row per contact, by the facts with ``known_at < as_of``.

    A ticket's contact begins with ``arrived`` or ``queued`` where none is under way, and ends
    with ``answered`` or ``abandoned``; a second arrival or queue while it waits changes
    nothing. Where its ticket ends before (solved, closed, merged, deleted, spam) it is cancelled.

    Columns: ticket_id, contact (from 1, per ticket), arrived_at, queued_at, answered_at,
    abandoned_at, cancelled_at (NaT: not so), group_id (of the ticket as last known before the
    contact ended) and, as at the ticket's creation, ``columns``. Raises ConfigError where
    tickets have no such column.
    """
    _check(tables, columns)
    ticket, signal, at = _events(tables, instant_of(as_of.to_pydatetime()))
    is_end = ~np.isin(signal, _STARTS)
    fresh = np.concatenate([[True], ticket[1:] != ticket[:-1]])[: ticket.size]
    ended = fresh | np.concatenate([[True], is_end[:-1]])[: ticket.size]
    number = np.cumsum(~is_end & ended) - 1
    begins = np.flatnonzero(~is_end & ended)
    own = ~(is_end & ended)  # an end while nothing is under way is none
    found = {
        name: _first(at, number, own & np.isin(signal, signals), begins.size)
        for name, signals in {
            "arrived_at": (Signal.ARRIVED,),
            "queued_at": (Signal.QUEUED,),
            "answered_at": (Signal.ANSWERED,),
            "abandoned_at": (Signal.ABANDONED,),
            "cancelled_at": (*DONE, *VOID),
        }.items()
    }
    return _table(tables, ticket[begins], found, columns, as_of)


def _check(tables: Tables, columns: Sequence[str]) -> None:
    known = {c.name for c in TICKETS.columns if c.kind == "text"} | set(tables.attributes)
    unknown = sorted(set(columns) - known)
    if unknown:
        raise ConfigError(
            f"a service level looks at {unknown[0]!r}, a column that tickets do not have; "
            f"they have {', '.join(sorted(known))}"
        )


def _events(tables: Tables, as_of: int) -> tuple[Int64, np.ndarray, Int64]:
    """Ticket, signal and instant of what begins or ends contacts, in order."""
    events = read_events(tables)
    rows = np.flatnonzero(np.isin(events.signal, list(_RANK)) & (events.known_at < as_of))
    rank = np.array([_RANK[Signal(s)] for s in events.signal[rows]], np.int64)
    at, ticket = events.occurred_at[rows], events.ticket[rows]
    order = np.lexsort((rank, events.sequence[rows], at, ticket))
    return ticket[order], events.signal[rows][order], at[order]


def _first(at: Int64, number: Int64, rows: np.ndarray, size: int) -> Int64:
    """Per contact the first instant of those rows; NAT where it has none."""
    found = np.full(size, NAT, np.int64)
    chosen = np.flatnonzero(rows)[::-1]  # the first is written last
    found[number[chosen]] = at[chosen]
    return found


def _table(
    tables: Tables,
    ticket: Int64,
    found: dict[str, Int64],
    columns: Sequence[str],
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    tickets = tables.tickets
    contacts = pd.DataFrame({"ticket_id": tickets["ticket_id"].array.take(ticket)})
    contacts["contact"] = contacts.groupby("ticket_id").cumcount() + 1
    for name, instants in found.items():
        contacts[name] = as_instants(instants)
    contacts["group_id"] = _groups(tables, contacts, ticket, as_of)
    for name in columns:
        if name not in contacts:
            contacts[name] = tickets[name].array.take(ticket)
    return contacts


def _groups(
    tables: Tables, contacts: pd.DataFrame, ticket: Int64, as_of: pd.Timestamp
) -> np.ndarray:
    """The ticket's group as last known before the contact ended, or before ``as_of``."""
    events = tables.ticket_events
    changes = events.loc[
        events["kind"] == "group_changed", ["ticket_id", "known_at", "to_value"]
    ].sort_values("known_at", kind="stable")
    ended = contacts["answered_at"].fillna(contacts["abandoned_at"])
    ended = ended.fillna(contacts["cancelled_at"]).fillna(as_of.tz_convert("UTC").as_unit("us"))
    left = contacts[["ticket_id"]].assign(ended_at=ended).reset_index()
    joined = pd.merge_asof(
        left.sort_values("ended_at", kind="stable"),
        changes.assign(is_changed=True),
        left_on="ended_at",
        right_on="known_at",
        by="ticket_id",
        allow_exact_matches=False,
    ).set_index("index")
    joined = joined.reindex(contacts.index)
    first = tables.tickets["group_id"].to_numpy()[ticket]
    return np.where(joined["is_changed"].isna(), first, joined["to_value"].to_numpy())
