"""Change logs: one row per update of a ticket; events are what differs from the row before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from forewarn.schema import TICKETS
from forewarn.sources.frames import PART, Ledger, Mask, codes, drop_repeated
from forewarn.sources.rows import ROW

_FIELDS = {
    "assigned_to": "assigned",
    "group_id": "group_changed",
    "priority": "priority_changed",
    "category": "category_changed",
}
_REMEMBERED = ("status", "priority", "category")
_DONE = ("solved", "closed")


@dataclass(frozen=True)
class Built:
    """Candidates for tickets, and events; both with PART and ROW of the row they come from."""

    tickets: pd.DataFrame
    events: pd.DataFrame


def build_changes(rows: pd.DataFrame, attributes: Sequence[str], ledger: Ledger) -> Built:
    """Tickets as of their first row, and one event per change between successive rows.

    Rows of a ticket are ordered by time, then by the source's sequence, then as they stand.
    """
    rows = _ordered(_refuse_misplaced(rows, ledger), ledger)
    first = ~rows["ticket_id"].eq(rows["ticket_id"].shift()).to_numpy()
    rows = _remember(rows, first)
    columns = [c.name for c in TICKETS.columns]
    tickets = rows.loc[first, [*columns, *attributes, PART, ROW]]
    events = [_created(rows, first), _status_events(rows, first)]
    events += [_field_events(rows, first, name, kind) for name, kind in _FIELDS.items()]
    return Built(tickets, pd.concat(events, ignore_index=True))


def _refuse_misplaced(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    early = (rows["updated_at"] < rows["created_at"]).to_numpy()
    if early.any():
        ledger.refuse(rows.loc[early], "update before its ticket was created", column="updated_at")
    return rows.loc[~early]


def _ordered(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Sorted, without repeated rows; a sequence number stands once per ticket."""
    order = ["ticket_id", "updated_at", "sequence", PART, ROW]
    rows = rows.sort_values(order, kind="stable", na_position="first")
    rows = drop_repeated(rows, ["ticket_id", "updated_at", "sequence"], ledger)
    again = rows["sequence"].notna() & rows.duplicated(["ticket_id", "sequence"], keep="first")
    if again.any():
        reason = "this sequence number of the ticket was given before with other values"
        ledger.refuse(rows.loc[again], reason, column="sequence")
        rows = rows.loc[~again]
    rows = rows.reset_index(drop=True)
    place = rows.groupby(["ticket_id", "updated_at"], sort=False).cumcount()
    known = rows["known_at"].fillna(rows["updated_at"])
    created = rows["created_at"].fillna(rows["updated_at"])
    sequence = rows["sequence"].fillna(place.astype("float64")).astype("int64")
    return rows.assign(known_at=known, created_at=created, sequence=sequence)


def _remember(rows: pd.DataFrame, first: Mask) -> pd.DataFrame:
    """Where status, priority or category is empty, the last one told still holds."""
    ticket = np.cumsum(first)
    filled = {name: rows[name].groupby(ticket).ffill() for name in _REMEMBERED}
    return rows.assign(**filled)


def _created(rows: pd.DataFrame, first: Mask) -> pd.DataFrame:
    opened = rows.loc[first]
    fresh = opened["status"].where(opened["status"].isin(("new", "open")))
    return _events(
        opened.assign(sequence=-1), "created", None, fresh, occurred_at=opened["created_at"]
    ).assign(actor_id=None, actor_kind=None)


def _status_events(rows: pd.DataFrame, first: Mask) -> pd.DataFrame:
    """A ticket first seen neither new nor open was new until that row."""
    before = rows["status"].shift().where(~first, "new").fillna("new")
    begun = first & rows["status"].isin(("new", "open")).to_numpy()
    changed = rows["status"].notna().to_numpy() & (rows["status"] != before).to_numpy() & ~begun
    now, was = rows.loc[changed, "status"], before[changed]
    kind = status_kind(was, now)
    events = _events(rows.loc[changed], "status_changed", was, now)
    return events.assign(kind=kind.to_numpy(), detail=rows.loc[changed, "detail"].to_numpy())


def status_kind(before: pd.Series, now: pd.Series) -> pd.Series:
    """The kind of event that a change between two status categories is."""
    kind = pd.Series("status_changed", index=now.index, dtype="str")
    kind = kind.mask(before.isin(_DONE) & ~now.isin(_DONE), "reopened")
    return kind.mask(now.isin(_DONE), now)


def _field_events(rows: pd.DataFrame, first: Mask, name: str, kind: str) -> pd.DataFrame:
    values = rows[name]
    told: npt.NDArray[np.int64] = codes(values)
    changed = np.ones(len(rows), dtype=np.bool_)
    changed[1:] = told[1:] != told[:-1]
    if name == "assigned_to":
        changed &= ~first | values.notna().to_numpy()
    else:
        changed &= ~first
    before = values.shift().where(~first)
    return _events(rows.loc[changed], kind, before[changed], values[changed])


def _events(
    rows: pd.DataFrame,
    kind: str,
    before: pd.Series | None,
    now: pd.Series,
    *,
    occurred_at: pd.Series | None = None,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ticket_id": rows["ticket_id"],
            "occurred_at": rows["updated_at"] if occurred_at is None else occurred_at,
            "known_at": rows["known_at"],
            "sequence": rows["sequence"],
            "kind": pd.Series(kind, index=rows.index, dtype="str"),
            "from_value": pd.Series(None, index=rows.index, dtype="str")
            if before is None
            else before,
            "to_value": now,
            "actor_id": rows["actor_id"],
            "actor_kind": rows["actor_kind"],
            "is_public": False,
            "detail": pd.Series(None, index=rows.index, dtype="str"),
            PART: rows[PART],
            ROW: rows[ROW],
        }
    )
