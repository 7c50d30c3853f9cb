"""The engine against the slow clock, over random calendars, policies and histories."""

from typing import Any

import numpy as np
from clock_oracle import Oracle
from hypothesis import given, settings
from hypothesis import strategies as st
from sla_strategies import DAY, HOUR, calendars, histories, instants
from sla_tables import make_tables
from slow_calendar import SlowCalendar
from slow_clock import SlowReading

from forewarn.config import METRICS
from forewarn.sla.calendar import calendar_from_config
from forewarn.sla.clock import STATES, Readings, read_clocks
from forewarn.sla.intervals import add, compile_calendar, elapsed
from forewarn.sla.labels import label_clocks
from forewarn.sla.openings import NAT
from forewarn.sla.timeline import Timelines, build_timelines

SLOW = settings(max_examples=80, deadline=None)


@SLOW
@given(calendars(), st.data())
def test_elapsed_equals_the_oracle(drawn: Any, data: st.DataObject) -> None:
    """Open time between any two instants is what stepping over every edge finds."""
    config, base = drawn
    fast = compile_calendar(
        calendar_from_config("c", config), first=base - DAY, last=base + 9 * DAY
    )
    start = data.draw(instants(base))
    end = start + data.draw(st.integers(0, 3 * DAY))
    assert elapsed(fast, start, end)[0] == SlowCalendar(config).elapsed(start, end)


@SLOW
@given(calendars(), st.data())
def test_add_equals_the_oracle(drawn: Any, data: st.DataObject) -> None:
    """A deadline is what stepping over every edge finds."""
    config, base = drawn
    limit = base + 40 * DAY
    fast = compile_calendar(calendar_from_config("c", config), first=base - DAY, last=limit)
    start, duration = data.draw(instants(base)), data.draw(st.integers(0, 20)) * HOUR // 2
    slow = SlowCalendar(config).add(start, duration, limit)
    if slow is not None:
        assert add(fast, start, duration)[0] == slow


def found_by(
    timelines: Timelines, ids: list[str], readings: Readings
) -> dict[tuple[str, str], list[int]]:
    """By ticket and metric, the promised clocks that the observer knows of, by their cycle."""
    found: dict[tuple[str, str], list[int]] = {}
    for clock in range(len(timelines)):
        if readings.terms[clock] >= 0:
            metric = METRICS[timelines.clock_metric[clock]]
            found.setdefault((ids[timelines.clock_ticket[clock]], metric), []).append(int(clock))
    return found


def reading_at(readings: Readings, i: int, *, limit: int) -> SlowReading:
    """One reading of the engine in the oracle's form, which looks no further than ``limit``."""
    due = or_none(readings.due_if_resumed_at[i])
    return SlowReading(
        state=STATES[readings.state[i]],
        elapsed=int(readings.elapsed[i]),
        paused=int(readings.paused[i]),
        calendar_elapsed=int(readings.calendar_elapsed[i]),
        calendar_paused=int(readings.calendar_paused[i]),
        target=int(readings.target[i]),
        breached_at=or_none(readings.breached_at[i]),
        due_if_resumed_at=None if due is None or due > limit else due,
        ended_at=or_none(readings.ended_at[i]),
    )


def or_none(instant: np.int64) -> int | None:
    """NAT as None."""
    return None if instant == NAT else int(instant)


@settings(max_examples=60, deadline=None)
@given(histories(), st.lists(st.integers(0, 9 * 96), min_size=1, max_size=6))
def test_readings_equal_the_oracle(history: Any, quarters: list[int]) -> None:
    """At any as_of every clock reads as the slow one does: state, times, breach, deadline."""
    tables = make_tables(**history["facts"])
    oracle = Oracle(tables, history["sla"])
    timelines = build_timelines(tables, history["sla"])
    ids = tables.tickets["ticket_id"].tolist()
    for quarter in quarters:
        as_of = history["base"] + quarter * HOUR // 4 + quarter % 3 - 1
        readings = read_clocks(timelines, np.arange(len(timelines)), as_of=as_of)
        found = {
            key: [reading_at(readings, clock, limit=as_of + 60 * DAY) for clock in clocks]
            for key, clocks in found_by(timelines, ids, readings).items()
        }
        assert found == oracle.readings(as_of=as_of)


@settings(max_examples=30, deadline=None)
@given(histories(), st.integers(0, 9 * 96))
def test_labels_equal_the_oracle(history: Any, quarter: int) -> None:
    """A label is the oracle's reading, counted no further than the source is complete."""
    tables = make_tables(**history["facts"])
    oracle = Oracle(tables, history["sla"])
    timelines = build_timelines(tables, history["sla"])
    as_of = history["base"] + quarter * HOUR // 4
    outcomes = label_clocks(timelines, as_of=as_of)["outcome"].tolist()
    readings = read_clocks(timelines, np.arange(len(timelines)), as_of=as_of)
    ids = tables.tickets["ticket_id"].tolist()
    found = {
        key: [outcomes[clock] for clock in clocks]
        for key, clocks in found_by(timelines, ids, readings).items()
    }
    slow = oracle.readings(as_of=as_of, until=min(as_of, oracle.watermark))
    assert found == {key: [outcome(r) for r in told] for key, told in slow.items()}


def outcome(reading: SlowReading) -> str:
    """A reading as a label."""
    if reading.breached_at is not None:
        return "breached"
    return {"completed": "met", "cancelled": "cancelled"}.get(reading.state, "open")
