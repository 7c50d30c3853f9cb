"""Change logs: one row per update of a ticket; events are what differs from the row before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from forewarn.schema import TICKETS
from forewarn.sources.frames import (
    NAT,
    NONE,
    PART,
    TICKET,
    Integers,
    Mask,
    begins,
    first_told,
    ordered,
    place_in_run,
    word,
    words_of,
)
from forewarn.sources.ledger import Ledger, drop_repeated
from forewarn.sources.rows import ROW

_FIELDS = {
    "assigned_to": "assigned",
    "group_id": "group_changed",
    "priority": "priority_changed",
    "category": "category_changed",
}
_REMEMBERED = ("status", "priority", "category")


@dataclass(frozen=True)
class Built:
    """Candidates for tickets, and events; both with PART and ROW of the row they come from."""

    tickets: pd.DataFrame
    events: pd.DataFrame


def build_changes(rows: pd.DataFrame, attributes: Sequence[str], ledger: Ledger) -> Built:
    """Tickets as of their first row, and one event per change between successive rows.

    Rows of a ticket are ordered by time, then by the source's sequence, then as they stand.
    """
    rows = _in_order(_without_misplaced(rows, ledger), ledger)
    first = begins(rows, [TICKET])
    rows = _remember(rows, first)
    events = [_created(rows, first), _status_events(rows, first)]
    events += [_field_events(rows, first, name, kind) for name, kind in _FIELDS.items()]
    return Built(rows.loc[first, ticket_columns(attributes)], pd.concat(events, ignore_index=True))


def ticket_columns(attributes: Sequence[str]) -> list[str]:
    """Columns of a candidate for a ticket."""
    return [*(c.name for c in TICKETS.columns), *attributes, TICKET, PART, ROW]


def status_kinds(before: Integers, now: Integers) -> Integers:
    """The kinds of event that changes between two status categories are."""
    done = words_of(("solved", "closed"))
    was_done, is_done = np.isin(before, done), np.isin(now, done)
    other = np.where(was_done, word("reopened"), word("status_changed"))
    return np.where(is_done, now, other)


def _without_misplaced(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    early = (rows["updated_at"] < rows["created_at"]).to_numpy()
    return ledger.without(rows, early, "update before its ticket was created", column="updated_at")


def _in_order(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Sorted, without repeated rows; a sequence number stands once per ticket."""
    rows = ordered(rows, [TICKET, "updated_at", "sequence", PART, ROW])
    rows = drop_repeated(rows, [TICKET, "updated_at", "sequence"], ledger)
    numbered = (rows["sequence"] != NAT).to_numpy()
    again = numbered & rows.duplicated([TICKET, "sequence"], keep="first").to_numpy()
    reason = "this sequence number of the ticket was given before with other values"
    rows = ledger.without(rows, again, reason, column="sequence")
    place = place_in_run(begins(rows, [TICKET, "updated_at"]))
    return rows.assign(
        known_at=first_told(rows["known_at"], rows["updated_at"]),
        created_at=first_told(rows["created_at"], rows["updated_at"]),
        sequence=first_told(rows["sequence"], place),
    )


def _remember(rows: pd.DataFrame, first: Mask) -> pd.DataFrame:
    """Where status, priority or category is empty, the last one told still holds."""
    at = np.arange(len(rows))
    filled = {}
    for name in _REMEMBERED:
        values = rows[name].to_numpy()
        last = np.maximum.accumulate(np.where(first | (values != NONE), at, 0))
        filled[name] = values[last] if len(rows) else values
    return rows.assign(**filled)


def _before(values: Integers) -> Integers:
    """The value of the row before."""
    return np.concatenate([[NONE], values[:-1]]) if len(values) else values


def _created(rows: pd.DataFrame, first: Mask) -> pd.DataFrame:
    opened = rows.loc[first]
    status = opened["status"].to_numpy()
    fresh = np.where(np.isin(status, words_of(("new", "open"))), status, NONE)
    events = make_events(opened, word("created"), now=fresh, occurred_at="created_at")
    return events.assign(sequence=-1, actor_id=NONE, actor_kind=NONE)


def _status_events(rows: pd.DataFrame, first: Mask) -> pd.DataFrame:
    """A ticket first seen neither new nor open was new until that row."""
    now = rows["status"].to_numpy()
    before = np.where(first, word("new"), _before(now))
    before = np.where(before == NONE, word("new"), before)
    begun = first & np.isin(now, words_of(("new", "open")))
    at = (now != NONE) & (now != before) & ~begun
    kinds = status_kinds(before[at], now[at])
    events = make_events(rows.loc[at], kinds, before=before[at], now=now[at])
    return events.assign(detail=rows.loc[at, "detail"].to_numpy())


def _field_events(rows: pd.DataFrame, first: Mask, name: str, kind: str) -> pd.DataFrame:
    """Assignment counts from the first row on; what else the first row says is the ticket's."""
    now = rows[name].to_numpy()
    before = np.where(first, NONE if name == "assigned_to" else now, _before(now))
    at = now != before
    return make_events(rows.loc[at], word(kind), before=before[at], now=now[at])


def make_events(
    rows: pd.DataFrame,
    kind: Integers | int,
    *,
    now: Integers | int,
    before: Integers | int = NONE,
    occurred_at: str = "updated_at",
) -> pd.DataFrame:
    """One event per row, with the row's actor and its own place in the source."""
    return pd.DataFrame(
        {
            TICKET: rows[TICKET],
            "ticket_id": rows["ticket_id"],
            "occurred_at": rows[occurred_at],
            "known_at": rows["known_at"],
            "sequence": rows["sequence"],
            "kind": kind,
            "from_value": before,
            "to_value": now,
            "actor_id": rows["actor_id"],
            "actor_kind": rows["actor_kind"],
            "is_public": 0,
            "detail": NONE,
            PART: rows[PART],
            ROW: rows[ROW],
        }
    )
