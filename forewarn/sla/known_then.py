"""What was known at an instant: of a ticket, of its customer, of agents and groups."""

from typing import Literal

import numpy as np
import pandas as pd

from forewarn.tables import Tables

_CHANGES = {"group_id": "group_changed", "priority": "priority_changed"}


def last_value(
    tables: Tables, rows: pd.DataFrame, ticket: np.ndarray, column: Literal["group_id", "priority"]
) -> np.ndarray:
    """The ticket's group or priority as last known strictly before each row's instant.

    ``rows``: ticket_id and decided_at. ``ticket``: per row its position in the tickets. As at
    creation where no change was known yet.
    """
    events = tables.ticket_events
    changes = events.loc[events["kind"] == _CHANGES[column], ["ticket_id", "known_at", "to_value"]]
    first = tables.tickets[column].to_numpy()[ticket]
    found = _as_known(rows, changes, by="ticket_id")["to_value"].to_numpy()
    return np.where(pd.isna(found), first, found)


def tiers(customers: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    """The customer's tier as known before each row's instant, else the first one known at all.

    ``rows``: customer_id and decided_at.
    """
    known = customers.dropna(subset="tier")[["customer_id", "known_at", "tier"]]
    found = _as_known(rows, known, by="customer_id")["tier"].to_numpy()
    first = rows["customer_id"].map(
        known.drop_duplicates("customer_id").set_index("customer_id")["tier"]
    )
    return np.where(pd.isna(found), first.to_numpy(), found)


def facts_then(facts: pd.DataFrame, key: str, *, as_of: pd.Timestamp) -> pd.DataFrame:
    """Per key the last fact that held and was known strictly before ``as_of``, by key.

    ``facts``: an effective-dated table, with occurred_at and known_at.
    """
    seen = facts[(facts["known_at"] < as_of) & (facts["occurred_at"] < as_of)]
    ordered = seen.sort_values([key, "occurred_at", "known_at"], kind="stable")
    return ordered.drop_duplicates(key, keep="last").reset_index(drop=True)


def _as_known(rows: pd.DataFrame, facts: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """For each row the last fact known strictly before it, in the order of the rows."""
    left = rows[[by, "decided_at"]].reset_index().sort_values("decided_at", kind="stable")
    facts = facts.sort_values("known_at", kind="stable")
    joined = pd.merge_asof(
        left.dropna(subset=by),
        facts,
        left_on="decided_at",
        right_on="known_at",
        by=by,
        allow_exact_matches=False,
    )
    return joined.set_index("index").reindex(rows.index)
