"""The facts of tables by plain loops: paths, holders, arrivals, outcomes, for any key.

Nothing is shared with the engine but the reading of single clocks, which has an oracle of its
own. A fact is visible once it is known and has happened.
"""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from features.history import History
from forewarn.config import Config
from forewarn.health import effective_scores
from forewarn.sla.clock import read_clocks
from forewarn.tables import Tables

HOUR = 3_600_000_000
OPEN = ("new", "open", "pending", "on_hold")
KINDS = {
    "group": ("group_changed", "group_id"), "agent": ("assigned", None),
    "priority": ("priority_changed", "priority"), "category": ("category_changed", "category"),
}  # fmt: skip
ENDS = {"merged": "closed", "deleted": "closed", "spam": "closed", "solved": "solved",
        "closed": "closed"}  # fmt: skip
Row = dict[str, Any]
State = dict[str, Any]


def micros(instant: pd.Timestamp) -> int:
    """Microseconds since 1970."""
    return int(instant.as_unit("us").to_datetime64().astype(np.int64))


def rows_of(frame: pd.DataFrame) -> list[Row]:
    """Rows as dictionaries: nulls are None, instants microseconds, with ``visible``."""
    rows = []
    for row in frame.to_dict("records"):
        clean = {k: None if pd.isna(v) else v for k, v in row.items()}
        clean = {k: micros(v) if isinstance(v, pd.Timestamp) else v for k, v in clean.items()}
        happened = clean.get("occurred_at", clean.get("created_at"))
        clean["visible"] = max(clean["known_at"], happened)
        rows.append(clean)
    return rows


def newest(rows: list[Row]) -> list[Row]:
    """In the order of becoming visible, without those overtaken before."""
    kept: list[Row] = []
    for row in sorted(rows, key=lambda r: (r["visible"], r["occurred_at"])):
        if not kept or row["occurred_at"] >= kept[-1]["occurred_at"]:
            kept.append(row)
    return kept


class World:
    """All facts of small tables, each with the instant from which it is visible."""

    def __init__(self, tables: Tables, config: Config, history: History) -> None:
        self.config, self.history = config, history
        self.found: dict[tuple[Any, ...], Any] = {}
        self.tickets = rows_of(tables.tickets)
        self.events: dict[str, list[Row]] = {t["ticket_id"]: [] for t in self.tickets}
        for event in rows_of(tables.ticket_events):
            self.events[event["ticket_id"]].append(event)
        self.customers = rows_of(tables.customers)
        self.scores = rows_of(effective_scores(tables.customer_health))
        self.measured = rows_of(tables.customer_health)
        self.agents = rows_of(tables.agents)
        self.paths = [list(self._path(ticket)) for ticket in self.tickets]
        self.outcomes = {
            kind: [row for clock in range(len(history.timelines))
                   for row in self._outcomes(clock, is_matured=kind == "matured")]
            for kind in ("matured", "decided")
        }  # fmt: skip

    @staticmethod
    def newest(rows: list[Row]) -> list[Row]:
        """See ``newest``."""
        return newest(rows)

    # What the ticket was.

    def _path(self, ticket: Row) -> Iterator[tuple[int, State]]:
        """(visible, states) after each change of a ticket's states."""
        creation = {
            "status": "new", "agent": None, "visible": ticket["visible"],
            **{name: ticket[column] for name, (_, column) in KINDS.items() if column},
        }  # fmt: skip
        facts = [(ticket["visible"], ticket["created_at"], -math.inf, creation)]
        for event in self.events[ticket["ticket_id"]]:
            change = _change_of(event)
            if change:
                facts.append((event["visible"], event["occurred_at"], event["sequence"], change))
        facts.sort(key=lambda fact: fact[:3])
        state: State = dict.fromkeys(("status", *KINDS))
        state |= {f"{name}_since": None for name in ("status", "group", "agent")}
        state |= {"groups": (), "agents": (), "n_returns": 0, "n_pauses": 0}
        latest: dict[str, tuple[float, float]] = {}
        for visible, at, sequence, change in facts:
            before = dict(state)
            for name in [n for n in ("status", *KINDS) if n in change]:
                if (at, sequence) < latest.get(name, (-math.inf, -math.inf)):
                    continue
                latest[name] = (at, sequence)
                if change[name] == state[name] and "visible" not in change:
                    continue
                _enter(state, name, change[name], visible)
            if state != before:
                yield visible, dict(state)

    def state(self, ticket: int, as_of: int) -> State:
        seen = [state for visible, state in self.paths[ticket] if visible < as_of]
        return seen[-1] if seen else dict.fromkeys(("status", *KINDS))

    # Whose facts are asked.

    def key(self, name: str, clock: int, as_of: int) -> Any:
        ticket = int(self.history.timelines.clock_ticket[clock])
        name = name.removesuffix("+metric")
        if name == "all":
            return "all"
        if name == "ticket":
            return ticket
        if name in KINDS:
            return self.state(ticket, as_of)[name]
        return self.tickets[ticket]["customer_id" if name == "customer" else name]

    def facts(self, stream: str, key: Any, metric: int) -> list[tuple[int, Row]]:
        """All facts of a key, by when they became visible."""
        place = (stream, key, metric)
        if place not in self.found:
            rows = [] if key is None else self._find(stream, key, metric)
            self.found[place] = sorted(rows, key=lambda row: row[0])
        return self.found[place]

    def _find(self, stream: str, key: Any, metric: int) -> list[tuple[int, Row]]:
        holder, _, what = stream.partition("_")
        if stream.startswith(("matured/", "decided/", "broken/")):
            return self._judged(stream, key, metric)
        if stream in ("profile", "component", "health"):
            return self._of_customer(stream, key)
        if stream in ("event", "reply", "acting") or stream in {e["kind"] for e in self._log()}:
            return self._of_ticket(stream, key)
        if stream.startswith("own/"):
            return list(self._own(stream.removeprefix("own/"), key))
        if what in ("arrival", "solution"):
            return list(self._moves(holder, key, what))
        return [(e["visible"], e) for e in self._log() if self._is_of(e, stream, key)]

    def _is_of(self, event: Row, stream: str, key: Any) -> bool:
        """Whether an event is an act of an agent, or of a kind on a ticket of a customer."""
        if stream == "agent_action":
            return bool(_actor(event) == key)
        kind = stream.removeprefix("customer_")
        is_told = kind != "csat" or event["to_value"] is not None
        return bool(event["kind"] == kind and is_told and self._customer_of(event) == key)

    def _judged(self, stream: str, key: Any, metric: int) -> list[tuple[int, Row]]:
        kind, _, name = stream.partition("/")
        return [
            (at, {"n": n, "breached": breached})
            for at, n, breached, m, keys in self.outcomes["decided" if kind == "broken" else kind]
            if m == metric
            and (name == "all" or keys(name) == key)
            and (kind != "broken" or breached > 0)
        ]

    def _of_customer(self, stream: str, key: Any) -> list[tuple[int, Row]]:
        if stream == "profile":
            mine = [r for r in self.customers if r["customer_id"] == key]
            return [(r["visible"], r) for r in newest(mine)]
        if stream == "component":
            told = [r for r in self.measured if r["customer_id"] == key and r["components"]]
            return [(r["visible"], _parts(r["components"])) for r in newest(told)]
        return [(r["visible"], r) for r in self.scores if r["customer_id"] == key]

    def _of_ticket(self, stream: str, key: int) -> list[tuple[int, Row]]:
        events = self.events[self.tickets[key]["ticket_id"]]
        if stream == "acting":
            agents = {_actor(e) for e in events} - {None}
            return [(min(e["visible"] for e in events if _actor(e) == a), {}) for a in agents]
        return [
            (e["visible"], e)
            for e in events
            if stream == "event"
            or (stream == e["kind"] and not _is_automatic(e))
            or (stream == "reply" and _is_reply(e))
        ]

    def _own(self, name: str, key: Any) -> Iterator[tuple[int, Row]]:
        """What the configuration asks for, event by event."""
        asked = next(f for f in self.config.features.own if f.name == name)
        for number, ticket in enumerate(self.tickets):
            for event in self.events[ticket["ticket_id"]]:
                if asked.by in KINDS:
                    holder = self.state(number, event["visible"] + 1)[asked.by]
                else:
                    column = "customer_id" if asked.by == "customer" else asked.by
                    holder = {"ticket": number, "desk": "all"}.get(asked.by, ticket.get(column))
                if (
                    holder == key
                    and event["kind"] in asked.events
                    and (event["actor_kind"] in asked.actors or not asked.actors)
                    and (asked.actors or not _is_automatic(event))
                    and (asked.is_public in (None, event["is_public"]))
                    and (asked.measure != "mean" or event["to_value"] is not None)
                ):
                    yield event["visible"], event

    def _log(self) -> Iterator[Row]:
        return (event for events in self.events.values() for event in events)

    def _customer_of(self, event: Row) -> Any:
        return next(t for t in self.tickets if t["ticket_id"] == event["ticket_id"])["customer_id"]

    def _holder(self, holder: str, ticket: int, state: State) -> Any:
        if holder == "desk":
            return "all"
        return self.tickets[ticket]["customer_id"] if holder == "customer" else state[holder]

    def _moves(self, holder: str, key: Any, what: str) -> Iterator[tuple[int, Row]]:
        if holder in ("category", "product"):
            yield from ((t["visible"], t) for t in self.tickets if t[holder] == key)
            return
        for ticket, path in enumerate(self.paths):
            before: State = dict.fromkeys(("status", *KINDS))
            for visible, state in path:
                had = self._holder(holder, ticket, before) if before["status"] in OPEN else None
                has = self._holder(holder, ticket, state) if state["status"] in OPEN else None
                came = what == "arrival" and has == key and had != key
                left = what == "solution" and state["status"] not in OPEN
                if came or (left and had == key):
                    taken = (visible - self.tickets[ticket]["created_at"]) / HOUR
                    yield visible, {"hours": taken}
                before = state

    def held(self, holder: str, key: Any, column: str) -> list[tuple[int, float]]:
        """(from, to) of every time in which the holder had a ticket of the kind open."""
        place = ("held", holder, key, column)
        if place not in self.found:
            self.found[place] = list(self._hold(holder, key, column))
        return self.found[place]

    def _hold(self, holder: str, key: Any, column: str) -> Iterator[tuple[int, float]]:
        for ticket, path in enumerate(self.paths):
            ends = [visible for visible, _ in path[1:]] + [math.inf]
            for (begin, state), end in zip(path, ends, strict=True):
                if state["status"] in OPEN and self._holder(holder, ticket, state) == key:
                    is_top = state["priority"] == self.config.queue.priorities[0]
                    waits = state["status"] in ("pending", "on_hold")
                    if {"n_open": True, "n_top": is_top, "n_waiting": waits}[column]:
                        yield begin, end

    # What became of clocks.

    def _outcomes(self, clock: int, *, is_matured: bool) -> Iterator[tuple[Any, ...]]:
        timelines = self.history.timelines
        first = int(self.history.arrays["clock/known_at"][clock]) + 1
        _, actions = timelines.actions_of(np.array([clock]))
        known = sorted({int(k) for k in timelines.action_known_at[actions]})
        opening = self.read(clock, first)
        if not opening.is_open[0] or opening.is_breached[0]:
            return
        ticket, metric = int(timelines.clock_ticket[clock]), int(timelines.clock_metric[clock])
        status, due, keys = None, -math.inf, lambda _: None
        far = timelines.watermark + 10_000 * HOUR
        for begin, end in zip(known, [*known[1:], far], strict=True):
            reading = self.read(clock, end)
            new, since = None, begin
            if reading.is_breached[0]:
                new, since = "broken", max(begin, int(reading.breached_at[0]))
            elif reading.completed_at[0] > 0:
                new, since = "met", max(begin, due) if is_matured else begin
            if reading.is_open[0]:
                due = int(reading.due_if_resumed_at[0])
            if status and new != status:
                yield begin, -1, -(status == "broken"), metric, keys
                status = None
            if new and new != status and since < end:
                status, keys = new, self._keys(ticket, since)
                yield since, 1, +(new == "broken"), metric, keys

    def _keys(self, ticket: int, since: int) -> Callable[[str], Any]:
        state, row = self.state(ticket, since + 1), self.tickets[ticket]
        own = {**row, **{name: state[name] for name in KINDS}, "customer": row["customer_id"]}
        return lambda name: own[name]

    def read(self, clock: int, as_of: int) -> Any:
        return read_clocks(self.history.timelines, [clock], as_of=as_of)


def _enter(state: State, name: str, new: Any, visible: int) -> None:
    waiting, was = ("pending", "on_hold"), state[name]
    if name == "status" and new in waiting and was not in waiting:
        state["n_pauses"] += 1
    if name in ("group", "agent") and new is not None and new != was:
        if new not in state[f"{name}s"]:
            state[f"{name}s"] = (*state[f"{name}s"], new)
        elif name == "group":
            state["n_returns"] += 1
    if f"{name}_since" in state:
        state[f"{name}_since"] = visible
    state[name] = new


def _actor(event: Row) -> Any:
    """The agent who made the event; None where it was somebody else."""
    return event["actor_id"] if event["actor_kind"] == "agent" else None


def _parts(text: str) -> Row:
    """Two components are known by name, one of them in capitals too."""
    try:
        told = json.loads(text)
    except ValueError:
        told = {}
    return {"usage": told.get("usage", told.get("Usage")), "support": told.get("support")}


def _is_reply(event: Row) -> bool:
    of_agent = event["kind"] == "agent_reply" and bool(event["is_public"])
    return (of_agent and not _is_automatic(event)) or event["kind"] == "customer_reply"


def _is_automatic(event: Row) -> bool:
    by_machine = event["actor_kind"] in ("bot", "system")
    return by_machine and event["kind"] in ("agent_reply", "internal_note")


def _change_of(event: Row) -> State:
    kind, to = event["kind"], event["to_value"]
    if kind in ENDS:
        return {"status": ENDS[kind]}
    if kind in ("created", "reopened", "status_changed"):
        default = {"created": "new", "reopened": "open"}.get(kind)
        return {"status": to or default}
    return {name: to for name, (change, _) in KINDS.items() if change == kind}
