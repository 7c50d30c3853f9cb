"""Who is hired, and when they work."""

import datetime as dt

import numpy as np
import pytest

from forewarn.demo.catalogue import ZONE
from forewarn.demo.staff import Staff, hire_staff


@pytest.fixture(scope="module")
def staff() -> Staff:
    """Agents of four weeks in spring, across the change of the clocks on 29 March 2026."""
    rng = np.random.default_rng(1)
    return hire_staff(rng, first=dt.date(2026, 3, 16), last=dt.date(2026, 4, 12))


def _at(staff: Staff, agent: int, window: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(staff.starts[agent][window], tz=ZONE)


def test_an_early_shift_begins_at_eight_local_time_before_and_after_the_clock_change(
    staff: Staff,
) -> None:
    """Agent 1 works 8:00 to 12:00 and 12:30 to 16:30 wall time."""
    walls = {(_at(staff, 0, w).hour, _at(staff, 0, w).minute) for w in range(len(staff.starts[0]))}
    assert walls == {(8, 0), (12, 30)}


def test_nobody_works_on_a_holiday_or_a_weekend(staff: Staff) -> None:
    """Good Friday, 3 April 2026, and Easter Monday, 6 April, are free."""
    days = {_at(staff, 0, w).date() for w in range(len(staff.starts[0]))}
    assert not days & {dt.date(2026, 4, 3), dt.date(2026, 4, 6)}
    assert max(day.weekday() for day in days) == 4


def test_in_one_group_only_one_is_on_vacation_at_a_time(staff: Staff) -> None:
    """Of the four in billing at least two are there each week (one may be ill as well)."""
    billing = [i for i in range(len(staff.agent_ids)) if staff.groups[i][0] == 1]
    weeks = [{_at(staff, a, w).isocalendar().week for w in range(len(staff.starts[a]))}
             for a in billing]  # fmt: skip
    assert all(sum(week in present for present in weeks) >= 3 for week in range(12, 16))
