"""The canonical tables: their columns and what may stand in them.

Instants are UTC with microseconds. Every fact has ``occurred_at`` (when it was so) and
``known_at`` (when the source could first tell). Texts are null where nothing is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

SCHEMA_VERSION = 1
EVENT_KINDS = (
    "created", "assigned", "group_changed", "status_changed", "priority_changed",
    "category_changed", "agent_reply", "customer_reply", "internal_note", "solved",
    "reopened", "closed", "merged", "deleted", "spam", "sla_removed", "escalated", "csat",
    "arrived", "queued", "answered", "abandoned",
)  # fmt: skip
ACTOR_KINDS = ("agent", "customer", "bot", "system")
STATUS_CATEGORIES = ("new", "open", "pending", "on_hold", "solved", "closed")

INSTANT = pa.timestamp("us", tz="UTC")
Kind = Literal["text", "instant", "number", "count", "flag"]
ARROW: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "instant": INSTANT,
    "number": pa.float64(),
    "count": pa.int64(),
    "flag": pa.bool_(),
}


@dataclass(frozen=True)
class Column:
    """One column's contract. ``values``: the only texts allowed; ``least``/``most``: bounds."""

    name: str
    kind: Kind
    required: bool = False
    values: tuple[str, ...] | None = None
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class TableSpec:
    """A canonical table. ``key``: columns that identify a row; ``order``: how rows are sorted."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    order: tuple[str, ...]

    def column(self, name: str) -> Column | None:
        return next((c for c in self.columns if c.name == name), None)


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "text") for name in names)


_TIMES = (
    Column("occurred_at", "instant", required=True),
    Column("known_at", "instant", required=True),
)

TICKETS = TableSpec(
    "tickets",
    "one row per ticket, as it was at creation",
    (
        Column("ticket_id", "text", required=True),
        Column("customer_id", "text"),
        Column("created_at", "instant", required=True),
        Column("known_at", "instant", required=True),
        *_texts("channel", "product", "category", "type", "priority", "group_id"),
        *_texts("subject", "description", "language"),
        Column("first_response_due_at", "instant"),
        Column("resolution_due_at", "instant"),
    ),
    key=("ticket_id",),
    order=("ticket_id",),
)
TICKET_EVENTS = TableSpec(
    "ticket_events",
    "one row per event of a ticket; sequence decides within one instant",
    (
        Column("ticket_id", "text", required=True),
        *_TIMES,
        Column("sequence", "count", required=True),
        Column("kind", "text", required=True, values=EVENT_KINDS),
        *_texts("from_value", "to_value", "actor_id"),
        Column("actor_kind", "text", values=ACTOR_KINDS),
        Column("is_public", "flag", required=True),
        Column("detail", "text"),
    ),
    key=("ticket_id", "occurred_at", "sequence", "kind"),
    order=("ticket_id", "occurred_at", "sequence", "kind"),
)
CUSTOMERS = TableSpec(
    "customers",
    "one row per customer and instant from which it holds",
    (
        Column("customer_id", "text", required=True),
        *_TIMES,
        Column("tier", "text"),
        Column("contract_value", "number", least=0),
        *_texts("region", "time_zone"),
        Column("renewal_on", "instant"),
        Column("loyalty", "number"),
        Column("criticality", "text"),
        Column("owner", "text"),
    ),
    key=("customer_id", "occurred_at", "known_at"),
    order=("customer_id", "occurred_at", "known_at"),
)
CUSTOMER_HEALTH = TableSpec(
    "customer_health",
    "one row per customer and measured score (0 to 100, 100 is healthy)",
    (
        Column("customer_id", "text", required=True),
        *_TIMES,
        Column("score", "number", required=True, least=0, most=100),
        *_texts("components", "source", "override_author"),
        Column("override_score", "number", least=0, most=100),
        Column("override_expires_at", "instant"),
    ),
    key=("customer_id", "occurred_at", "known_at"),
    order=("customer_id", "occurred_at", "known_at"),
)
AGENTS = TableSpec(
    "agents",
    "one row per agent and instant from which it holds",
    (
        Column("agent_id", "text", required=True),
        *_TIMES,
        *_texts("group_id", "also_serves", "seniority", "shift"),  # also_serves: served.py
    ),
    key=("agent_id", "occurred_at", "known_at"),
    order=("agent_id", "occurred_at", "known_at"),
)
GROUPS = TableSpec(
    "groups",
    "one row per group and instant from which it holds",
    (
        Column("group_id", "text", required=True),
        *_TIMES,
        *_texts("name", "calendar"),
    ),
    key=("group_id", "occurred_at", "known_at"),
    order=("group_id", "occurred_at", "known_at"),
)
SPECS = {t.name: t for t in (TICKETS, TICKET_EVENTS, CUSTOMERS, CUSTOMER_HEALTH, AGENTS, GROUPS)}


def arrow_schema(spec: TableSpec, attributes: Mapping[str, pa.DataType]) -> pa.Schema:
    """The schema of a table on disk; ``attributes`` are the pass-through columns of tickets."""
    fields = [pa.field(c.name, ARROW[c.kind], nullable=not c.required) for c in spec.columns]
    return pa.schema(fields + [pa.field(name, kind) for name, kind in attributes.items()])
