"""Reckoning in opening hours: laws over random calendars, and clear refusals."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sla_strategies import DAY, HOUR, calendars, instants

from forewarn.config import CalendarConfig
from forewarn.errors import ConfigError, DataError
from forewarn.sla.calendar import Calendar, Hours, Window, calendar_from_config
from forewarn.sla.intervals import (
    ALWAYS,
    OpenIntervals,
    add,
    compile_calendar,
    elapsed,
    join_openings,
    subtract,
)
from forewarn.sla.openings import opened_before

LAWS = settings(max_examples=50, deadline=None)


def compiled(config: CalendarConfig, base: int) -> OpenIntervals:
    """Two months around the interesting day."""
    calendar = calendar_from_config("c", config)
    return compile_calendar(calendar, first=base - 20 * DAY, last=base + 40 * DAY)


@LAWS
@given(calendars(), st.data())
def test_elapsed_adds_up_over_a_split(drawn: Any, data: st.DataObject) -> None:
    """Time to a middle instant and time from it are the whole time."""
    config, base = drawn
    hours = compiled(config, base)
    a, b, c = sorted(data.draw(instants(base)) for _ in range(3))
    assert elapsed(hours, a, b) + elapsed(hours, b, c) == elapsed(hours, a, c)


@LAWS
@given(calendars(), st.data())
def test_elapsed_is_never_negative_nor_longer_than_the_wall_says(
    drawn: Any, data: st.DataObject
) -> None:
    """Opening hours only take time away."""
    config, base = drawn
    a, b = sorted(data.draw(instants(base)) for _ in range(2))
    assert 0 <= elapsed(compiled(config, base), a, b)[0] <= b - a


@LAWS
@given(calendars(), st.data())
def test_add_is_the_least_instant_that_leaves_the_duration(drawn: Any, data: st.DataObject) -> None:
    """Exactly so much is open until then, and less a microsecond before."""
    config, base = drawn
    hours = compiled(config, base)
    start, duration = data.draw(instants(base)), data.draw(st.integers(1, 3 * HOUR))
    due = add(hours, start, duration)[0]
    assert elapsed(hours, start, due)[0] == duration
    assert elapsed(hours, start, due - 1)[0] == duration - 1


@LAWS
@given(calendars(), st.data())
def test_subtract_is_the_latest_instant_that_leaves_the_duration(
    drawn: Any, data: st.DataObject
) -> None:
    """Exactly so much is open since then, and less a microsecond after."""
    config, base = drawn
    hours = compiled(config, base)
    end, duration = data.draw(instants(base)), data.draw(st.integers(1, 3 * HOUR))
    begin = subtract(hours, end, duration)[0]
    assert elapsed(hours, begin, end)[0] == duration
    assert elapsed(hours, begin + 1, end)[0] == duration - 1


@LAWS
@given(calendars())
def test_intervals_are_disjoint_ordered_and_counted(drawn: Any) -> None:
    """No interval touches the next, and each knows what was open before it."""
    config, base = drawn
    hours = compiled(config, base)
    assert (hours.starts < hours.ends).all()
    assert (hours.ends[:-1] < hours.starts[1:]).all()
    total = np.cumsum(hours.ends - hours.starts)
    assert hours.opened_before.tolist() == [0, *total[:-1].tolist()]


def test_two_calendars_in_one_array_do_not_mix() -> None:
    """Each calendar answers from its own intervals, also beside one around the clock."""
    office = Calendar("a", "UTC", Hours(((Window(32_400, 61_200),), *((),) * 6)))
    night = Calendar("b", "UTC", Hours(((Window(79_200, 108_000),), *((),) * 6)))
    parts = [compile_calendar(c, first=0, last=60 * DAY) for c in (office, night)]
    hours = join_openings([ALWAYS, *parts])
    monday = 4 * DAY  # 1970-01-05
    for calendar, expected in ((0, 24 * HOUR), (1, 8 * HOUR), (2, 2 * HOUR)):
        opened = opened_before(hours, calendar, monday + DAY)
        assert opened - opened_before(hours, calendar, monday) == expected


def test_no_calendar_is_around_the_clock() -> None:
    """Elapsed time is then the time by the wall, and adding is adding."""
    hours = compile_calendar(None, first=0, last=1)
    assert elapsed(hours, [0, 5], 7).tolist() == [7, 2]
    assert add(hours, 10, [0, 3]).tolist() == [10, 13]


def test_nothing_is_said_beyond_the_compiled_span() -> None:
    """An instant or a deadline outside is refused, not guessed."""
    office = Calendar("a", "UTC", Hours(((Window(32_400, 61_200),), *((),) * 6)))
    hours = compile_calendar(office, first=0, last=20 * DAY)
    with pytest.raises(DataError, match="outside the span"):
        elapsed(hours, 0, 21 * DAY)
    with pytest.raises(DataError, match="beyond the span"):
        add(hours, 0, 100 * HOUR)
    with pytest.raises(DataError, match="a duration is negative: -5"):
        add(hours, 0, -5)


def test_a_calendar_that_never_opens_in_the_span_is_refused() -> None:
    """A special opening day alone may lie outside the data."""
    closed = Calendar("a", "UTC", Hours(((),) * 7))
    with pytest.raises(ConfigError, match="calendar 'a' is not open once"):
        compile_calendar(closed, first=0, last=DAY)
