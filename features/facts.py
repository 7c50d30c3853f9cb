"""The canonical tables as numbers: what every stream of the history is taken from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from features.states import NO_STATE, STATES, STATUS, StateFacts
from features.streams import Int64
from features.texts import Codes, encode, keep_texts
from forewarn.schema import EVENT_KINDS, STATUS_CATEGORIES
from forewarn.sla.events import Events, microseconds, read_events
from forewarn.sla.metrics import N_SIGNALS, STATUSES, Signal
from forewarn.sla.parts import side_by_side
from forewarn.tables import Tables

_OF_TICKETS = {
    "group": ("group_changed", "group_id"),
    "priority": ("priority_changed", "priority"),
    "category": ("category_changed", "category"),
}
_CLOSED = 5
_GONE = (Signal.MERGED, Signal.DELETED, Signal.SPAM)
NO_CODE = -1
Words = Mapping[str, pa.Array]
"""By what they name: texts that codes stand for."""


class TicketCodes(NamedTuple):
    """Per ticket its customer and its text columns as codes; ``sizes``: how many words of each."""

    customer: Codes
    codes: dict[str, Codes]
    sizes: dict[str, int]


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

    @property
    def of_tickets(self) -> TicketCodes:
        """What is known of tickets without their events."""
        sizes = {name: len(words) for name, words in self.words.items()}
        return TicketCodes(self.customer, self.codes, sizes)


def read_facts(tables: Tables, known: Words = MappingProxyType({})) -> Facts:
    """The facts of all tables. ``known``: words that have codes already, by what they name."""
    events = read_events(tables)
    tickets, log = tables.tickets, tables.ticket_events
    words, codes = _ticket_texts(tables, known)
    works: dict[str, Callable[[], _Changes]]
    works = {name: partial(_changes, name, events, tables, known) for name in _OF_TICKETS}
    works["agent"] = partial(_assignments, events, log, known)
    made = side_by_side(works)
    for name, change in made.items():
        words[name] = change.words
    codes |= {name: made[name].others for name in _OF_TICKETS}
    words["customer"], (customer, *_) = encode(
        tickets["customer_id"],
        tables.customers["customer_id"],
        tables.customer_health["customer_id"],
        known=known.get("customer"),
    )
    created_at, known_at = microseconds(tickets["created_at"]), microseconds(tickets["known_at"])
    known_at = np.maximum(created_at, known_at)
    return Facts(
        tables=tables,
        events=events,
        states=_state_facts(events, created_at, known_at, made),
        customer=customer,
        created_at=created_at,
        known_at=known_at,
        actor=made["agent"].others[events.row],
        words=words,
        codes=codes,
    )


class _Changes(NamedTuple):
    """Events that change a state: their positions, and the new states as codes into ``words``.

    ``others``: other codes of the same words; per ticket at creation, or per row of the log.
    """

    words: pa.Array
    rows: Int64
    codes: Codes
    others: Codes


def _changes(name: str, events: Events, tables: Tables, known: Words) -> _Changes:
    """Changes of a column of tickets."""
    kind, column = _OF_TICKETS[name]
    rows = np.flatnonzero(events.kind == EVENT_KINDS.index(kind))
    new = tables.ticket_events["to_value"].iloc[events.row[rows]]
    also = [tables.agents["group_id"], tables.groups["group_id"]] if name == "group" else []
    words, (codes, first, *_) = encode(new, tables.tickets[column], *also, known=known.get(name))
    return _Changes(words, rows, codes, first)


def _assignments(events: Events, log: pd.DataFrame, known: Words) -> _Changes:
    """Tickets given to agents."""
    rows = np.flatnonzero(events.kind == EVENT_KINDS.index("assigned"))
    is_agent = (log["actor_kind"] == "agent").to_numpy(bool)
    new = log["to_value"].iloc[events.row[rows]]
    words, (codes, actor) = encode(
        new, keep_texts(log["actor_id"], is_agent), known=known.get("agent")
    )
    return _Changes(words, rows, codes, actor)


def _state_facts(
    events: Events, created_at: Int64, known_at: Int64, changes: Mapping[str, _Changes]
) -> StateFacts:
    code = _STATUS_OF_SIGNAL[events.signal]  # no signal is the last of them
    kind = np.where(code >= 0, STATUS, NO_STATE).astype(np.int8)
    at_creation = np.full((created_at.size, len(STATES)), NO_CODE, np.int32)
    at_creation[:, STATUS] = STATUS_CATEGORIES.index("new")
    for name, change in changes.items():
        state = STATES.index(name)
        kind[change.rows] = state
        code[change.rows] = change.codes
        if name in _OF_TICKETS:
            at_creation[:, state] = change.others
    return StateFacts(
        events.first, events.occurred_at, events.known_at, events.sequence, kind, code,
        created_at, known_at, at_creation,
    )  # fmt: skip


def _status_of_signal() -> Codes:
    codes = np.full(N_SIGNALS + 1, NO_CODE, np.int32)
    for signal in (*STATUSES, *_GONE):
        codes[signal] = min(signal, _CLOSED)
    return codes


_STATUS_OF_SIGNAL = _status_of_signal()


def _ticket_texts(tables: Tables, known: Words) -> tuple[dict[str, pa.Array], dict[str, Codes]]:
    """Text columns of tickets that are features as they are: not states, ids or free text."""
    words: dict[str, pa.Array] = {}
    codes: dict[str, Codes] = {}
    for name in ("channel", "product", "type", "language", *tables.attributes):
        if not pd.api.types.is_numeric_dtype(tables.tickets[name]):
            words[name], (codes[name],) = encode(tables.tickets[name], known=known.get(name))
    return words, codes
