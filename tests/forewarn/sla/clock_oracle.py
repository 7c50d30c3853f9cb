"""A slow, obvious clock: it steps over every event and every window edge, in plain Python.

It shares nothing with the engine but the configuration's values and the canonical tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from slow_calendar import MICROSECOND, SlowCalendar, microseconds_of
from slow_clock import RANKS, Act, SlowClock, SlowReading, Terms

from forewarn.config import SlaConfig
from forewarn.tables import Tables

STATUS_KINDS = ("created", "status_changed", "solved", "closed", "reopened")
DONE = ("solved", "closed")
LOWEST = (-(2**62), -(2**62))
COLUMN_OF = {
    "priority_changed": "priority",
    "group_changed": "group_id",
    "category_changed": "category",
}
TARGET = RANKS.index("target")


@dataclass
class Life:
    """One clock of a ticket, with everything that ever happens to it."""

    ticket_id: str
    metric: str
    cycle: int
    start: int
    acts: list[Act] = field(default_factory=list)


def rows_of(frame: Any) -> list[dict[str, Any]]:
    """Rows with None for null and int microseconds for instants."""
    found = []
    for row in frame.to_dict("records"):
        clean = {k: None if v is None or v != v else v for k, v in row.items()}  # noqa: PLR0124 NaN
        found.append(
            {k: microseconds_of(v) if hasattr(v, "tzinfo") else v for k, v in clean.items()}
        )
    return found


class Oracle:
    """All clocks of some tables, told slowly."""

    def __init__(self, tables: Tables, sla: SlaConfig) -> None:
        self.sla = sla
        self.watermark = microseconds_of(tables.watermark.to_pydatetime())
        self.calendars: dict[str | None, SlowCalendar] = {None: SlowCalendar(None)}
        self.calendars |= {name: SlowCalendar(c) for name, c in sla.calendars.items()}
        self.customers = rows_of(tables.customers)
        self.events: dict[str, list[dict[str, Any]]] = {}
        for event in rows_of(tables.ticket_events):
            event["known_at"] = max(event["known_at"], event["occurred_at"])
            self.events.setdefault(event["ticket_id"], []).append(event)
        for events in self.events.values():
            events.sort(key=lambda e: (e["occurred_at"], e["sequence"]))
        self.clocks: dict[tuple[str, str, int], Life] = {}
        for ticket in rows_of(tables.tickets):
            ticket["known_at"] = max(ticket["known_at"], ticket["created_at"])
            for metric in sla.metrics:
                self._add_clocks(ticket, metric)

    # --- what happens to each clock -----------------------------------------------------

    def _add_clocks(self, ticket: dict[str, Any], metric: str) -> None:
        events = self.events.get(ticket["ticket_id"], [])
        due = ticket[f"{metric}_due_at"]
        first = self._first_attach(ticket, metric, events, imported=due is not None)
        if first is None:
            return
        clocks, starts = [], [first]
        if metric == "resolution" and self.sla.on_reopen == "new_cycle" and due is None:
            starts += self._reopenings(ticket, events)
        for cycle, (index, at, known_at, status) in enumerate(starts, start=1):
            clock = Life(ticket["ticket_id"], metric, cycle, at)
            after = starts[cycle][0] if cycle < len(starts) else len(events)
            own = events[index:after]
            clock.acts.append(Act(at, -(2**62), 0, known_at))
            if status in self.sla.pause_on.get(metric, ()) and due is None:
                clock.acts.append(Act(at, 1 - 2**62, RANKS.index("pause"), known_at))
            clock.acts += self._happenings(own, metric, at, imported=due is not None)
            is_first = cycle == 1 and (
                metric == "resolution" or not self._waits(events, imported=due is not None)
            )
            self._promise(clock, ticket, due, None if is_first else events[index])
            clocks.append(clock)
        for clock in clocks:
            if any(a.terms is not None for a in clock.acts):
                self.clocks[clock.ticket_id, metric, clock.cycle] = clock

    def _first_attach(
        self, ticket: dict[str, Any], metric: str, events: list[dict[str, Any]], *, imported: bool
    ) -> tuple[int, int, int, str | None] | None:
        if metric == "first_response" and self._waits(events, imported=imported):
            status = "new"
            for index, event in enumerate(events):
                status = category(event) or status
                if event["kind"] == "customer_reply" and event["is_public"]:
                    at = max(event["occurred_at"], ticket["created_at"])
                    return index, at, max(event["known_at"], ticket["known_at"]), status
            return None
        told = any(e["kind"] == "created" for e in events)
        return 0, ticket["created_at"], ticket["known_at"], None if told else "new"

    def _waits(self, events: list[dict[str, Any]], *, imported: bool) -> bool:
        """Whether an agent created the ticket, so that the customer has to write first."""
        by_agent = any(e["kind"] == "created" and e["actor_kind"] == "agent" for e in events)
        return by_agent and not imported

    def _reopenings(
        self, ticket: dict[str, Any], events: list[dict[str, Any]]
    ) -> list[tuple[int, int, int, str | None]]:
        found: list[tuple[int, int, int, str | None]] = []
        done_known: int | None = None
        known = ticket["known_at"]
        for index, event in enumerate(events):
            status = category(event)
            if status in DONE:
                done_known = min(event["known_at"], done_known or event["known_at"])
            elif status is not None and done_known is not None:
                known = max(known, event["known_at"], done_known)
                found.append(
                    (index, max(event["occurred_at"], ticket["created_at"]), known, status)
                )
                done_known = None
        return found

    def _happenings(
        self, events: list[dict[str, Any]], metric: str, start: int, *, imported: bool
    ) -> Iterable[Act]:
        for event in events:
            rank = self._rank(event, metric)
            if rank is None or (imported and rank in ("pause", "resume")):
                continue
            at, known_at = max(event["occurred_at"], start), max(event["known_at"], start)
            yield Act(at, event["sequence"], RANKS.index(rank), known_at)

    def _rank(self, event: dict[str, Any], metric: str) -> str | None:  # noqa: PLR0911 one each
        status, kind = category(event), event["kind"]
        if kind == "sla_removed":
            return "remove" if event["from_value"] in (None, metric) else None
        if kind in ("merged", "deleted", "spam"):
            return "cancel"
        if metric == "resolution" and status in DONE:
            return "stop"
        if metric == "first_response" and status in DONE:
            return "miss" if self.sla.unanswered == "missed" else "cancel"
        if metric == "first_response" and kind == "agent_reply" and event["is_public"]:
            automatic = event["actor_kind"] in ("bot", "system")
            return None if automatic and not self.sla.bot_replies_count else "stop"
        if status is not None:
            return "pause" if status in self.sla.pause_on.get(metric, ()) else "resume"
        return None

    # --- what is promised ---------------------------------------------------------------

    def _promise(
        self,
        clock: Life,
        ticket: dict[str, Any],
        due: int | None,
        event: dict[str, Any] | None,
    ) -> None:
        """Follow what is known in the order of becoming known; ``event``: attached with it."""
        attach = clock.acts[0]
        if due is not None:
            attach.terms = Terms(None, due - clock.start, None)
            return
        state, changes = self._changes(ticket)
        if event is None:
            attach.terms = self._terms(state, clock.metric)
        else:
            place = (attach.known_at, event["occurred_at"], event["sequence"])
            changes.append((*place, 1, "attach", {}))
        latest: dict[str, tuple[int, int]] = {}
        top, is_attached = LOWEST, event is None
        for known_at, at, sequence, _, name, values in sorted(changes, key=lambda c: c[:4]):
            if name == "attach":
                attach.terms = self._terms(state, clock.metric)
                is_attached = True
                continue
            top = max(top, (at, sequence))
            if (at, sequence) >= latest.get(name, LOWEST):
                latest[name] = (at, sequence)
                state |= values
                if is_attached:
                    terms = self._terms(state, clock.metric)
                    place = top if top[0] >= clock.start else (clock.start, 1 - 2**62)
                    clock.acts.append(Act(*place, TARGET, max(known_at, clock.start), terms))
        if self.sla.on_change == "frozen":
            self._freeze(clock)

    def _freeze(self, clock: Life) -> None:
        """Keep the first promise only."""
        is_promised = clock.acts[0].terms is not None
        for act in list(clock.acts[1:]):
            if act.rank == TARGET:
                if is_promised or act.terms is None:
                    clock.acts.remove(act)
                is_promised |= act.terms is not None

    def _changes(self, ticket: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
        """The state when the ticket became known, and all later changes."""
        state, later, latest = dict(ticket), [], LOWEST[0]
        facts = [c for c in self.customers if c["customer_id"] == ticket["customer_id"]]
        for fact in sorted(facts, key=lambda c: max(c["known_at"], c["occurred_at"])):
            known_at, at = max(fact["known_at"], fact["occurred_at"]), fact["occurred_at"]
            if at < latest:
                continue
            latest = at
            values = {"tier": fact["tier"], "region": fact["region"]}
            if known_at <= ticket["known_at"]:
                state |= values
            else:
                later.append((known_at, at, LOWEST[1], 0, "customer", values))
        for event in self.events.get(ticket["ticket_id"], []):
            name = COLUMN_OF.get(event["kind"])
            if name is not None:
                place = (event["known_at"], event["occurred_at"], event["sequence"])
                later.append((*place, 0, name, {name: event["to_value"]}))
        return state, later

    def _terms(self, state: dict[str, Any], metric: str) -> Terms | None:
        for policy in self.sla.policies:
            if all(state.get(k) in accepted for k, accepted in policy.when.items()):
                durations = dict(policy.targets).get(metric, {})  # type: ignore[call-overload]
                duration = durations.get(state["priority"] or "default", durations.get("default"))
                if duration is None:
                    return None
                return Terms(policy.name, duration // MICROSECOND, policy.calendar)
        return None

    # --- reading ------------------------------------------------------------------------

    def read(
        self, key: tuple[str, str, int], *, as_of: int, until: int | None = None
    ) -> SlowReading:
        clock = self.clocks[key]
        horizon = as_of if until is None else until
        acts = sorted(
            (a for a in clock.acts if a.known_at < as_of), key=lambda a: (a.at, a.sequence, a.rank)
        )
        if not acts or acts[0].rank != 0:
            return SlowReading()
        return SlowClock(acts, self.calendars, horizon).result()


def category(event: dict[str, Any]) -> str | None:
    """The status category that an event leaves the ticket in; None: it does not say."""
    fallback = {"created": "new", "reopened": "open"}
    if event["kind"] in DONE:
        return str(event["kind"])
    if event["kind"] in STATUS_KINDS:
        return event["to_value"] or fallback.get(event["kind"])
    return None
