"""Tickets in one row each, with or without the times of what happened to them."""

from collections.abc import Sequence

import pandas as pd

from forewarn.schema import TICKETS
from forewarn.sources.changes import Built
from forewarn.sources.frames import PART, Ledger, keep_one
from forewarn.sources.rows import ROW

_TIMES = {"first_response_at": "agent_reply", "solved_at": "solved", "closed_at": "closed"}


def build_flat(rows: pd.DataFrame, attributes: Sequence[str], ledger: Ledger) -> Built:
    """One ticket per id, and an event for every time that its row tells."""
    rows = keep_one(rows, ["ticket_id"], ledger, column="ticket_id")
    columns = [c.name for c in TICKETS.columns]
    tickets = rows.assign(known_at=rows["known_at"].fillna(rows["created_at"]))
    told = [(name, kind) for name, kind in _TIMES.items() if name in rows]
    events = [_events(rows, name, kind) for name, kind in told]
    nothing = _events(rows.iloc[:0], "created_at", "created")
    return Built(
        tickets[[*columns, *attributes, PART, ROW]],
        pd.concat([nothing, *events], ignore_index=True),
    )


def _events(rows: pd.DataFrame, name: str, kind: str) -> pd.DataFrame:
    rows = rows.loc[rows[name].notna()]
    empty = pd.Series(None, index=rows.index, dtype="str")
    is_reply = kind == "agent_reply"
    was = empty
    if not is_reply:
        solved = "solved_at" if kind == "closed" and "solved_at" in rows else None
        was = pd.Series("new", index=rows.index, dtype="str")
        was = was if solved is None else was.mask(rows[solved].notna(), "solved")
    return pd.DataFrame(
        {
            "ticket_id": rows["ticket_id"],
            "occurred_at": rows[name],
            "known_at": rows[name],
            "sequence": pd.Series(None, index=rows.index, dtype="float64"),
            "kind": pd.Series(kind, index=rows.index, dtype="str"),
            "from_value": was,
            "to_value": empty if is_reply else empty.fillna(kind),
            "actor_id": empty,
            "actor_kind": empty.fillna("agent") if is_reply else empty,
            "is_public": is_reply,
            "detail": empty,
            PART: rows[PART],
            ROW: rows[ROW],
        }
    )
