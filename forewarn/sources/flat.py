"""Tickets in one row each, with or without the times of what happened to them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forewarn.sources.changes import Built, make_events, ticket_columns
from forewarn.sources.frames import NAT, NONE, TICKET, first_told, word
from forewarn.sources.ledger import Ledger, keep_one

_TIMES = {"first_response_at": "agent_reply", "solved_at": "solved", "closed_at": "closed"}


def build_flat(rows: pd.DataFrame, attributes: Sequence[str], ledger: Ledger) -> Built:
    """One ticket per id, and an event for every time that its row tells."""
    rows = keep_one(rows, [TICKET], ledger, column="ticket_id")
    rows = rows.assign(known_at=first_told(rows["known_at"], rows["created_at"]))
    told = [(name, kind) for name, kind in _TIMES.items() if name in rows]
    events = [_events(rows, name, kind) for name, kind in told]
    nothing = _events(rows.iloc[:0], "created_at", "created")
    return Built(rows[ticket_columns(attributes)], pd.concat([nothing, *events], ignore_index=True))


def _events(rows: pd.DataFrame, name: str, kind: str) -> pd.DataFrame:
    """Events known when they occur; without a sequence of their own."""
    rows = rows.loc[rows[name] != NAT]
    rows = rows.assign(known_at=rows[name], sequence=NAT, actor_id=NONE, actor_kind=NONE)
    if kind == "agent_reply":
        rows = rows.assign(actor_kind=word("agent"))
        events = make_events(rows, word(kind), now=NONE, occurred_at=name)
        return events.assign(is_public=1)
    was_solved = kind == "closed" and (rows["solved_at"] != NAT).to_numpy()
    before = np.where(was_solved, word("solved"), np.full(len(rows), word("new")))
    return make_events(rows, word(kind), before=before, now=word(kind), occurred_at=name)
