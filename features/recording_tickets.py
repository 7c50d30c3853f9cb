"""Streams keyed by ticket: its path, all its events, and one stream per kind of event."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from features.facts import Facts
from features.recording_so_far import acting_stream
from features.streams import Floats, Int64, Stream, Values, build_stream
from forewarn.schema import EVENT_KINDS
from forewarn.sla.compiled import compiled
from forewarn.sla.events import as_arrow
from forewarn.sla.openings import NAT
from forewarn.sla.parts import side_by_side
from forewarn.tables import Tables

KINDS = (
    "assigned", "group_changed", "status_changed", "priority_changed", "category_changed",
    "agent_reply", "customer_reply", "internal_note", "solved", "reopened", "escalated",
)  # fmt: skip
"""Kinds of events that have a stream of their own."""
WRITTEN = ("agent_reply", "internal_note")
"""Kinds that count only where a person wrote: what bots send, write-backs too, is no work."""


def ticket_streams(facts: Facts) -> dict[str, Stream]:
    """``event``, ``reply``, ``acting``, and a stream for each of KINDS."""
    works: dict[str, Callable[[], Stream]] = {
        "event": partial(_of_rows, facts, slice(None)),
        "reply": partial(_replies, facts),
        "acting": partial(acting_stream, facts),
    }
    return side_by_side(works | {kind: partial(_of_kind, facts, kind) for kind in KINDS})


def _of_kind(facts: Facts, kind: str) -> Stream:
    counts = facts.events.kind == EVENT_KINDS.index(kind)
    if kind in WRITTEN:
        counts &= ~facts.events.is_automatic
    return _of_rows(facts, np.flatnonzero(counts))


def _of_rows(facts: Facts, rows: Int64 | slice) -> Stream:
    ticket, known_at = facts.events.ticket[rows], facts.events.known_at[rows]
    return build_stream(ticket, known_at, n_keys=facts.known_at.size)


def _replies(facts: Facts) -> Stream:
    """Replies of customers and public ones of agents.

    ``waiting_since``: visible instant of the customer's first reply that no agent has answered
    publicly since, NAT where there is none; ``n_waiting``: how many such replies.
    """
    events = facts.events
    is_public = facts.tables.ticket_events["is_public"].to_numpy(bool)[events.row]
    is_customer = events.kind == EVENT_KINDS.index("customer_reply")
    is_answer = (events.kind == EVENT_KINDS.index("agent_reply")) & is_public
    is_answer &= ~events.is_automatic
    rows = np.flatnonzero(is_customer | is_answer)
    stream = build_stream(
        events.ticket[rows],
        events.known_at[rows],
        n_keys=facts.known_at.size,
        states={"is_customer": is_customer[rows].astype(np.int8)},
    )
    is_customer = stream.columns["is_customer"]
    waiting_since = np.full(stream.at.size, NAT, np.int64)
    n_waiting = np.zeros(stream.at.size, np.int32)
    _follow_replies(stream.start, stream.at, is_customer, waiting_since, n_waiting)
    columns: dict[str, Values] = {"waiting_since": waiting_since, "n_waiting": n_waiting}
    return Stream(stream.start, stream.at, columns)


def ticket_numbers(tables: Tables) -> dict[str, Floats]:
    """Numbers that tickets came with: lengths of texts, and numeric attributes."""
    tickets = tables.tickets
    numbers = {
        f"{name}_length": pc.utf8_length(as_arrow(tickets[name]))
        .to_numpy(zero_copy_only=False)
        .astype(np.float64)
        for name in ("subject", "description")
    }
    for name in tables.attributes:
        if pd.api.types.is_numeric_dtype(tickets[name]):
            numbers[name] = tickets[name].to_numpy(np.float64)
    return numbers


@compiled
def _follow_replies(
    start: Int64,
    at: Int64,
    is_customer: Values,
    waiting_since: Int64,
    n_waiting: Values,
) -> None:
    for ticket in range(start.size - 1):
        for i in range(start[ticket] + 1, start[ticket + 1]):
            if is_customer[i]:
                waiting_since[i] = at[i] if n_waiting[i - 1] == 0 else waiting_since[i - 1]
                n_waiting[i] = n_waiting[i - 1] + 1
