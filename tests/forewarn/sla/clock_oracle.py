"""All clocks of some tables, told slowly, by an observer who has nothing but what is known.

It shares nothing with the engine but the configuration's values and the canonical tables:
at every ``as_of`` it throws away what is not known and begins from the ticket's creation.
"""

from collections.abc import Iterable
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
TARGET, PAUSE = RANKS.index("target"), RANKS.index("pause")
Row = dict[str, Any]


def rows_of(frame: Any) -> list[Row]:
    """Rows with None for null and int microseconds for instants."""
    found = []
    for row in frame.to_dict("records"):
        clean = {k: None if v is None or v != v else v for k, v in row.items()}  # noqa: PLR0124 NaN
        found.append(
            {k: microseconds_of(v) if hasattr(v, "tzinfo") else v for k, v in clean.items()}
        )
    return found


def category(event: Row) -> str | None:
    """The status category that an event leaves the ticket in; None: it does not say."""
    fallback = {"created": "new", "reopened": "open"}
    if event["kind"] in DONE:
        return str(event["kind"])
    if event["kind"] in STATUS_KINDS:
        return event["to_value"] or fallback.get(event["kind"])
    return None


def frozen(attach: Act, changes: list[Act]) -> list[Act]:
    """Only the first promise that is ever made."""
    promised = [act for act in changes if act.terms is not None]
    return promised[:1] if attach.terms is None else []


class Oracle:
    """Answers what every promised clock reads at an instant."""

    def __init__(self, tables: Tables, sla: SlaConfig) -> None:
        self.sla = sla
        self.watermark = microseconds_of(tables.watermark.to_pydatetime())
        self.calendars: dict[str | None, SlowCalendar] = {None: SlowCalendar(None)}
        self.calendars |= {name: SlowCalendar(c) for name, c in sla.calendars.items()}
        self.tickets = rows_of(tables.tickets)
        self.events, self.customers = rows_of(tables.ticket_events), rows_of(tables.customers)
        for row in self.tickets:
            row["known_at"] = max(row["known_at"], row["created_at"])
        for row in self.events + self.customers:
            row["known_at"] = max(row["known_at"], row["occurred_at"])
        self.events.sort(key=lambda e: (e["occurred_at"], e["sequence"]))

    def readings(
        self, *, as_of: int, until: int | None = None
    ) -> dict[tuple[str, str], list[SlowReading]]:
        """By ticket and metric, the readings of its cycles; counted up to ``until``."""
        horizon = as_of if until is None else until
        found: dict[tuple[str, str], list[SlowReading]] = {}
        for ticket in self.tickets:
            if ticket["known_at"] >= as_of:
                continue
            events = [
                e
                for e in self.events
                if e["ticket_id"] == ticket["ticket_id"] and e["known_at"] < as_of
            ]
            customers = [c for c in self.customers if c["known_at"] < as_of]
            for metric in self.sla.metrics:
                told = Telling(self.sla, ticket, events, customers, metric)
                clocks = [SlowClock(acts, self.calendars, horizon) for acts in told.clocks()]
                promised = [c.result() for c in clocks if c.terms is not None]
                if promised:
                    found[ticket["ticket_id"], metric] = promised
        return found


class Telling:
    """What happens to the clocks of one metric on one ticket, by what is known."""

    def __init__(
        self, sla: SlaConfig, ticket: Row, events: list[Row], customers: list[Row], metric: str
    ) -> None:
        self.sla, self.ticket, self.events, self.metric = sla, ticket, events, metric
        self.customers = [c for c in customers if c["customer_id"] == ticket["customer_id"]]
        self.due: int | None = ticket[f"{metric}_due_at"]
        self.pauses = sla.pause_on.get(metric, ()) if self.due is None else ()  # type: ignore[call-overload]

    def clocks(self) -> list[list[Act]]:
        """The acts on each cycle's clock, in order."""
        found = []
        starts = self.starts()
        for n, (index, event) in enumerate(starts):
            after = starts[n + 1][0] if n + 1 < len(starts) else len(self.events)
            found.append(self.acts(index, after, event))
        return found

    def starts(self) -> list[tuple[int, Row | None]]:
        """Where each clock begins among the events, and with which event (None: creation)."""
        if self.metric == "first_response" and self.waits():
            messages = [
                (i, e)
                for i, e in enumerate(self.events)
                if e["kind"] == "customer_reply" and e["is_public"]
            ]
            ends = [i for i, e in enumerate(self.events) if self.is_final(e)]
            return [m for m in messages[:1] if not ends or m[0] < ends[0]]
        found: list[tuple[int, Row | None]] = [(0, None)]
        if self.metric == "resolution" and self.sla.on_reopen == "new_cycle" and self.due is None:
            is_done = False
            for index, event in enumerate(self.events):
                if self.is_final(event):
                    break
                status = category(event)
                if is_done and status is not None and status not in DONE:
                    found.append((index, event))
                is_done = is_done if status is None else status in DONE
        return found

    def is_final(self, event: Row) -> bool:
        """Whether no clock starts after it: merged, deleted, spam, promise removed."""
        is_removal = event["kind"] == "sla_removed" and event["from_value"] in (None, self.metric)
        return is_removal or event["kind"] in ("merged", "deleted", "spam")

    def waits(self) -> bool:
        """Whether an agent created the ticket, so that the customer has to write first."""
        return self.due is None and any(
            e["kind"] == "created" and e["actor_kind"] == "agent" for e in self.events
        )

    def acts(self, index: int, after: int, event: Row | None) -> list[Act]:
        """Attaching, everything that happens from then on, and changes of what is promised."""
        created_at, known_at = self.ticket["created_at"], self.ticket["known_at"]
        start = created_at if event is None else max(event["occurred_at"], created_at)
        attach = Act(start, LOWEST[0], 0, known_at if event is None else self.told(index))
        found = [attach]
        is_told = any(e["kind"] == "created" for e in self.events)
        is_first = event is None or self.metric == "first_response"
        if is_first and not is_told and "new" in self.pauses:
            found.append(Act(start, LOWEST[0] + 1, PAUSE, attach.known_at))
        before = self.events[:index] if is_first else []
        held = [a for a in self.happenings(before, start) if a.rank >= PAUSE]
        found += [*held, *self.happenings(self.events[index:after], start)]
        ends = [a.known_at for a in found if TARGET < a.rank < PAUSE]
        later = self.promise(attach, event)
        found += [a for a in later if not ends or a.known_at <= min(ends)]
        return sorted(found, key=lambda a: (a.at, a.sequence, a.rank))

    def told(self, index: int) -> int:
        """When it was first known that the clock of this event attached."""
        event = self.events[index]
        if self.metric == "first_response":
            return int(max(event["known_at"], self.ticket["known_at"]))
        before = [(e["known_at"], category(e)) for e in self.events[:index] if category(e)]
        for at in sorted({event["known_at"], *(known for known, _ in before)}):
            statuses = [status for known, status in before if known <= at]
            if at >= event["known_at"] and statuses and statuses[-1] in DONE:
                return int(max(at, self.ticket["known_at"]))
        raise AssertionError(event)

    def happenings(self, events: list[Row], start: int) -> Iterable[Act]:
        """What the events do to a clock that begins at ``start``."""
        for event in events:
            name = self.effect(event)
            if name is not None:
                at = max(event["occurred_at"], start)
                yield Act(at, event["sequence"], RANKS.index(name), event["known_at"])

    def effect(self, event: Row) -> str | None:  # noqa: PLR0911 one each
        """What one event does."""
        status, kind = category(event), event["kind"]
        if kind == "sla_removed":
            return "remove" if event["from_value"] in (None, self.metric) else None
        if kind in ("merged", "deleted", "spam"):
            return "cancel"
        if self.metric == "resolution" and status in DONE:
            return "stop"
        if self.metric == "first_response" and status in DONE:
            return "miss" if self.sla.unanswered == "missed" else "cancel"
        if self.metric == "first_response" and kind == "agent_reply" and event["is_public"]:
            automatic = event["actor_kind"] in ("bot", "system")
            return None if automatic and not self.sla.bot_replies_count else "stop"
        if status is not None and self.due is None:
            return "pause" if status in self.pauses else "resume"
        return None

    def promise(self, attach: Act, event: Row | None) -> list[Act]:
        """Give the attaching act its terms; return later changes, by what was known when."""
        if self.due is not None:
            attach.terms = Terms(None, self.due - attach.at, None)
            return []
        state, changes = self.changes()
        if event is None:
            attach.terms = self.terms(state)
        else:
            place = (attach.known_at, event["occurred_at"], event["sequence"])
            changes.append((*place, 1, "attach", {}))
        latest: dict[str, tuple[int, int]] = {}
        top, is_attached, found = LOWEST, event is None, []
        for known_at, at, sequence, _, name, values in sorted(changes, key=lambda c: c[:4]):
            if name == "attach":
                attach.terms, is_attached = self.terms(state), True
                continue
            top = max(top, (at, sequence))
            if (at, sequence) >= latest.get(name, LOWEST):
                latest[name] = (at, sequence)
                state |= values
                if is_attached:
                    place = top if top[0] >= attach.at else (attach.at, 1 + LOWEST[1])
                    found.append(Act(*place, TARGET, known_at, self.terms(state)))
        return found if self.sla.on_change == "retroactive" else frozen(attach, found)

    def changes(self) -> tuple[Row, list[tuple[Any, ...]]]:
        """The state when the ticket became known, and later changes that a policy looks at."""
        looked_at = {"priority"}.union(*(policy.when for policy in self.sla.policies))
        state, later, latest = dict(self.ticket), [], LOWEST[0]
        for fact in sorted(self.customers, key=lambda c: (c["known_at"], c["occurred_at"])):
            known_at, at = fact["known_at"], fact["occurred_at"]
            if at < latest:
                continue
            latest = at
            values = {"tier": fact["tier"], "region": fact["region"]}
            if known_at <= self.ticket["known_at"]:
                state |= values
            elif "tier" in looked_at:
                later.append((known_at, at, LOWEST[1], 0, "customer", values))
        for event in self.events:
            name = COLUMN_OF.get(event["kind"])
            if name in looked_at:
                place = (event["known_at"], event["occurred_at"], event["sequence"])
                later.append((*place, 0, name, {name: event["to_value"]}))
        return state, later

    def terms(self, state: Row) -> Terms | None:
        """What the first policy that matches promises."""
        for policy in self.sla.policies:
            if all(state.get(k) in accepted for k, accepted in policy.when.items()):
                durations = dict(policy.targets).get(self.metric, {})  # type: ignore[call-overload]
                duration = durations.get(state["priority"] or "default", durations.get("default"))
                if duration is None:
                    return None
                return Terms(policy.name, duration // MICROSECOND, policy.calendar)
        return None
