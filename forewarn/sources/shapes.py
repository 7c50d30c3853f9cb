"""What a row of each shape may hold: the columns that a mapping can name."""

from forewarn.schema import (
    AGENTS,
    CUSTOMER_HEALTH,
    CUSTOMERS,
    GROUPS,
    TICKET_EVENTS,
    TICKETS,
    Column,
    TableSpec,
)

_OPTIONAL = {
    "tickets": ("known_at",),
    "customers": ("occurred_at", "known_at"),
    "customer_health": ("known_at",),
    "agents": ("occurred_at", "known_at"),
    "groups": ("occurred_at", "known_at"),
}


def _relaxed(columns: tuple[Column, ...], optional: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(
        Column(c.name, c.kind, c.required and c.name not in optional, c.values, c.least, c.most)
        for c in columns
    )


def _entity(spec: TableSpec) -> tuple[Column, ...]:
    return _relaxed(spec.columns, _OPTIONAL[spec.name])


_TICKET = _entity(TICKETS)
_DETAILS = tuple(
    Column(c.name, c.kind) for c in TICKETS.columns if c.name not in ("ticket_id", "known_at")
)
_EVENT = _relaxed(TICKET_EVENTS.columns, ("known_at", "sequence", "is_public"))

INPUTS: dict[str, tuple[Column, ...]] = {
    "tickets": _TICKET,
    "flat_tickets": (
        *_TICKET,
        Column("first_response_at", "instant"),
        Column("solved_at", "instant"),
        Column("closed_at", "instant"),
    ),
    "event_log": (*_EVENT, *_DETAILS),
    "change_log": (
        Column("ticket_id", "text", required=True),
        Column("updated_at", "instant", required=True),
        Column("known_at", "instant"),
        Column("sequence", "count"),
        Column("status", "text"),
        Column("assigned_to", "text"),
        Column("actor_id", "text"),
        Column("actor_kind", "text", values=("agent", "customer", "bot", "system")),
        *_DETAILS,
    ),
    "customers": _entity(CUSTOMERS),
    "customer_health": _entity(CUSTOMER_HEALTH),
    "agents": _entity(AGENTS),
    "groups": _entity(GROUPS),
}
"""Columns by shape, in reading order. Besides these, a source may name attributes."""

TICKET_SHAPES = ("tickets", "flat_tickets", "event_log", "change_log")
ENTITY_SHAPES = ("customers", "customer_health", "agents", "groups")
