"""Streams keyed by customer: contract, health, and what its tickets tell about it."""

from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from features.arranging import build_stream
from features.facts import Facts, Words
from features.rated import rated_stream
from features.recording_load import newest_facts, visible_at
from features.streams import Int64, Stream, Values
from features.texts import encode
from forewarn.config.settings import HealthConfig
from forewarn.health import SEGMENTS, effective_scores, segment
from forewarn.schema import EVENT_KINDS
from forewarn.sla.events import as_arrow, microseconds

KINDS = ("customer_reply", "escalated", "reopened")
TEXTS = ("tier", "region", "criticality")
NUMBERS = ("contract_value", "loyalty")


def customer_streams(
    facts: Facts, health: HealthConfig, known: Words = MappingProxyType({})
) -> dict[str, Stream]:
    """``profile``, ``health``, ``customer_csat`` and ``customer_KIND`` for each of KINDS.

    Adds the words of TEXTS to ``facts.words``.
    """
    events = facts.events
    customer = facts.customer[events.ticket].astype(np.int64)
    n_customers = len(facts.words["customer"])
    streams = {"profile": _profile(facts, known), "health": _health(facts, health)}
    for kind in KINDS:
        rows = np.flatnonzero(events.kind == EVENT_KINDS.index(kind))
        streams[f"customer_{kind}"] = build_stream(
            customer[rows], events.known_at[rows], n_keys=n_customers
        )
    rows = np.flatnonzero(events.kind == EVENT_KINDS.index("csat"))
    rating = pd.to_numeric(
        facts.tables.ticket_events["to_value"].iloc[events.row[rows]], errors="coerce"
    )
    values = rating.to_numpy(np.float64)
    rated = np.isfinite(values)
    streams["customer_csat"] = rated_stream(
        customer[rows][rated], events.known_at[rows][rated], values[rated],
        n_keys=n_customers, column="rating",
    )  # fmt: skip
    return streams


def _profile(facts: Facts, known: Words) -> Stream:
    """What the contract says. ``renewal_at``: instant of the next renewal."""
    rows = newest_facts(facts.tables.customers, "customer_id")
    states: dict[str, Values] = {}
    for name in TEXTS:
        facts.words[name], (states[name],) = encode(rows[name], known=known.get(name))
    states |= {name: rows[name].to_numpy(np.float64) for name in NUMBERS}
    states["renewal_at"] = microseconds(rows["renewal_on"])
    return build_stream(
        _customers(facts, rows),
        visible_at(rows),
        n_keys=len(facts.words["customer"]),
        states=states,
    )


def _health(facts: Facts, health: HealthConfig) -> Stream:
    """The score in force, its segment, and whether an override put it there."""
    rows = effective_scores(facts.tables.customer_health, health=health)
    score = rows["score"].to_numpy(np.float64)
    names = [segment(value, health) for value in score]
    codes = [-1 if name is None else SEGMENTS.index(name) for name in names]
    return build_stream(
        _customers(facts, rows), visible_at(rows), n_keys=len(facts.words["customer"]),
        states={
            "score": score, "segment": np.array(codes, np.int8),
            "is_overridden": rows["is_overridden"].to_numpy(np.int8),
        },
    )  # fmt: skip


def _customers(facts: Facts, rows: pd.DataFrame) -> Int64:
    found = pc.index_in(as_arrow(rows["customer_id"]), value_set=facts.words["customer"])
    codes: Int64 = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes
