"""Event logs: one row per event; tickets come from their own source or from 'created' rows."""

from collections.abc import Sequence

import pandas as pd

from forewarn.schema import TICKET_EVENTS, TICKETS
from forewarn.sources.changes import Built, status_kind
from forewarn.sources.frames import PART, Ledger, drop_repeated
from forewarn.sources.rows import ROW

_STATUS_KINDS = ("created", "status_changed", "solved", "closed", "reopened")
_REACHED = {"created": "new", "solved": "solved", "closed": "closed", "reopened": "open"}
_PUBLIC = ("agent_reply", "customer_reply")
_ACTORS = {"agent_reply": "agent", "internal_note": "agent", "customer_reply": "customer"}


def build_events(rows: pd.DataFrame, attributes: Sequence[str], ledger: Ledger) -> Built:
    """The events, and a candidate ticket for each 'created' one."""
    order = ["ticket_id", "occurred_at", "sequence", PART, ROW]
    rows = rows.sort_values(order, kind="stable", na_position="first")
    rows = drop_repeated(rows, ["ticket_id", "occurred_at", "sequence", "kind"], ledger)
    rows = _defaults(rows).reset_index(drop=True)
    created = rows.loc[(rows["kind"] == "created") & ~rows.duplicated(["ticket_id", "kind"])]
    tickets = created.assign(created_at=created["created_at"].fillna(created["occurred_at"]))
    columns = [c.name for c in TICKETS.columns]
    rows = _with_status(rows, ledger)
    events = rows[[*(c.name for c in TICKET_EVENTS.columns), PART, ROW]]
    return Built(tickets[[*columns, *attributes, PART, ROW]], events)


def _defaults(rows: pd.DataFrame) -> pd.DataFrame:
    """Who acts and who sees it, where the source does not say."""
    return rows.assign(
        known_at=rows["known_at"].fillna(rows["occurred_at"]),
        is_public=rows["is_public"].astype("boolean").fillna(rows["kind"].isin(_PUBLIC)),
        actor_kind=rows["actor_kind"].fillna(rows["kind"].map(_ACTORS).astype("str")),
    )


def _with_status(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Status events with both categories; a change of status gets the kind that it is."""
    about = rows["kind"].isin(_STATUS_KINDS).to_numpy()
    reached = rows["to_value"].fillna(rows["kind"].map(_REACHED).astype("str"))
    blank = about & reached.isna().to_numpy()
    if blank.any():
        ledger.refuse(rows.loc[blank], "a change of status without the new status")
    status = rows.loc[about & ~blank]
    now = reached[status.index]
    last = now.groupby(status["ticket_id"]).shift()
    was = status["from_value"].fillna(last)
    is_plain = status["kind"] == "status_changed"
    kinds = status["kind"].mask(is_plain, status_kind(was, now))
    opening = status["kind"] == "created"
    rows = rows.copy()
    rows.loc[status.index, "kind"] = kinds
    rows.loc[status.index, "from_value"] = was.mask(opening, None)
    rows.loc[status.index, "to_value"] = now.mask(opening, status["to_value"])
    return rows.loc[~blank]
