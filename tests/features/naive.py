"""Features by plain loops: the slow, obvious reading of every declaration.

Nothing is shared with the engine but the declarations and the reading of single clocks. Every
function looks at the facts that are visible before an instant, strictly.
"""

import hashlib
import math
import re
import statistics
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from features.catalogue import declared_features
from features.spec import Feature, span
from forewarn.health import segment
from forewarn.sla.intervals import elapsed

HOUR = 3_600_000_000
Row = dict[str, Any]


def _told_by(feature: Feature) -> str:
    """What facts a feature on load counts: tickets that came, or those that were solved."""
    holder, _, what = feature.stream.partition("_")
    if what != "load":
        return feature.stream
    counted = feature.of if feature.measure in ("mean", "median") else feature.column
    return f"{holder}_solution" if counted == "n_solved" else f"{holder}_arrival"


class Naive:
    """What each feature says of the clocks of a world."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.declared = {f.name: f for f in declared_features(world.history)}

    def value(self, feature: Feature, clock: int, as_of: int) -> Any:
        """What a feature says of a clock at an instant; None where it says nothing."""
        compute: Callable[[Feature, int, int], Any] = getattr(self, f"_{feature.measure}")
        value = compute(feature, clock, as_of)
        return None if isinstance(value, float) and math.isnan(value) else value

    def _seen(self, feature: Feature, clock: int, as_of: int) -> list[tuple[int, Row]] | None:
        """Facts in the window; None where the observation has no such key."""
        key = self.world.key(feature.key, clock, as_of)
        if key is None:
            return None
        begin = -math.inf if feature.window is None else as_of - (span(feature.window) or 0)
        metric = int(self.world.history.timelines.clock_metric[clock])
        return [
            f for f in self.world.facts(_told_by(feature), key, metric) if begin <= f[0] < as_of
        ]

    def _latest(self, feature: Feature, clock: int, as_of: int) -> Any:
        if feature.stream == "path":
            state = self.world.state(self.world.key("ticket", clock, as_of), as_of)
            counts = {f"n_{name}": len(state[name]) for name in ("groups", "agents")}
            path = self.world.paths[self.world.key("ticket", clock, as_of)]
            counts["n_statuses"] = len({s["status"] for visible, s in path if visible < as_of})
            return (state | counts)[feature.column]
        seen = self._seen(feature, clock, as_of)
        if feature.stream == "reply":
            return _unanswered(seen or [])[feature.column]
        if not seen:
            return None
        if feature.column in ("arrived_at", "is_overridden", "segment"):
            return self._told(feature.column, seen[-1], clock, as_of)
        return seen[-1][1][{"renewal_at": "renewal_on"}.get(feature.column, feature.column)]

    def _told(self, column: str, latest: tuple[int, Row], clock: int, as_of: int) -> Any:
        """What is not a value of the latest fact but follows from it."""
        if column == "arrived_at":
            return latest[0]
        if column == "segment":
            return segment(latest[1]["score"], self.world.config.health)
        return self._is_overridden(self.world.key("customer", clock, as_of), as_of)

    def _is_overridden(self, customer: str, as_of: int) -> int:
        """Whether the latest override that was known in time has not expired."""
        rows = [r for r in self.world.measured if r["customer_id"] == customer]
        ends = [
            (r["known_at"], r["override_expires_at"] or math.inf)
            for r in sorted(rows, key=lambda r: (r["known_at"], r["occurred_at"]))
            if r["override_score"] is not None and r["known_at"] < as_of
        ]
        in_time = [end for known, end in ends if known < end]
        return int(bool(in_time) and in_time[-1] >= as_of)

    def _last(self, feature: Feature, clock: int, as_of: int) -> Any:
        return self._latest(feature, clock, as_of)

    def _word(self, feature: Feature, clock: int, as_of: int) -> Any:
        if feature.stream == "ticket":
            return self.world.key(feature.column, clock, as_of)
        return self._latest(feature, clock, as_of)

    def _number(self, feature: Feature, clock: int, as_of: int) -> Any:
        row = self.world.tickets[self.world.key("ticket", clock, as_of)]
        if feature.column.endswith("_length"):
            text = row[feature.column.removesuffix("_length")]
            return None if text is None else len(text)
        if feature.column == "sentiment" or feature.column.startswith("text_"):
            return _of_text(" ".join(filter(None, (row["subject"], row["description"]))), feature)
        return row[feature.column]

    def _age(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen = self._seen(feature, clock, as_of)
        return (as_of - seen[-1][0]) / HOUR if seen else None

    def _since(self, feature: Feature, clock: int, as_of: int) -> Any:
        instant = self._latest(feature, clock, as_of)
        return None if instant is None else (as_of - instant) / HOUR

    def _held(self, feature: Feature, clock: int, as_of: int) -> Any:
        state = self.world.state(self.world.key("ticket", clock, as_of), as_of)
        instant = state[feature.column.replace("_row", "_since")]
        return None if instant is None else (as_of - instant) / HOUR

    def _count(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen = self._seen(feature, clock, as_of)
        return None if seen is None else len(seen)

    def _sum(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen = self._seen(feature, clock, as_of)
        return None if seen is None else sum(row[feature.column] for _, row in seen)

    def _first_gap(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen = self._seen(feature, clock, as_of) or []
        return (seen[1][0] - seen[0][0]) / HOUR if len(seen) > 1 else None

    def _waiting_share(self, feature: Feature, clock: int, as_of: int) -> Any:
        path = self.world.paths[self.world.key(feature.key, clock, as_of)]
        seen = [(visible, state["status"]) for visible, state in path if visible < as_of]
        ends = [visible for visible, _ in seen[1:]] + [as_of]
        spent = [(end - at, s) for (at, s), end in zip(seen, ends, strict=True)]
        waited = sum(time for time, status in spent if status in ("pending", "on_hold"))
        return waited / sum(time for time, _ in spent)

    def _mean(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen = self._seen(feature, clock, as_of)
        names = {"rating": "to_value", "value": "to_value", "solved_time": "hours"}
        column = names.get(feature.column, feature.column)
        return sum(float(row[column]) for _, row in seen) / len(seen) if seen else None

    def _median(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen = self._seen(feature, clock, as_of)
        return statistics.median(row["hours"] for _, row in seen) if seen else None

    def _mean_change(self, feature: Feature, clock: int, as_of: int) -> Any:
        facts = self.world.facts(feature.stream, self.world.key(feature.key, clock, as_of), 0)
        now, before = (as_of - (span(window) or 0) for window in (feature.window, feature.trailing))
        lately = [float(row["to_value"]) for at, row in facts if now <= at < as_of]
        earlier = [float(row["to_value"]) for at, row in facts if before <= at < now]
        if not lately or not earlier:
            return None
        return sum(lately) / len(lately) - sum(earlier) / len(earlier)

    def _slope(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen = self._seen(feature, clock, as_of) or []
        days = [at / (24 * HOUR) for at, _ in seen]
        if len(set(days)) < 2:
            return None
        scores = [row["score"] for _, row in seen]
        return statistics.linear_regression([day - days[0] for day in days], scores).slope

    def _change(self, feature: Feature, clock: int, as_of: int) -> Any:
        key = self.world.key(feature.key, clock, as_of)
        facts = self.world.facts(feature.stream, key, 0)
        values = [
            [row["score"] for at, row in facts if at < instant]
            for instant in (as_of, as_of - (span(feature.window) or 0))
        ]
        return values[0][-1] - values[1][-1] if all(values) else None

    def _level(self, feature: Feature, clock: int, as_of: int) -> Any:
        key = self.world.key(feature.key, clock, as_of)
        if key is None:
            return None
        holder = feature.stream.removesuffix("_load")
        return sum(b < as_of <= e for b, e in self.world.held(holder, key, feature.column))

    def _level_share(self, feature: Feature, clock: int, as_of: int) -> Any:
        key = self.world.key(feature.key, clock, as_of)
        if key is None:
            return None
        if feature.of == "group_member/n":
            below = len(self._agents(key, as_of))
        else:
            held = self.world.held("group", key, "n_open")
            below = sum(b < as_of <= e for b, e in held)
        return self._level(feature, clock, as_of) / below if below > 0 else None

    def _agents(self, group: str, as_of: int) -> list[Row]:
        """What was known of each agent who was in the group as far as was known."""
        now = []
        for agent in {a["agent_id"] for a in self.world.agents}:
            facts = self.world.newest([a for a in self.world.agents if a["agent_id"] == agent])
            now += [a for a in facts if a["visible"] < as_of][-1:]
        return [agent for agent in now if agent["group_id"] == group]

    def _on_shift(self, group: str, as_of: int) -> list[bool]:
        """Of each agent with a known shift whether it is open: the windows as people read them."""
        return [
            _is_within(as_of, agent["shift"])
            for agent in self._agents(group, as_of)
            if agent["shift"] in ("office", "evenings")
        ]

    def _shift_share(self, feature: Feature, clock: int, as_of: int) -> Any:
        on = self._on_shift(self.world.key(feature.key, clock, as_of), as_of)
        return sum(on) / len(on) if on else None

    def _level_per_shift(self, feature: Feature, clock: int, as_of: int) -> Any:
        on = self._on_shift(self.world.key(feature.key, clock, as_of), as_of)
        return self._level(feature, clock, as_of) / sum(on) if sum(on) else None

    def _level_ratio(self, feature: Feature, clock: int, as_of: int) -> Any:
        key = self.world.key(feature.key, clock, as_of)
        if key is None:
            return None
        holder, begin = feature.stream.removesuffix("_load"), self._begin(feature.window, as_of)
        held = list(self.world.held(holder, key, feature.column))
        area = sum(max(0, min(e, as_of) - max(b, begin)) for b, e in held)
        now = sum(b < as_of <= e for b, e in held)
        return (now + 1) / (area / (as_of - begin) + 1)

    def _begin(self, window: str | None, as_of: int) -> int:
        """When a trailing window begins: not before the history, and an hour ago at least."""
        origin = min(ticket["visible"] for ticket in self.world.tickets)
        return min(max(as_of - (span(window) or 0), origin), as_of - HOUR)

    def _ratio(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen = self._seen(feature, clock, as_of)
        if seen is None:
            return None
        window = span(feature.window) or 0
        begin = min(self._begin(feature.trailing, as_of), as_of - window)
        facts = self.world.facts(_told_by(feature), self.world.key(feature.key, clock, as_of), 0)
        trailing = sum(begin <= at < as_of for at, _ in facts)
        return (len(seen) + 1) / (trailing * window / (as_of - begin) + 1)

    def _hour_of_week_ratio(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen = self._seen(feature, clock, as_of)
        if seen is None:
            return None
        origin = min(ticket["visible"] for ticket in self.world.tickets)
        facts = self.world.facts(_told_by(feature), self.world.key(feature.key, clock, as_of), 0)
        usual = []
        for days in (7, 14, 21, 28):
            end = as_of - days * 24 * HOUR
            begin = end - (span(feature.window) or 0)
            if begin >= origin:
                usual.append(sum(begin <= at < end for at, _ in facts))
        return (len(seen) + 1) / (sum(usual) / len(usual) + 1) if usual else None

    def _overall(self, feature: Feature, clock: int, as_of: int) -> Any:
        kind = feature.stream.partition("/")[0]
        metric = int(self.world.history.timelines.clock_metric[clock])
        seen = [f for f in self.world.facts(f"{kind}/all", "all", metric) if f[0] < as_of]
        n, breached = (sum(row[c] for _, row in seen) for c in ("n", "breached"))
        if n <= 0:
            return None
        if feature.window is None:
            return breached / n
        return _mixed(
            [r for at, r in seen if at >= as_of - (span(feature.window) or 0)], breached / n
        )

    def _rate(self, feature: Feature, clock: int, as_of: int) -> Any:
        seen, base = self._seen(feature, clock, as_of), self._overall(feature, clock, as_of)
        return None if seen is None or base is None else _mixed([row for _, row in seen], base)

    def _lift(self, feature: Feature, clock: int, as_of: int) -> Any:
        rate = self._rate(feature, clock, as_of)
        return None if rate is None else rate - self._overall(feature, clock, as_of)

    def _local(self, feature: Feature, clock: int, as_of: int) -> Any:
        which, _, part = feature.column.partition("/")
        ticket = self.world.tickets[self.world.key("ticket", clock, as_of)]
        instant = as_of if which == "as_of" else ticket["created_at"]
        zone = ZoneInfo(self.world.config.sla.calendars["office"].time_zone)
        wall = pd.Timestamp(instant, unit="us", tz="UTC").astimezone(zone)
        return wall.weekday() if part == "weekday" else wall.hour + wall.minute / 60

    def _python(self, feature: Feature, clock: int, as_of: int) -> Any:
        """The two functions of ``coded_features``, by the naive reading of what they ask for."""
        above, below = {
            "ticket_reply_share": ("ticket_agent_replies", "ticket_customer_replies"),
            "customer_notes_per_ticket": ("customer_notes_3d", "customer_tickets_28d"),
        }[feature.name]
        a, b = (self.value(self.declared[name], clock, as_of) for name in (above, below))
        if feature.name == "customer_notes_per_ticket":
            return None if a is None else a / (1 + b)
        return a / (a + b) if a + b else None

    def _reading(self, feature: Feature, clock: int, as_of: int) -> Any:
        r = self.world.read(clock, as_of)
        wall = (int(r.due_if_resumed_at[0]) - as_of) / HOUR
        left, target = int(r.remaining[0]) / HOUR, int(r.target[0]) / HOUR
        closed = min(max(1 - left / wall, 0), 1) if wall > 0 else None
        first = self.world.history.arrays["clock/known_at"]
        mine = [c for c in range(clock) if self._same(c, clock) and first[c] < as_of]
        return {
            "elapsed_share": int(r.elapsed[0]) / HOUR / target,
            "remaining": left, "target": target, "until_due": wall, "closed_before_due": closed,
            "paused": int(r.paused[0]) / HOUR, "is_paused": int(r.state[0] == 2),
            "age": (as_of - int(r.started_at[0])) / HOUR, "cycle": 1 + len(mine),
        }[feature.column]  # fmt: skip

    def _same(self, one: int, other: int) -> bool:
        t = self.world.history.timelines
        return bool(
            t.clock_ticket[one] == t.clock_ticket[other]
            and t.clock_metric[one] == t.clock_metric[other]
        )

    def _opening(self, feature: Feature, clock: int, as_of: int) -> Any:
        timelines = self.world.history.timelines
        terms = int(self.world.read(clock, as_of).terms[0])
        hours = timelines.calendars[int(timelines.terms_calendar[terms])]
        if feature.column == "next_day":
            return int(elapsed(hours, [as_of], [as_of + 24 * HOUR])[0]) / HOUR
        now = [(s, e) for s, e in zip(hours.starts, hours.ends, strict=True) if s <= as_of < e]
        later = [int(start) for start in hours.starts if start > as_of]
        if feature.column == "until_opening":
            return 0 if now else (later[0] - as_of) / HOUR
        if not now:
            return 0
        left = (int(now[0][1]) - as_of) / HOUR
        return left if left < 24 * 7 else None


def _of_text(text: str, feature: Feature) -> float | None:
    """The lexicon knows one word of these texts: broken, -0.4; "!" makes it a quarter more."""
    words = re.findall("[a-z0-9]+", text.lower())
    if not words:
        return None
    if feature.column == "sentiment":
        return (-0.5 if "!" in text else -0.4) if "broken" in words else 0.0
    place = int(feature.column.removeprefix("text_"))
    digests = [hashlib.blake2b(word.encode(), digest_size=8).digest() for word in words]
    drawn = sum(2 * digest[place] - 255 for digest in digests)
    return drawn / math.sqrt(len(words)) / math.sqrt(21845)


def _unanswered(replies: list[tuple[int, Row]]) -> Row:
    waiting: list[int] = []
    for visible, event in replies:
        waiting = [*waiting, visible] if event["kind"] == "customer_reply" else []
    return {"waiting_since": waiting[0] if waiting else None, "n_waiting": len(waiting)}


def _is_within(instant: int, shift: str) -> bool:
    zone, begin, end, days = {
        "office": ("Europe/Berlin", 9, 17, 5), "evenings": ("Europe/Lisbon", 14, 23, 7)
    }[shift]  # fmt: skip
    wall = pd.Timestamp(instant, unit="us", tz="UTC").astimezone(ZoneInfo(zone))
    return wall.weekday() < days and begin <= wall.hour < end


def _mixed(rows: list[Row], base: float) -> float:
    n, breached = (sum(row[column] for row in rows) for column in ("n", "breached"))
    return float((breached + 10 * base) / (n + 10))
