"""The life of a ticket as one metric sees it: which cycles begin, hold and end, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from slow_calendar import SlowCalendar
from slow_clock import SlowClock, Terms
from slow_promises import LOWEST, NewTerms, Promises, Row

from forewarn.config import SlaConfig

STATUS_KINDS = ("created", "status_changed", "solved", "closed", "reopened")
DONE = ("solved", "closed")
VOID = ("merged", "deleted", "spam")
FROM_CREATION = ("resolution", "requester_wait", "agent_work")
# Among facts of one instant and sequence: promises, then what ends, then pauses, then starts.
ORDER = (
    "terms", "answer", "void", "removed", "abandoned", "take", "done", "pause", "resume", "wish",
)  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One fact as the metric hears it."""

    at: int
    sequence: int
    known_at: int
    what: str
    value: Any = None

    @property
    def place(self) -> tuple[int, int, int]:
        """Where it lies in the life."""
        return self.at, self.sequence, ORDER.index(self.what)


def category(event: Row) -> str | None:
    """The status category that an event leaves the ticket in; None: it does not say."""
    fallback = {"created": "new", "reopened": "open"}
    if event["kind"] in DONE:
        return str(event["kind"])
    if event["kind"] in STATUS_KINDS:
        return event["to_value"] or fallback.get(event["kind"])
    return None


class Life:
    """``cycles``: every clock of the metric that has begun, in order."""

    def __init__(
        self, sla: SlaConfig, ticket: Row, events: list[Row], promises: Promises,
        calendars: Mapping[str | None, SlowCalendar],
    ) -> None:  # fmt: skip
        self.sla, self.ticket, self.metric = sla, ticket, promises.metric
        self.calendars = calendars
        self.is_imported = promises.due is not None
        self.pauses = () if self.is_imported else sla.pause_on.get(self.metric, ())
        self.waits = not self.is_imported and any(
            e["kind"] == "created" and e["actor_kind"] == "agent" for e in events
        )
        self.first: Terms | None = promises.first
        self.cycles: list[SlowClock] = []
        self.begun_by: list[int] = []  # per cycle the position of what began it
        self.is_open = self.is_done = self.is_void = self.is_held = False
        self.is_asked = self.is_answered = self.is_waiting = False
        self.owner: str | None = None
        facts = [*self.creation(events), *map(self.changed, promises.changes)]
        facts += [told for e in events for told in self.hear(e)]
        self.facts = sorted(facts, key=lambda t: t.place)
        for position, told in enumerate(self.facts):
            handle = self.terms_changed if told.what == "terms" else getattr(self, told.what)
            handle(position, told)

    # What the metric hears.

    def creation(self, events: list[Row]) -> Iterator[Told]:
        """What is so from the beginning."""
        at, known_at = self.ticket["created_at"], self.ticket["known_at"]
        is_told = any(e["kind"] == "created" for e in events)
        if self.metric == "ownership":
            if self.ticket["group_id"] is not None:
                yield Told(at, LOWEST[1], known_at, "take", self.ticket["group_id"])
        elif self.metric in FROM_CREATION or (
            self.metric in ("first_response", "next_response") and not self.waits
        ):
            yield Told(at, LOWEST[1], known_at, "wish")
        if not is_told and "new" in self.pauses:
            yield Told(at, LOWEST[1] + 1, known_at, "pause")

    def changed(self, change: NewTerms) -> Told:
        return Told(change.at, change.sequence, change.known_at, "terms", change.terms)

    def hear(self, event: Row) -> Iterator[Told]:
        """What one event says."""
        at = max(event["occurred_at"], self.ticket["created_at"])
        for what, value in self.meaning(event):
            yield Told(at, event["sequence"], event["known_at"], what, value)

    def meaning(self, event: Row) -> Iterator[tuple[str, Any]]:  # noqa: C901, PLR0912 one each
        status, kind = category(event), event["kind"]
        counts = event["is_public"] and (
            event["actor_kind"] not in ("bot", "system") or self.sla.bot_replies_count
        )
        if kind == "sla_removed" and event["from_value"] in (None, self.metric):
            yield "removed", None
        elif kind in VOID:
            yield "void", None
        elif status in DONE:
            yield "done", None
        elif status is not None:
            yield ("pause" if status in self.pauses else "resume"), None
        elif kind == "agent_reply" and counts:
            if self.metric in ("first_response", "next_response"):
                yield "answer", None
            elif self.metric == "periodic_update":
                yield "take", None
        elif kind == "customer_reply" and event["is_public"]:
            if self.metric == "next_response" or (self.metric == "first_response" and self.waits):
                yield "wish", None
        elif kind == "group_changed" and self.metric == "ownership":
            yield ("answer" if event["to_value"] is None else "take"), event["to_value"]
        elif self.metric == "answer":
            if kind == self.sla.answer_starts:
                yield "wish", None
            elif kind in ("answered", "abandoned"):
                yield ("answer" if kind == "answered" else kind), None

    # What it makes of it.

    def terms_changed(self, position: int, told: Told) -> None:
        if self.is_open and not self.was_over(position, told):
            self.cycles[-1].change(told.at, told.value, self.sla.on_change)

    def was_over(self, position: int, told: Told) -> bool:
        """Whether, when the change became known, the end of the open cycle was known already."""
        if told.known_at <= told.at:
            return False  # after an end it holds for a clock that runs on again
        runs_on = self.metric in FROM_CREATION and self.sla.on_reopen in ("resume", "restart")
        over = False
        for i, other in enumerate(self.facts):
            if i <= self.begun_by[-1] or i == position or other.known_at >= told.known_at:
                continue
            ends = other.what in ("answer", "void", "removed", "abandoned", "done")
            ends |= other.what == "take" and (other.value is None or other.value != self.owner)
            if ends:
                over = True
                if not runs_on:
                    return True
            elif other.what in ("pause", "resume"):
                over = False
        return over

    def terms_at(self, position: int) -> Terms | None:
        """What is promised there, to the last cycle: what was told before its end was known."""
        found = self.first
        for i, told in enumerate(self.facts[:position]):
            if told.what == "terms" and not self.was_over(i, told):
                found = told.value
        return found

    def begin(self, position: int, told: Told) -> None:
        self.is_open = True
        self.begun_by.append(position)
        self.cycles.append(
            SlowClock(told.at, self.terms_at(position), self.calendars, is_held=self.is_held)
        )

    def finish(self, told: Told, how: str) -> None:
        if self.is_open:
            self.is_open = False
            self.cycles[-1].end(told.at, how)

    def pause(self, position: int, told: Told) -> None:
        self.status(position, told, is_held=True)

    def resume(self, position: int, told: Told) -> None:
        self.status(position, told, is_held=False)

    def status(self, position: int, told: Told, *, is_held: bool) -> None:
        reopened, self.is_done, self.is_held = self.is_done, False, is_held
        if self.is_open:
            self.cycles[-1].hold(told.at, is_held)
        if reopened and not self.is_void and not self.is_open and not self.is_imported:
            self.reopen(position, told)

    def reopen(self, position: int, told: Told) -> None:
        mode = self.sla.on_reopen if self.metric in FROM_CREATION else ""
        begins = mode == "new_cycle" and self.cycles
        begins = begins or (self.metric == "next_response" and self.is_waiting)
        begins = begins or (self.metric == "ownership" and self.owner is not None)
        if begins:
            self.is_waiting = False
            self.begin(position, told)
        elif mode in ("resume", "restart") and self.cycles:
            self.is_open = True
            self.cycles[-1].reopen(
                told.at,
                self.terms_at(position),
                mode=mode,
                change=self.sla.on_change,
                is_held=self.is_held,
            )
            if mode == "restart":
                self.begun_by[-1] = position

    def done(self, _position: int, told: Told) -> None:
        self.is_done = True
        how = "stop"
        if self.metric == "first_response":
            how = "miss" if self.sla.unanswered == "missed" else "cancel"
        elif self.metric in ("periodic_update", "answer"):
            how = "cancel"
        self.finish(told, how)

    def void(self, _position: int, told: Told) -> None:
        self.is_void = True
        self.finish(told, "cancel")

    def removed(self, _position: int, told: Told) -> None:
        self.is_void = True
        self.finish(told, "remove")

    def answer(self, _position: int, told: Told) -> None:
        self.is_answered = self.is_asked
        self.is_waiting, self.owner = False, None
        self.finish(told, "stop")

    def abandoned(self, _position: int, told: Told) -> None:
        if not self.is_open:
            return
        clock, soon = self.cycles[-1], self.sla.short_abandon
        target = 0 if clock.terms is None else clock.terms.target
        threshold = target if soon is None else round(soon.total_seconds() * 1e6)
        is_within = told.at - clock.start <= threshold
        mode = self.sla.abandoned_within if is_within else self.sla.abandoned_after
        self.finish(told, {"normal": "stop", "missed": "miss", "ignored": "cancel"}[mode])

    def take(self, position: int, told: Told) -> None:
        if self.metric == "ownership" and told.value == self.owner:
            return
        self.owner = told.value
        self.finish(told, "stop")
        if not self.is_done and not self.is_void:
            self.begin(position, told)

    def wish(self, position: int, told: Told) -> None:
        if self.metric == "next_response":
            if not self.is_asked:
                self.is_asked = True
                return
            if not self.is_answered:
                return
            if self.is_done:
                self.is_waiting = True
                return
        elif self.metric != "answer" and self.cycles:
            return
        if not self.is_open and not self.is_void:
            self.begin(position, told)
