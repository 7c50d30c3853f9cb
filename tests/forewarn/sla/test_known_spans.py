"""One walk through a life finds what a reading at each end of knowledge finds."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sla_strategies import DAY, histories
from sla_tables import make_tables

from forewarn.sla.clock import read_clocks
from forewarn.sla.known_spans import read_spans
from forewarn.sla.timeline import build_timelines


@settings(max_examples=300, deadline=None)
@given(histories(least=1, most=8), st.integers(0, 60))
def test_spans_equal_readings_at_their_ends(history: Any, days: int) -> None:
    """Every metric, mode and change of the calendar, facts told late and in order."""
    timelines = build_timelines(make_tables(**history["facts"]), history["sla"])
    until = timelines.watermark + 1 + days * DAY
    spans = read_spans(timelines, slice(0, len(timelines)), until=until)
    readings = read_clocks(timelines, spans.clock, as_of=spans.end)
    assert spans.state.tolist() == readings.state.tolist()
    assert spans.breached_at.tolist() == readings.breached_at.tolist()
    assert spans.due_if_resumed_at.tolist() == readings.due_if_resumed_at.tolist()


@settings(max_examples=30, deadline=None)
@given(histories(least=1, most=8))
def test_spans_cover_what_becomes_known(history: Any) -> None:
    """Each clock's begin when something of its life becomes known, once, and end at the next."""
    timelines = build_timelines(make_tables(**history["facts"]), history["sla"])
    until = timelines.watermark + 1
    spans = read_spans(timelines, slice(0, len(timelines)), until=until)
    for clock in range(len(timelines)):
        _, actions = timelines.actions_of(np.array([clock]))
        known = np.unique(timelines.action_known_at[actions]).tolist()
        mine = spans.clock == clock
        assert spans.begin[mine].tolist() == known
        assert spans.end[mine].tolist() == [*known[1:], until]


@settings(max_examples=30, deadline=None)
@given(histories(least=2, most=8), st.data())
def test_a_range_of_clocks_has_the_rows_of_the_whole(history: Any, data: st.DataObject) -> None:
    """Parts that are read by themselves put together give the same."""
    timelines = build_timelines(make_tables(**history["facts"]), history["sla"])
    until, n = timelines.watermark + 1, len(timelines)
    cut = data.draw(st.integers(0, n))
    whole = read_spans(timelines, slice(0, n), until=until)
    parts = [read_spans(timelines, part, until=until) for part in (slice(0, cut), slice(cut, n))]
    for column, of_parts in zip(whole, zip(*parts, strict=True), strict=True):
        assert np.concatenate(of_parts).tolist() == column.tolist()
