"""What is promised to a ticket, and when that changes, by what is known."""

from dataclasses import dataclass
from typing import Any

from slow_calendar import MICROSECOND, microseconds_of
from slow_clock import Terms

from forewarn.config import SlaConfig

LOWEST = (-(2**62), -(2**62))
COLUMN_OF = {
    "priority_changed": "priority",
    "group_changed": "group_id",
    "category_changed": "category",
}
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


@dataclass(frozen=True)
class NewTerms:
    """A change of what is promised: its place in the ticket's life, and when it became known."""

    at: int
    sequence: int
    known_at: int
    terms: Terms | None


class Promises:
    """``first``: at creation. ``changes``: later ones, in the order of becoming known."""

    def __init__(  # noqa: PLR0917
        self,
        sla: SlaConfig,
        ticket: Row,
        events: list[Row],
        customers: list[Row],
        metric: str,
        as_of: int,
    ) -> None:
        self.sla, self.ticket, self.metric = sla, ticket, metric
        self.due: int | None = ticket.get(f"{metric}_due_at")
        self.changes: list[NewTerms] = []
        if self.due is not None:
            self.first: Terms | None = Terms(None, self.due - ticket["created_at"], None)
            return
        mine = [c for c in customers if c["customer_id"] == ticket["customer_id"]]
        state, later = self.split(events, mine)
        later += self.renewals(as_of)
        self.first = self.terms(state, ticket["created_at"])
        latest: dict[str, tuple[int, int]] = {}
        top = LOWEST
        for known_at, at, sequence, name, values in sorted(later, key=lambda c: c[:3]):
            top = max(top, (at, sequence))
            if (at, sequence) >= latest.get(name, LOWEST):
                latest[name] = (at, sequence)
                state |= values
                created = ticket["created_at"]
                place = top if top[0] >= created else (created, LOWEST[1] + 1)
                terms = self.terms(state, top[0])
                before = self.changes[-1].terms if self.changes else self.first
                if terms != before:
                    self.changes.append(NewTerms(*place, known_at, terms))

    def split(self, events: list[Row], customers: list[Row]) -> tuple[Row, list[tuple[Any, ...]]]:
        """The state when the ticket became known, and later changes that a policy looks at."""
        looked_at = {"priority"}.union(*(policy.when for policy in self.sla.policies))
        state, later, latest = dict(self.ticket), [], LOWEST[0]
        for fact in sorted(customers, key=lambda c: (c["known_at"], c["occurred_at"])):
            known_at, at = fact["known_at"], fact["occurred_at"]
            if at < latest:
                continue
            latest = at
            values = {"tier": fact["tier"], "region": fact["region"]}
            if known_at <= self.ticket["known_at"]:
                state |= values
            elif "tier" in looked_at:
                later.append((known_at, at, LOWEST[1], "customer", values))
        for event in events:
            name = COLUMN_OF.get(event["kind"])
            if name in looked_at:
                place = (event["known_at"], event["occurred_at"], event["sequence"])
                later.append((*place, name, {name: event["to_value"]}))
        return state, later

    def renewals(self, as_of: int) -> list[tuple[Any, ...]]:
        """Instants in the ticket's life at which other policies come to hold."""
        bounds = {b for p in self.sla.policies for b in (p.valid_from, p.valid_until) if b}
        found = sorted(microseconds_of(b) for b in bounds)
        known_at = self.ticket["known_at"]
        return [
            (max(at, known_at), at, LOWEST[1], "renewal", {})
            for at in found
            if self.ticket["created_at"] < at < as_of
        ]

    def terms(self, state: Row, at: int) -> Terms | None:
        """What the first policy that holds at the instant, and matches, promises."""
        for policy in self.sla.policies:
            if policy.valid_from and at < microseconds_of(policy.valid_from):
                continue
            if policy.valid_until and at >= microseconds_of(policy.valid_until):
                continue
            if all(state.get(k) in accepted for k, accepted in policy.when.items()):  # type: ignore[operator]
                durations = dict(policy.targets).get(self.metric, {})  # type: ignore[call-overload]
                duration = durations.get(state["priority"] or "default", durations.get("default"))
                if duration is None:
                    return None
                return Terms(policy.name, duration // MICROSECOND, policy.calendar)  # type: ignore[arg-type]
        return None
