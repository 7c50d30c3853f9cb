"""What goes into a built history: every stream's facts, taken from the canonical tables."""

from typing import Any

import numpy as np
import pyarrow as pa

from features.clocks import clock_known_at, clock_over_at
from features.facts import Facts, read_facts
from features.path import STATES, build_path
from features.streams import Stream, build_stream
from forewarn.config import Config
from forewarn.progress import Progress
from forewarn.schema import EVENT_KINDS
from forewarn.sla.events import as_arrow
from forewarn.sla.timeline import build_timelines
from forewarn.tables import Tables

Content = tuple[dict[str, np.ndarray], dict[str, pa.Array], dict[str, Any]]
TICKET_KINDS = (
    "assigned", "group_changed", "status_changed", "priority_changed", "category_changed",
    "agent_reply", "customer_reply", "internal_note", "solved", "reopened", "escalated",
)  # fmt: skip
"""Kinds of events that have a stream of their own, keyed by ticket."""


def record(tables: Tables, config: Config, *, progress: Progress) -> Content:
    """Arrays, texts and small values of a history (see History for their names)."""
    timelines = build_timelines(tables, config.sla, progress=progress)
    progress("History: tickets", 0.3)
    facts = read_facts(tables)
    arrays = {f"timeline/{name}": array for name, array in timelines.to_arrays().items()}
    arrays["clock/known_at"] = clock_known_at(timelines)
    arrays["clock/over_at"] = clock_over_at(timelines)
    arrays["ticket/created_at"] = facts.created_at
    arrays["ticket/known_at"] = facts.known_at
    arrays["ticket/customer"] = facts.customer
    arrays |= {f"code/{name}": codes for name, codes in facts.codes.items()}
    progress("History: streams", 0.5)
    for name, stream in _streams(facts).items():
        arrays |= stream_arrays(name, stream)
    texts = {"ticket_id": as_arrow(tables.tickets["ticket_id"])}
    texts |= {f"word/{name}": words for name, words in facts.words.items()}
    about = _about(tables, config)
    about["text_columns"] = [name for name in facts.codes if name not in STATES]
    return arrays, texts, about


def stream_arrays(name: str, stream: Stream) -> dict[str, np.ndarray]:
    """The arrays of a stream under the names that ``History.streams`` looks for."""
    parts = {"start": stream.start, "at": stream.at, **stream.columns}
    return {f"stream/{name}/{part}": array for part, array in parts.items()}


def _streams(facts: Facts) -> dict[str, Stream]:
    events, n_tickets = facts.events, facts.known_at.size
    streams = {"path": build_path(facts.states)}
    streams["event"] = build_stream(events.ticket, events.known_at, n_keys=n_tickets)
    for kind in TICKET_KINDS:
        rows = np.flatnonzero(events.kind == EVENT_KINDS.index(kind))
        streams[kind] = build_stream(events.ticket[rows], events.known_at[rows], n_keys=n_tickets)
    return streams


def _about(tables: Tables, config: Config) -> dict[str, Any]:
    delay = config.training.opening_delay
    calendars = config.sla.calendars.values()
    return {
        "watermark": tables.watermark.isoformat(),
        "attributes": list(tables.attributes),
        "time_zone": next((c.time_zone for c in calendars), config.report.time_zone),
        "opening_delay": 0 if delay is None else int(delay.total_seconds() * 1_000_000),
    }
