"""Streams keyed by ticket: its path, all its events, and one stream per kind of event."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.by_ticket import split_events
from features.facts import Facts
from features.recording_replies import reply_stream
from features.recording_so_far import acting_stream
from features.streams import Floats, Stream
from forewarn.schema import EVENT_KINDS
from forewarn.sla.events import as_arrow
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
    works: dict[str, Callable[[], dict[str, Stream]]] = {
        "kinds": partial(split_events, facts, _slots(facts), ("event", *KINDS)),
        "reply": lambda: {"reply": reply_stream(facts)},
        "acting": lambda: {"acting": acting_stream(facts)},
    }
    return {n: s for made in side_by_side(works).values() for n, s in made.items()}


def _slots(facts: Facts) -> NDArray[np.int8]:
    """Per event the place of its kind behind all events, -1 for kinds without a stream."""
    places = np.full(len(EVENT_KINDS) + 1, -1, np.int8)
    for place, kind in enumerate(KINDS, 1):
        places[EVENT_KINDS.index(kind)] = place
    slot = places[facts.events.kind]  # what is no known kind is the last of them
    written = [1 + KINDS.index(kind) for kind in WRITTEN]
    slot[np.isin(slot, written) & facts.events.is_automatic] = -1
    return slot


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
