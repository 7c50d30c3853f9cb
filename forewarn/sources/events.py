"""Event logs: one row per event; tickets come from their own source or from 'created' rows."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from forewarn.schema import TICKET_EVENTS
from forewarn.sources.changes import Built, status_kinds, ticket_columns
from forewarn.sources.frames import (
    NONE,
    PART,
    TICKET,
    Integers,
    begins,
    first_told,
    ordered,
    word,
    words_of,
)
from forewarn.sources.ledger import Ledger, drop_repeated
from forewarn.sources.rows import ROW

_STATUS_KINDS = ("created", "status_changed", "solved", "closed", "reopened")
_REACHED = {"created": "new", "solved": "solved", "closed": "closed", "reopened": "open"}
_PUBLIC = ("agent_reply", "customer_reply")
_ACTORS = {"agent_reply": "agent", "internal_note": "agent", "customer_reply": "customer"}


def build_events(rows: pd.DataFrame, attributes: Sequence[str], ledger: Ledger) -> Built:
    """The events, and a candidate ticket for each first 'created' one."""
    rows = ordered(rows, [TICKET, "occurred_at", "sequence", PART, ROW])
    rows = drop_repeated(rows, [TICKET, "occurred_at", "sequence", "kind"], ledger)
    rows = _with_defaults(rows)
    created = rows.loc[rows["kind"] == word("created")].drop_duplicates(TICKET)
    created = created.assign(created_at=first_told(created["created_at"], created["occurred_at"]))
    rows = _with_status(rows, ledger)
    columns = [*(c.name for c in TICKET_EVENTS.columns), TICKET, PART, ROW]
    return Built(created[ticket_columns(attributes)], rows[columns])


def _with_defaults(rows: pd.DataFrame) -> pd.DataFrame:
    """When it was known, who acts and who sees it, where the source does not say."""
    kinds = rows["kind"].to_numpy()
    public = np.isin(kinds, words_of(_PUBLIC)).astype(np.int64)
    return rows.assign(
        known_at=first_told(rows["known_at"], rows["occurred_at"]),
        is_public=first_told(rows["is_public"], public),
        actor_kind=first_told(rows["actor_kind"], _translated(kinds, _ACTORS)),
    )


def _translated(kinds: Integers, words: Mapping[str, str]) -> Integers:
    found = np.full(len(kinds), NONE, dtype=np.int64)
    for kind, meaning in words.items():
        found[kinds == word(kind)] = word(meaning)
    return found


def _with_status(rows: pd.DataFrame, ledger: Ledger) -> pd.DataFrame:
    """Status events with both categories; a change of status gets the kind that it is."""
    kinds = rows["kind"].to_numpy()
    about = np.isin(kinds, words_of(_STATUS_KINDS))
    reached = first_told(rows["to_value"], _translated(kinds, _REACHED))
    blank = about & (reached == NONE)
    if blank.any():
        rows = ledger.without(rows, blank, "a change of status without the new status")
        return _with_status(rows, ledger)
    status = rows.loc[about]
    now = reached[about]
    before = np.where(begins(status, [TICKET]), NONE, np.concatenate([[NONE], now])[:-1])
    before = first_told(status["from_value"], before)
    opening = kinds[about] == word("created")
    changed = kinds[about] == word("status_changed")
    return _replaced(
        rows,
        about,
        kind=np.where(changed, status_kinds(before, now), kinds[about]),
        from_value=np.where(opening, NONE, before),
        to_value=np.where(opening, status["to_value"], now),
    )


def _replaced(
    rows: pd.DataFrame, where: np.ndarray[tuple[int], np.dtype[np.bool_]], **values: Integers
) -> pd.DataFrame:
    """Other values in some rows."""
    columns = {}
    for name, given in values.items():
        column = rows[name].to_numpy().astype(np.int64)
        column[where] = given
        columns[name] = column
    return rows.assign(**columns)
