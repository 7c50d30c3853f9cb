"""The canonical tables as numbers: what every stream of the history is taken from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from features.path import AGENT, CATEGORY, CREATION, GROUP, PRIORITY, STATUS, StateFacts
from features.streams import Int64
from features.texts import Codes, encode
from forewarn.schema import EVENT_KINDS
from forewarn.sla.events import Events, microseconds, read_events
from forewarn.sla.metrics import STATUSES, Signal
from forewarn.sla.openings import NAT
from forewarn.tables import Tables

_CHANGES = {
    GROUP: ("group", "group_changed", "group_id"),
    AGENT: ("agent", "assigned", None),
    PRIORITY: ("priority", "priority_changed", "priority"),
    CATEGORY: ("category", "category_changed", "category"),
}
_CLOSED = 5
_GONE = (Signal.MERGED, Signal.DELETED, Signal.SPAM)
NO_CODE = -1


@dataclass(frozen=True)
class Facts:
    """Tickets and their events, texts as codes into ``words``.

    ``customer``, ``created_at``, ``known_at``: per ticket. ``words``: by what they name
    (group, agent, priority, category, customer, and every text column of tickets).
    ``codes``: per ticket, by text column. ``actor``: per event its agent, -1 for others.
    """

    tables: Tables
    events: Events
    states: StateFacts
    customer: Codes
    created_at: Int64
    known_at: Int64
    actor: Codes
    words: dict[str, pa.Array]
    codes: dict[str, Codes]


def read_facts(tables: Tables) -> Facts:
    """The facts of all tables."""
    events = read_events(tables)
    tickets, log = tables.tickets, tables.ticket_events
    words, codes = _ticket_texts(tables)
    is_agent = (log["actor_kind"] == "agent").to_numpy(bool)
    to_value = log["to_value"]
    changes, at_creation = [], [np.zeros(len(tickets), np.int32)]
    actor = np.full(len(log), NO_CODE, np.int32)
    for state, (name, kind, column) in _CHANGES.items():
        rows = np.flatnonzero(events.kind == EVENT_KINDS.index(kind))
        new = to_value.iloc[events.row[rows]]
        if column is None:
            words[name], (of_change, actor) = encode(new, log["actor_id"].where(is_agent))
            at_creation.append(np.full(len(tickets), NO_CODE, np.int32))
        else:
            also = [tables.agents["group_id"], tables.groups["group_id"]] if name == "group" else []
            words[name], (of_change, first, *_) = encode(new, tickets[column], *also)
            at_creation.append(first)
            codes[name] = first
        changes.append((state, rows, of_change))
    words["customer"], (customer, *_) = encode(
        tickets["customer_id"],
        tables.customers["customer_id"],
        tables.customer_health["customer_id"],
    )
    created_at, known_at = microseconds(tickets["created_at"]), microseconds(tickets["known_at"])
    return Facts(
        tables=tables,
        events=events,
        states=_state_facts(events, created_at, known_at, changes, np.stack(at_creation, axis=1)),
        customer=customer,
        created_at=created_at,
        known_at=np.maximum(created_at, known_at),
        actor=actor[events.row],
        words=words,
        codes=codes,
    )


def _ticket_texts(tables: Tables) -> tuple[dict[str, pa.Array], dict[str, Codes]]:
    """Text columns of tickets that are features as they are: not states, ids or free text."""
    words: dict[str, pa.Array] = {}
    codes: dict[str, Codes] = {}
    for name in ("channel", "product", "type", "language", *tables.attributes):
        if not pd.api.types.is_numeric_dtype(tables.tickets[name]):
            words[name], (codes[name],) = encode(tables.tickets[name])
    return words, codes


def _state_facts(
    events: Events,
    created_at: Int64,
    known_at: Int64,
    changes: list[tuple[int, Int64, Codes]],
    at_creation: NDArray[np.int32],
) -> StateFacts:
    """Creations first, then the events that set a state, in the order of the events."""
    kind = np.full(events.ticket.size, -1, np.int8)
    code = np.full(events.ticket.size, NO_CODE, np.int32)
    status = np.isin(events.signal, [*STATUSES, *_GONE])
    kind[status] = STATUS
    code[status] = np.minimum(events.signal[status], _CLOSED)
    for state, rows, to in changes:
        kind[rows] = state
        code[rows] = to
    kept = np.flatnonzero(kind >= 0)
    everyone = np.arange(created_at.size)
    return StateFacts(
        ticket=np.concatenate([everyone, events.ticket[kept]]),
        occurred_at=np.concatenate([created_at, events.occurred_at[kept]]),
        known_at=np.concatenate([np.maximum(created_at, known_at), events.known_at[kept]]),
        sequence=np.concatenate([np.full(everyone.size, NAT), events.sequence[kept]]),
        kind=np.concatenate([np.full(everyone.size, CREATION, np.int8), kind[kept]]),
        code=np.concatenate([everyone.astype(np.int32), code[kept]]),
        at_creation=at_creation,
    )
