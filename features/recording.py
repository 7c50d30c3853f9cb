"""What goes into a built history: every stream's facts, taken from the canonical tables."""

from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.clocks import clock_spans
from features.facts import Facts, Words, read_facts
from features.path import build_path
from features.recording_customers import customer_streams
from features.recording_health import component_stream
from features.recording_load import load_streams
from features.recording_medians import median_arrays
from features.recording_outcomes import outcome_streams
from features.recording_own import own_streams
from features.recording_shifts import named_shifts, shift_stream
from features.recording_so_far import broken_stream
from features.recording_texts import asked_texts, text_numbers
from features.recording_tickets import ticket_numbers, ticket_streams
from features.states import STATES
from features.streams import Stream
from forewarn.config import Config
from forewarn.health import SEGMENTS
from forewarn.progress import Progress
from forewarn.sla.events import as_arrow
from forewarn.sla.parts import side_by_side
from forewarn.sla.spans import watermark_of
from forewarn.sla.timeline import build_timelines
from forewarn.tables import Tables

Content = tuple[dict[str, np.ndarray], dict[str, pa.Array], dict[str, Any]]


def record(
    tables: Tables, config: Config, *, progress: Progress, known: Words = MappingProxyType({})
) -> Content:
    """Arrays, texts and small values of a history (see History for their names).

    ``known``: words that have codes already, by what they name.
    """
    timelines = build_timelines(tables, config.sla, health=config.health, progress=progress)
    known_at, over_at = clock_spans(timelines)
    progress("History: tickets", 0.3)
    facts = read_facts(tables, known)
    about = _about(tables, config, facts)
    arrays = {f"timeline/{name}": array for name, array in timelines.to_arrays().items()}
    arrays |= {"clock/known_at": known_at, "clock/over_at": over_at}
    arrays["ticket/created_at"] = facts.created_at
    arrays["ticket/known_at"] = facts.known_at
    arrays["ticket/customer"] = facts.customer
    arrays |= {f"code/{name}": codes for name, codes in facts.codes.items()}
    arrays |= {f"number/{name}": values for name, values in ticket_numbers(tables).items()}
    arrays |= {f"number/{name}": values for name, values in text_numbers(tables, config).items()}
    progress("History: streams", 0.5)
    path = build_path(facts.states)
    top_priority = config.queue.priorities[0]
    works: dict[str, Callable[[], dict[str, Stream]]] = {
        "load": partial(load_streams, facts, path, top_priority=top_priority),
        "ticket": partial(ticket_streams, facts),
        "customer": partial(customer_streams, facts, config.health, known),
        "own": partial(own_streams, facts, path, config.features.own),
    }
    streams = {"path": path}
    for made in side_by_side(works).values():
        streams |= made
    streams["group_shift"] = shift_stream(facts, named_shifts(tables, config.sla))
    streams["component"] = component_stream(facts)
    texts = {"ticket_id": as_arrow(tables.tickets["ticket_id"])}
    texts |= {f"word/{name}": words for name, words in facts.words.items()}
    of_tickets = facts.of_tickets
    del facts, works  # its events are as large as all streams together
    progress("History: outcomes", 0.8)
    observable_at = known_at + about["opening_delay"] + 1
    streams |= outcome_streams(of_tickets, path, timelines, observable_at)
    streams["broken/customer"] = broken_stream(streams["decided/customer"])
    arrays |= median_arrays(streams)
    for name, stream in side_by_side({n: s.to_arrays for n, s in streams.items()}).items():
        arrays |= {f"stream/{name}/{part}": array for part, array in stream.items()}
    texts["word/segment"] = pa.array(SEGMENTS, pa.large_string())
    return arrays, texts, about


def _about(tables: Tables, config: Config, facts: Facts) -> dict[str, Any]:
    delay = config.training.opening_delay
    calendars, shifts = config.sla.calendars.values(), named_shifts(tables, config.sla)
    numeric = [
        name for name in tables.attributes if pd.api.types.is_numeric_dtype(tables.tickets[name])
    ]
    return {
        "watermark": tables.watermark.isoformat(),
        "watermark_at": watermark_of(tables),
        "attributes": list(tables.attributes),
        "text_columns": [name for name in facts.codes if name not in STATES],
        "number_columns": numeric,
        "made_of_texts": [name for name in asked_texts(config) if name not in tables.attributes],
        "own": [feature.model_dump(mode="json") for feature in config.features.own],
        "python": list(config.features.python),
        "shifts": [1 + list(config.sla.calendars).index(n) for n in shifts],
        "origin": int(facts.known_at.min()) if facts.known_at.size else 0,
        "time_zone": next((c.time_zone for c in calendars), config.report.time_zone),
        "opening_delay": 0 if delay is None else int(delay.total_seconds() * 1_000_000),
    }
