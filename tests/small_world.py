"""A small world, drawn from a seed: tickets of few customers and groups, with all that is awkward.

Facts become known late or out of order, customers are missing, statuses go back and forth,
tickets are merged, reopened, cancelled, left open; several events share an instant.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from forewarn.tables import SPECS, Tables, arrow_schema, empty_frame

CONFIG = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
sla:
  calendars:
    office: {time_zone: Europe/Berlin, windows: {mon-fri: ["09:00-17:00"]}}
    evenings: {time_zone: Europe/Lisbon, windows: {mon-sun: ["14:00-23:00"]}}
  policies:
    - name: gold
      when: {tier: [gold]}
      calendar: office
      targets: {first_response: {high: 1h, default: 3h}, resolution: {high: 6h, default: 20h}}
    - name: others
      targets: {first_response: 8h, resolution: {high: 30h, default: 90h}}
queue:
  priorities: [high, normal]
features:
  include: [ticket_text_0, ticket_sentiment]
  own:
    - {name: customer_notes_3d, events: internal_note, by: customer, measure: count, window: 3d}
    - name: group_returns_ratio_1d
      events: [reopened, escalated]
      by: group
      measure: ratio
      window: 1d
      trailing: 7d
    - {name: product_reply_hours, events: customer_reply, by: product, measure: age}
    - {name: ticket_any_replies, events: agent_reply, actors: [agent, bot], measure: count}
    - {name: desk_rating_7d, events: csat, by: desk, measure: mean, window: 7d}
    - name: agent_public_replies_2d
      events: agent_reply
      is_public: true
      by: agent
      measure: count
      window: 2d
  python: [tests.features.coded_features]
"""
_START = pd.Timestamp("2026-03-02T08:00Z")
_HOUR = pd.Timedelta(hours=1)
_GROUPS = ("desk", "network", "billing")
_AGENTS = ("A1", "A2", "A3", "A4", "A5")
_SHIFTS = ("office", "evenings", None, "office", "sometimes")
_CUSTOMERS = ("C1", "C2", "C3", "C4", "C5", None)
_STATUSES = ("open", "pending", "on_hold", "open")
Row = dict[str, Any]


def as_tables(frames: Mapping[str, pd.DataFrame]) -> Tables:
    """Tables of frames by name, sorted and typed; what is missing is empty or null."""
    typed = {name: _typed(name, frames.get(name)) for name in SPECS}
    digest = hashlib.sha256()
    for frame in typed.values():
        digest.update(frame.to_csv(index=False).encode())
    known_at = pd.concat([typed["tickets"]["known_at"], typed["ticket_events"]["known_at"]])
    canonical = {column.name for column in SPECS["tickets"].columns}
    return Tables(
        **typed,
        watermark=known_at.max(),
        digest=digest.hexdigest(),
        attributes=tuple(c for c in typed["tickets"].columns if c not in canonical),
    )


def _typed(name: str, frame: pd.DataFrame | None) -> pd.DataFrame:
    spec, empty = SPECS[name], empty_frame(SPECS[name])
    if frame is None or frame.empty:
        return empty
    more = sorted(set(frame.columns) - set(empty.columns))
    ordered = frame.reindex(columns=[*empty.columns, *more])
    typed = ordered.astype(dict(empty.dtypes))
    assert arrow_schema(spec, {}).names == list(empty.columns)
    return typed.sort_values(list(spec.order), kind="stable", ignore_index=True)


def small_world(*, seed: int, n_tickets: int = 250) -> dict[str, pd.DataFrame]:
    """The six canonical tables as frames."""
    draw = np.random.default_rng(seed)
    tickets = [_ticket(draw, i, n_tickets) for i in range(n_tickets)]
    events = [event for ticket in tickets for event in _events(draw, ticket)]
    return {
        "tickets": pd.DataFrame(tickets),
        "ticket_events": pd.DataFrame(events),
        "customers": pd.DataFrame(list(_customers(draw))),
        "customer_health": pd.DataFrame(list(_health(draw))),
        "agents": pd.DataFrame(list(_agents())),
        "groups": pd.DataFrame(_fact(_START, 0.0, group_id=g, name=g) for g in _GROUPS),
    }


def _fact(at: pd.Timestamp, late_hours: float, **values: Any) -> Row:
    return {"occurred_at": at, "known_at": at + late_hours * _HOUR, **values}


def _late(draw: np.random.Generator) -> float:
    """Hours until a fact is known: most at once, some late, few very late."""
    return float(draw.choice([0.0, 0.0, 0.0, 0.0, 0.2, 5.0, 100.0]))


def _pick(draw: np.random.Generator, values: tuple[Any, ...]) -> Any:
    return values[int(draw.integers(len(values)))]


def _ticket(draw: np.random.Generator, i: int, n_tickets: int) -> Row:
    at = _START + round(i * 56 * 24 * 60 / n_tickets) * _HOUR / 60
    return {
        "ticket_id": f"T{i:03d}",
        "customer_id": _pick(draw, _CUSTOMERS),
        "created_at": at,
        "known_at": at + float(draw.choice([0.0, 0.0, 0.5])) * _HOUR,
        "channel": _pick(draw, ("mail", "phone")),
        "product": _pick(draw, ("router", "invoice", None)),
        "category": _pick(draw, ("fault", "question", None)),
        "priority": _pick(draw, ("high", "normal", "normal", None)),
        "group_id": _pick(draw, (*_GROUPS, None)),
        "subject": _pick(draw, ("It is broken", "A question about the bill", None)),
        "description": _pick(draw, ("Nothing works.\nPlease help!", None)),
        "site": _pick(draw, ("north", "south", "east", None)),
        "seats": float(draw.integers(1, 9)),
    }


def _events(draw: np.random.Generator, ticket: Row) -> Iterator[Row]:
    at, status, group, sequence = ticket["created_at"], "new", ticket["group_id"], 0

    def event(kind: str, before: Any, after: Any, **more: Any) -> Row:
        nonlocal sequence
        sequence += 1
        late = 0.0 if kind == "created" else _late(draw)
        values = {"actor_id": _pick(draw, _AGENTS), "actor_kind": "agent", "is_public": False}
        return _fact(
            at, late, ticket_id=ticket["ticket_id"], sequence=sequence, kind=kind,
            from_value=before, to_value=after, **{**values, **more},
        )  # fmt: skip

    yield event("created", None, "new", actor_kind="customer", actor_id=ticket["customer_id"])
    for _ in range(int(draw.integers(0, 9))):
        at += float(draw.choice([0.0, 0.3, 2.0, 20.0])) * _HOUR
        step = int(draw.integers(8))
        if step == 0:
            who = "bot" if sequence % 3 == 0 else "agent"
            public = bool(draw.integers(2))
            yield event("agent_reply", None, None, is_public=public, actor_kind=who)
        elif step == 1:
            yield event("customer_reply", None, None, actor_kind="customer", is_public=True)
        elif step == 2:
            yield event("assigned", None, _pick(draw, (*_AGENTS, None)))
        elif step == 3:
            was, group = group, _pick(draw, _GROUPS)
            yield event("group_changed", was, group)
        elif step == 4:
            yield event("priority_changed", ticket["priority"], _pick(draw, ("high", "normal")))
        elif step == 5:
            kind = _pick(draw, ("internal_note", "escalated", "category_changed", "csat"))
            after = {"category_changed": "fault", "csat": "4"}.get(kind)
            yield event(kind, None, after)
        else:
            was, status = status, _pick(draw, _STATUSES)
            yield event("status_changed", was, status)
    yield from _ending(draw, event, status)


def _ending(draw: np.random.Generator, event: Any, status: str) -> Iterator[Row]:
    kind = _pick(draw, ("solved", "solved", "solved", "reopened", "closed", "merged", None))
    if kind == "reopened":
        yield event("solved", status, "solved")
        yield event("reopened", "solved", "open")
        kind, status = _pick(draw, ("solved", None)), "open"
    if kind is not None:
        yield event(kind, status, kind if kind != "merged" else None)


def _customers(draw: np.random.Generator) -> Iterator[Row]:
    for customer in _CUSTOMERS[:-1]:
        for day in (0, 20):
            at = _START + (24 * day - 30) * _HOUR
            yield _fact(
                at, _late(draw), customer_id=customer, tier=_pick(draw, ("gold", "silver")),
                contract_value=float(draw.integers(1, 50)), region="north",
                renewal_on=_START + 24 * 90 * _HOUR, loyalty=3.0, criticality="high",
            )  # fmt: skip


def _health(draw: np.random.Generator) -> Iterator[Row]:
    for i, customer in enumerate(_CUSTOMERS[:-2]):
        for day in range(0, 56, 7):
            override = 20.0 if day == 28 and customer == "C1" else None
            yield _fact(
                _START + 24 * day * _HOUR, _late(draw), customer_id=customer,
                score=float(draw.integers(0, 101)), override_score=override,
                components=_components(i, day),
                override_expires_at=_START + 24 * 33 * _HOUR if override else pd.NaT,
            )  # fmt: skip


def _components(customer: int, day: int) -> str | None:
    """Some scores tell one component, some two, some none, and one is not readable."""
    usage, support = (day * 7 + customer * 13) % 101, (day * 3 + customer * 29) % 101
    parts = [f'"Usage": {usage}', f'"support": {support}.5', '"plan": "gold"']
    told = (None, "{" + parts[0] + "}", "{" + ", ".join(parts) + "}", "usage")
    return told[(day // 7 + customer) % 4]


def _agents() -> Iterator[Row]:
    for i, agent in enumerate(_AGENTS):
        yield _fact(_START, 0.0, agent_id=agent, group_id=_GROUPS[i % 3], shift=_SHIFTS[i])
    yield _fact(_START + 24 * 30 * _HOUR, 0.0, agent_id="A5", group_id="desk", shift="evenings")
