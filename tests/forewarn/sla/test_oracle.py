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


def told(timelines: Timelines, ids: list[str], clock: int) -> tuple[str, str, int]:
    """A clock by the oracle's key."""
    metric = METRICS[timelines.clock_metric[clock]]
    return ids[timelines.clock_ticket[clock]], metric, int(timelines.clock_cycle[clock])


def reading_at(readings: Readings, i: int) -> SlowReading:
    """One reading of the engine in the oracle's form."""
    return SlowReading(
        state=STATES[readings.state[i]],
        elapsed=int(readings.elapsed[i]),
        paused=int(readings.paused[i]),
        calendar_elapsed=int(readings.calendar_elapsed[i]),
        calendar_paused=int(readings.calendar_paused[i]),
        target=int(readings.target[i]),
        breached_at=or_none(readings.breached_at[i]),
        due_if_resumed_at=or_none(readings.due_if_resumed_at[i]),
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
    keys = [told(timelines, ids, c) for c in range(len(timelines))]
    assert set(keys) == set(oracle.clocks)
    for quarter in quarters:
        as_of = history["base"] + quarter * HOUR // 4 + quarter % 3 - 1
        readings = read_clocks(timelines, np.arange(len(timelines)), as_of=as_of)
        for i, key in enumerate(keys):
            slow = oracle.read(key, as_of=as_of)
            fast = reading_at(readings, i)
            if slow.due_if_resumed_at is None:  # beyond the span that the oracle looks at
                fast.due_if_resumed_at = None
            if slow.state == "not_started":
                slow, fast = SlowReading(), reading_at(readings, i)
                assert fast.state == "not_started"
                continue
            assert fast == slow, key


@settings(max_examples=30, deadline=None)
@given(histories(), st.integers(0, 9 * 96))
def test_labels_equal_the_oracle(history: Any, quarter: int) -> None:
    """A label is the oracle's reading, counted no further than the source is complete."""
    tables = make_tables(**history["facts"])
    oracle = Oracle(tables, history["sla"])
    timelines = build_timelines(tables, history["sla"])
    as_of = history["base"] + quarter * HOUR // 4
    labels = label_clocks(timelines, as_of=as_of)
    ids = tables.tickets["ticket_id"].tolist()
    for clock, outcome in enumerate(labels["outcome"]):
        slow = oracle.read(
            told(timelines, ids, clock), as_of=as_of, until=min(as_of, oracle.watermark)
        )
        if slow.breached_at is not None:
            assert outcome == "breached"
        else:
            expected = {"completed": "met", "cancelled": "cancelled"}.get(slow.state, "open")
            assert outcome == expected
