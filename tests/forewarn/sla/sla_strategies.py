"""Random calendars, policies and histories, dense with edges, ties and late knowledge."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from forewarn.config import METRICS, CalendarConfig, SlaConfig
from forewarn.config.calendars import CalendarVersion

MINUTE = 60_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
IN_THE_END = 9 * DAY
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

# Zone and a UTC day on which its clocks change: both hemispheres, half and quarter hours, at
# midnight, a shift of 30 minutes; and zones that never change.
CLOCK_CHANGES = (
    ("Europe/Berlin", "2024-03-31"), ("Europe/Berlin", "2024-10-27"),
    ("America/New_York", "2024-03-10"), ("America/New_York", "2024-11-03"),
    ("America/St_Johns", "2024-03-10"), ("America/St_Johns", "2024-11-03"),
    ("Australia/Adelaide", "2024-04-06"), ("Australia/Adelaide", "2024-10-05"),
    ("Australia/Lord_Howe", "2024-04-06"), ("Australia/Lord_Howe", "2024-10-05"),
    ("Pacific/Auckland", "2024-04-06"), ("Pacific/Auckland", "2024-09-28"),
    ("Pacific/Chatham", "2024-04-06"), ("America/Santiago", "2024-04-07"),
    ("America/Santiago", "2024-09-08"), ("Africa/Cairo", "2024-10-31"),
    ("Pacific/Apia", "2011-12-30"), ("Asia/Tehran", "2021-03-21"), ("Asia/Tehran", "2021-09-21"),
    ("Asia/Kolkata", "2024-05-05"), ("Asia/Kathmandu", "2024-05-05"), ("UTC", "2024-05-05"),
)  # fmt: skip

# Public holidays that lie within a few days of those, by month: Easter, Ascension Day, German
# Unity and Reformation Day, Nowruz, Eid al-Fitr, Arbaeen, the days after Christmas.
HOLIDAYS: dict[str, dict[str, Any]] = {
    "2024-03": {"country": "DE", "region": "BB", "without": ["Karfreitag"]},
    "2024-04": {"country": "IR"}, "2024-05": {"country": "DE", "only": ["Ascension Day"]},
    "2024-10": {"country": "DE", "region": "BB"}, "2021-03": {"country": "IR"},
    "2021-09": {"country": "IR"}, "2011-12": {"country": "NZ"},
}  # fmt: skip


def clock_text(minutes: int) -> str:
    """Minutes since midnight as HH:MM, up to 24:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


@st.composite
def day_windows(draw: st.DrawFn) -> tuple[str, ...]:
    """No window, split shifts, 24:00, a shift across midnight; never overlapping."""
    cuts = draw(st.lists(st.sampled_from(range(0, 1441, 15)), max_size=6, unique=True))
    cuts = sorted(cuts)[: len(cuts) // 2 * 2]
    texts = [f"{clock_text(a)}-{clock_text(b)}" for a, b in zip(cuts[::2], cuts[1::2], strict=True)]
    last = cuts[-1] if cuts else 0
    if last < 1440 and draw(st.booleans()):
        start = draw(st.sampled_from(range(last + 15 - last % 15, 1441, 15)))
        if start < 1440:
            texts.append(f"{clock_text(start)}-{clock_text(draw(st.integers(0, start // 30)))}")
    return tuple(texts)


@st.composite
def calendars(draw: st.DrawFn) -> tuple[CalendarConfig, int]:
    """A calendar, and an instant about two days before something interesting in its zone."""
    zone, day = draw(st.sampled_from(CLOCK_CHANGES))
    middle = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    week = {name: draw(day_windows()) for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    if not any(week.values()):
        week["wed"] = ("09:00-17:00",)
    local = middle.astimezone(ZoneInfo(zone)).date()
    offsets = draw(st.lists(st.integers(-2, 5), max_size=2, unique=True))
    special = {local + dt.timedelta(days=d): draw(day_windows()) for d in offsets}
    versions = []
    if draw(st.integers(0, 3)) == 0:
        later = {name: draw(day_windows()) for name in ("mon", "tue", "wed", "thu", "fri")}
        if not any(later.values()):
            later["thu"] = ("10:00-24:00",)
        days = draw(st.integers(-1, 3))
        valid_from = local + dt.timedelta(days=days)
        versions = [CalendarVersion(valid_from=valid_from, windows=later)]
    config = CalendarConfig(
        time_zone=zone, windows=week, special_days=special, versions=tuple(versions),
        holidays=[HOLIDAYS[day[:7]]] if day[:7] in HOLIDAYS and draw(st.booleans()) else [],
        closed_on=tuple(local + dt.timedelta(days=d) for d in draw(st.sampled_from([(), (1,)]))),
    )  # fmt: skip
    return config, (middle - EPOCH) // dt.timedelta(microseconds=1) - 2 * DAY


def instants(base: int, *, days: int = 6) -> st.SearchStrategy[int]:
    """Often full quarters of an hour, so that they meet edges; sometimes any microsecond."""
    return st.one_of(
        st.integers(0, days * 96).map(lambda n: base + n * 15 * MINUTE),
        st.integers(0, days * DAY).map(lambda n: base + n),
    )


def events(base: int) -> st.SearchStrategy[dict[str, Any]]:
    """One event of any kind that clocks care about; ``late``: how much later it is known."""
    once = {
        "occurred_at": instants(base),
        "late": st.sampled_from([0, 0, 0, 3 * HOUR, 2 * DAY, IN_THE_END]),
    }

    def event(**values: Any) -> st.SearchStrategy[dict[str, Any]]:
        drawn = {
            k: v if isinstance(v, st.SearchStrategy) else st.just(v) for k, v in values.items()
        }
        return st.fixed_dictionaries({**once, **drawn})

    statuses = st.sampled_from(["new", "open", "pending", "on_hold", "solved", "closed"])
    replies = st.sampled_from(["agent_reply", "customer_reply"])
    who = st.sampled_from([None, "agent", "bot"])
    voids = st.sampled_from(["merged", "sla_removed", "internal_note"])
    contacts = st.sampled_from(["arrived", "queued", "answered", "abandoned"])
    return st.one_of(
        event(kind="status_changed", to_value=statuses),
        event(kind=st.sampled_from(["solved", "closed", "reopened"])),
        event(kind=replies, is_public=st.sampled_from([True, True, False]), actor_kind=who),
        event(kind="agent_reply", is_public=True, actor_kind="agent"),
        event(kind="customer_reply", is_public=True),
        event(kind="priority_changed", to_value=st.sampled_from(["1", "2", "odd", None])),
        event(kind="group_changed", to_value=st.sampled_from(["g", "h", None])),
        event(kind=contacts),
        event(kind=voids, from_value=st.sampled_from([None, "resolution", "ownership"])),
    )


@st.composite
def reopenings(draw: st.DrawFn, base: int) -> list[dict[str, Any]]:
    """A ticket that is solved and reopened again and again, partly told only in the end."""
    found, at = [], base
    statuses = st.sampled_from(["solved", "closed", "open", "open", "pending"])
    for status in draw(st.lists(statuses, min_size=3, max_size=9)):
        at += draw(st.integers(0, 48)) * 15 * MINUTE
        late = draw(st.sampled_from([0, 0, IN_THE_END]))
        found.append(
            {"occurred_at": at, "late": late, "kind": "status_changed", "to_value": status}
        )
    return found + draw(st.lists(events(base), max_size=3))


@st.composite
def histories(draw: st.DrawFn, *, least: int = 1, most: int = 3) -> dict[str, Any]:
    """Arguments of ``make_tables`` and an SlaConfig whose calendar the history lies around.

    ``least``, ``most``: tickets; more of them tell more for the cost of a calendar.
    """
    calendar, base = draw(calendars())
    in_the_end = draw(instants(base, days=9))
    tickets, every = [], []
    for ticket_id in "abcdefgh"[: draw(st.integers(least, most))]:
        created_at = draw(instants(base, days=3))
        tickets.append(
            {
                "ticket_id": ticket_id,
                "customer_id": draw(st.sampled_from([None, "x", "y"])),
                "created_at": created_at,
                "known_at": created_at + draw(st.sampled_from([0, 0, 2 * HOUR])),
                "priority": draw(st.sampled_from(["1", "2", "odd", None])),
                "group_id": draw(st.sampled_from(["g", "h", None])),
                "resolution_due_at": draw(st.sampled_from([None, None, None, created_at + 5 * HOUR,
                                                           created_at - HOUR])),
            }
        )  # fmt: skip
        if draw(st.booleans()):
            actor = draw(st.sampled_from(["agent", "customer", None]))
            to = draw(st.sampled_from([None, "open", "pending", "closed"]))
            every.append({"ticket_id": ticket_id, "occurred_at": created_at, "kind": "created",
                          "actor_kind": actor, "to_value": to})  # fmt: skip
        life = draw(st.one_of(st.lists(events(created_at), max_size=9), reopenings(created_at)))
        for event in life:
            late, at = event.pop("late"), event["occurred_at"]
            known_at = max(at, in_the_end) if late == IN_THE_END else at + late
            every.append({"ticket_id": ticket_id, "known_at": known_at, **event})
    customers = [
        {"customer_id": draw(st.sampled_from(["x", "y"])), "occurred_at": at,
         "known_at": at + draw(st.sampled_from([0, 0, 2 * DAY])),
         "tier": draw(st.sampled_from(["gold", "silver", None]))}
        for at in draw(st.lists(instants(base - 2 * DAY, days=9), max_size=4, unique=True))
    ]  # fmt: skip
    facts = {"tickets": tickets, "events": every, "customers": customers}
    return {"facts": facts, "sla": draw(policies(calendar, base)), "base": base}


@st.composite
def policies(draw: st.DrawFn, calendar: CalendarConfig, base: int) -> SlaConfig:
    """Three policies on customer, group and priority, one of some days only; every mode."""
    hours = st.integers(1, 40).map(lambda n: dt.timedelta(minutes=30 * n))
    metrics = draw(st.lists(st.sampled_from(METRICS), min_size=1, max_size=4, unique=True))
    begins = draw(st.sampled_from([None, None, base + DAY, base + 3 * DAY + HOUR]))

    def targets(*priorities: str) -> dict[str, Any]:
        return {m: {p: draw(hours) for p in priorities} for m in metrics if draw(st.integers(0, 4))}

    named = [
        {"name": "gold", "when": {"tier": ["gold"]}, "calendar": draw(st.sampled_from([None, "c"])),
         "targets": targets("default")},
        {"name": "new", "calendar": draw(st.sampled_from([None, "c"])), "targets": targets("1"),
         "valid_from": None if begins is None else EPOCH + dt.timedelta(microseconds=begins)},
        {"name": "group", "when": {"group_id": ["g"], "priority": ["1", "2"]}, "calendar": "c",
         "targets": targets("1", "2")},
        {"name": "rest", "calendar": "c", "targets": targets("1", "2", "default")},
    ]  # fmt: skip
    chosen = [p for p in named if draw(st.booleans())] or named[3:]
    pauses = st.sampled_from([(), ("pending",), ("pending", "on_hold"), ("new",)])
    modes = {
        "on_change": ["retroactive", "carry", "restart", "frozen"],
        "on_reopen": ["new_cycle", "resume", "restart", "none"],
        "unanswered": ["cancelled", "missed"],
        "bot_replies_count": [True, False],
        "answer_starts": ["arrived", "queued"],
        "short_abandon": [None, "1h"],
        "abandoned_within": ["normal", "missed", "ignored"],
        "abandoned_after": ["normal", "missed", "ignored"],
    }
    return SlaConfig.model_validate(
        {
            "metrics": [m for m in METRICS if m in metrics],
            "calendars": {"c": calendar},
            "policies": chosen,
            "pause_on": {m: draw(pauses) for m in metrics},
            **{name: draw(st.sampled_from(values)) for name, values in modes.items()},
        }
    )
