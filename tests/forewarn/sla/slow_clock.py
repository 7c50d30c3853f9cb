"""The slow clock itself: it counts again from the start at everything that happens."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from slow_calendar import SlowCalendar

RANKS = ("attach", "target", "stop", "miss", "cancel", "remove", "pause", "resume")


@dataclass(frozen=True)
class Terms:
    """A promise: who made it, how much, in which opening hours."""

    policy: str | None
    target: int
    calendar: str | None


@dataclass
class Act:
    """One thing that happens to a clock."""

    at: int
    sequence: int
    rank: int
    known_at: int
    terms: Terms | None = None


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
    """One clock: ``acts`` sorted by (at, sequence, rank), the attaching one first."""

    def __init__(
        self, acts: Sequence[Act], calendars: Mapping[str | None, SlowCalendar], horizon: int
    ) -> None:
        self.acts, self.calendars, self.start = acts, calendars, acts[0].at
        self.holds: list[tuple[int, bool]] = []  # from when on hold, or not
        self.terms: Terms | None = None
        self.broken: int | None = None
        self.ended: Act | None = None
        for act in acts:
            self.happen(act)
            if self.ended is not None:
                break
        self.upto = horizon if self.ended is None else self.ended.at

    def happen(self, act: Act) -> None:
        """Let one act change the clock."""
        name = RANKS[act.rank]
        self.note_breach(act.at)
        if name == "attach":
            self.terms = act.terms
            self.note_breach(act.at)
        elif name == "target":
            was, self.terms, self.broken = self.broken, act.terms, None
            self.note_breach(act.at)
            if self.broken is not None:
                self.broken = act.at if was is None else was
        elif name in ("pause", "resume"):
            self.holds.append((act.at, name == "pause"))
        else:
            self.end(act, name)

    def end(self, act: Act, name: str) -> None:
        """Complete, miss, cancel or remove."""
        self.ended = act
        if name == "remove" or self.terms is None:
            self.broken = None
        elif name == "miss" and self.broken is None:
            self.broken = act.at

    def note_breach(self, upto: int) -> None:
        """The budget in force may have been overrun by now."""
        if self.broken is None and self.terms is not None:
            self.broken = self.count(self.terms, upto).broken

    def count(self, terms: Terms, upto: int) -> Count:
        """Everything from the start, piece by piece between edges."""
        calendar = self.calendars[terms.calendar]
        edges = calendar.edges(self.start, upto)
        points = sorted({self.start, upto, *edges, *(t for t, _ in self.holds if t < upto)})
        elapsed = held = 0
        due = self.start + terms.target if terms.target <= 0 else None
        broken = self.start if terms.target < 0 else None
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

    def result(self) -> SlowReading:
        """What is to be said at the end of the walk."""
        if self.ended is None:
            self.note_breach(self.upto)
        reading = SlowReading(breached_at=self.broken)
        reading.ended_at = None if self.ended is None else self.ended.at
        times = sorted({self.start, self.upto, *(t for t, _ in self.holds)})
        for a, b in pairwise(times):
            if self.is_held(a):
                reading.calendar_paused += b - a
            else:
                reading.calendar_elapsed += b - a
        reading.state = self.state()
        if self.terms is not None:
            counted = self.count(self.terms, self.upto)
            reading.elapsed, reading.paused = counted.elapsed, counted.held
            reading.target = self.terms.target
            if self.ended is None:
                reading.due_if_resumed_at = self.due(self.terms, counted)
        return reading

    def state(self) -> str:
        """Its state's name."""
        if self.ended is not None:
            completed = RANKS[self.ended.rank] in ("stop", "miss") and self.terms is not None
            return "completed" if completed else "cancelled"
        if self.terms is None:
            return "not_started"
        return "paused" if self.holds and self.holds[-1][1] else "running"

    def due(self, terms: Terms, counted: Count) -> int | None:
        """When the budget is spent if it runs from here; None beyond sixty days."""
        if counted.due is not None:
            return counted.due
        limit = self.upto + 60 * 86_400 * 1_000_000
        left = terms.target - counted.elapsed
        return self.calendars[terms.calendar].add(self.upto, left, limit)
