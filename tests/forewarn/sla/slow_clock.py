"""The slow clock itself: it counts again from the start at everything that happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from slow_calendar import SlowCalendar


@dataclass(frozen=True)
class Terms:
    """A promise: who made it, how much, in which opening hours."""

    policy: str | None
    target: int
    calendar: str | None


@dataclass
class SlowReading:
    """What an observer could say; instants are None where there is none."""

    state: str = "not_started"
    elapsed: int = 0
    paused: int = 0
    calendar_elapsed: int = 0
    calendar_paused: int = 0
    target: int = 0
    breached_at: int | None = None
    due_if_resumed_at: int | None = None
    ended_at: int | None = None


@dataclass(frozen=True)
class Count:
    """Open time running and held, when the budget was spent, and when it was overrun."""

    elapsed: int
    held: int
    due: int | None
    broken: int | None


class SlowClock:
    """One cycle. ``start``: counted from; ``since``: counted afresh from, on top of what is banked.

    Only carrying along banks anything.
    """

    def __init__(
        self,
        at: int,
        terms: Terms | None,
        calendars: Mapping[str | None, SlowCalendar],
        *,
        is_held: bool,
    ) -> None:
        self.start = self.since = at
        self.banked = Count(0, 0, None, None)
        self.calendars, self.terms = calendars, terms
        self.holds: list[tuple[int, bool]] = [(at, is_held)]
        self.broken: int | None = None
        self.was_promised = terms is not None
        self.ended: tuple[int, str] | None = None
        self.note_breach(at)

    def hold(self, at: int, is_held: bool) -> None:  # noqa: FBT001 - the one thing it says
        """From now on it is on hold, or not."""
        self.note_breach(at)
        self.holds.append((at, is_held))

    def change(self, at: int, terms: Terms | None, mode: str) -> None:
        """Another promise."""
        self.note_breach(at)
        if mode == "frozen" and self.terms is not None:
            return
        was, before = self.broken, self.terms
        self.was_promised |= terms is not None
        if mode == "restart":
            self.begin_anew(at)
            was = None
        elif mode == "carry" and terms is not None and before is not None:
            self.banked, self.since = self.count(before, at), at
            spent = at if self.banked.elapsed >= terms.target else None
            broken = at if self.banked.elapsed > terms.target else None
            self.banked = Count(self.banked.elapsed, self.banked.held, spent, broken)
        else:
            self.banked, self.since = Count(0, 0, None, None), self.start
        self.terms, self.broken = terms, None
        self.note_breach(at)
        if self.broken is not None:
            self.broken = at if was is None else was

    def begin_anew(self, at: int) -> None:
        """Nothing before counts."""
        is_held = self.is_held(at)
        self.start = self.since = at
        self.banked, self.holds = Count(0, 0, None, None), [(at, is_held)]

    def end(self, at: int, how: str) -> None:
        """Complete, miss, cancel or remove."""
        self.note_breach(at)
        self.ended = (at, how)
        if how == "remove" or self.terms is None:
            self.broken = None
        elif how == "miss" and self.broken is None:
            self.broken = at

    def reopen(
        self, at: int, terms: Terms | None, *, mode: str, change: str, is_held: bool
    ) -> None:
        """Run on after a solution: what lay between was on hold; or begin anew, broken or not."""
        assert self.ended is not None
        broken = self.broken
        self.holds += [(self.ended[0], True), (at, is_held)]
        self.ended = None
        if terms != self.terms:
            self.change(at, terms, change)
        if mode == "restart":
            self.begin_anew(at)
            self.broken = broken

    def note_breach(self, upto: int) -> None:
        """The budget in force may have been overrun by now."""
        if self.broken is None and self.terms is not None:
            self.broken = self.count(self.terms, upto).broken

    def count(self, terms: Terms, upto: int) -> Count:
        """Everything since the start, piece by piece between edges, on top of what is banked."""
        calendar = self.calendars[terms.calendar]
        edges = calendar.edges(self.since, upto)
        points = sorted(
            {self.since, upto, *edges, *(t for t, _ in self.holds if self.since < t < upto)}
        )
        elapsed, held, due, broken = vars(self.banked).values()
        if terms.target <= 0:
            due = self.start + terms.target
        if terms.target < 0:
            broken = self.start
        for a, b in pairwise(points):
            if not calendar.is_open(a):
                continue
            if self.is_held(a):
                held += b - a
                continue
            if due is None and elapsed + b - a >= terms.target:
                due = a + terms.target - elapsed
            if broken is None and elapsed + b - a > terms.target:
                broken = a + terms.target - elapsed
            elapsed += b - a
        return Count(elapsed, held, due, broken)

    def is_held(self, at: int) -> bool:
        """Whether it is on hold from the instant on."""
        return next((held for t, held in reversed(self.holds) if t <= at), False)

    def result(self, horizon: int) -> SlowReading:
        """What is to be said, counted up to the horizon."""
        upto = horizon if self.ended is None else self.ended[0]
        if self.ended is None:
            self.note_breach(upto)
        reading = SlowReading(breached_at=self.broken, state=self.state())
        reading.ended_at = None if self.ended is None else self.ended[0]
        for a, b in pairwise(sorted({self.start, upto, *(t for t, _ in self.holds)})):
            if b <= upto:
                reading.calendar_paused += b - a if self.is_held(a) else 0
                reading.calendar_elapsed += 0 if self.is_held(a) else b - a
        if self.terms is not None:
            counted = self.count(self.terms, upto)
            reading.elapsed, reading.paused = counted.elapsed, counted.held
            reading.target = self.terms.target
            if self.ended is None:
                reading.due_if_resumed_at = self.due(self.terms, counted, upto)
        return reading

    def state(self) -> str:
        """Its state's name."""
        if self.ended is not None:
            completed = self.ended[1] in ("stop", "miss") and self.terms is not None
            return "completed" if completed else "cancelled"
        if self.terms is None:
            return "not_started"
        return "paused" if self.holds[-1][1] else "running"

    def due(self, terms: Terms, counted: Count, upto: int) -> int | None:
        """When the budget is spent if it runs from here; None beyond sixty days."""
        if counted.due is not None:
            return counted.due
        limit = upto + 60 * 86_400 * 1_000_000
        return self.calendars[terms.calendar].add(upto, terms.target - counted.elapsed, limit)
