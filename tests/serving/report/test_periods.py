"""Shares by time, team and priority."""

from zoneinfo import ZoneInfo

import pandas as pd

from serving.report.periods import Change, Share, by_column, change, weekly, yearly

BERLIN = ZoneInfo("Europe/Berlin")
AS_OF = pd.Timestamp("2026-06-24T12:00Z")


def _decided(*parts: tuple[str, int, int], group: str = "desk") -> pd.DataFrame:
    """Rows of (instant of the verdict, how many, how many of them broken)."""
    rows = [
        {"metric": "resolution", "decided_at": pd.Timestamp(at), "is_broken": i < broken,
         "is_excused": False,
         "group_id": group, "priority": "high"}
        for at, n, broken in parts
        for i in range(n)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_shares_of_few_promises_are_not_shown() -> None:
    """19 decided promises have no share, 20 have one."""
    assert (Share(19, 1).kept, Share(19, 1).broken) == (None, None)
    assert (Share(20, 1).kept, Share(20, 1).broken) == (0.95, 1)


def test_a_period_is_compared_with_the_one_before_it() -> None:
    """90 % kept after 80 %: ten points more. A verdict at as_of itself is not yet in."""
    decided = _decided(
        ("2026-06-20T12:00Z", 100, 10),
        ("2026-05-20T12:00Z", 100, 20),
        ("2026-06-24T12:00Z", 50, 50),
    )
    found = change(decided, as_of=AS_OF, length=pd.Timedelta(days=28))
    assert (found.now.n, found.before.n) == (100, 100)
    assert found.points is not None
    assert round(found.points, 6) == 10


def test_a_difference_within_chance_is_not_clear() -> None:
    """Ten points of 100 and 100 promises may be chance, of 1,000 and 1,000 they are not.

    With 85 % kept in all, twice the standard error is 10.1 points and 3.2 points.
    """
    assert not Change(Share(100, 10), Share(100, 20)).is_clear
    assert Change(Share(1000, 100), Share(1000, 200)).is_clear
    assert not Change(Share(1000, 100), Share(5, 5)).is_clear


def test_weeks_begin_on_local_mondays_and_are_whole() -> None:
    """Sunday 22:30 UTC is Monday in Berlin; the running and the first, cut, week are left out."""
    decided = _decided(
        ("2026-06-03T10:00Z", 30, 3),   # first week of the history
        ("2026-06-14T21:30Z", 30, 6),   # Sunday 23:30 in Berlin: week of 8 June
        ("2026-06-14T22:30Z", 40, 2),   # Monday 00:30 in Berlin: week of 15 June
        ("2026-06-23T10:00Z", 30, 30),  # running week
    )  # fmt: skip
    found = weekly(decided, as_of=AS_OF, zone=BERLIN)
    assert list(found["week_on"]) == [pd.Timestamp("2026-06-08"), pd.Timestamp("2026-06-15")]
    assert list(found["n"]) == [30, 40]
    assert list(found["kept"].round(6)) == [0.8, 0.95]


def test_weeks_with_few_verdicts_have_no_share() -> None:
    """Five verdicts in a week: counted, without a share."""
    decided = _decided(("2026-06-03T10:00Z", 30, 3), ("2026-06-10T10:00Z", 5, 5))
    found = weekly(decided, as_of=AS_OF, zone=BERLIN)
    assert list(found["n"]) == [5]
    assert found["kept"].isna().all()


def test_lines_come_in_the_given_order_then_by_name() -> None:
    """Teams by name where no order is given; names instead of ids."""
    decided = pd.concat(
        [_decided(("2026-06-20T12:00Z", 30, 3), group=group) for group in ("z", "b", "a")]
    )
    found = by_column(
        decided, "group_id", as_of=AS_OF, metrics=["resolution"], order=["z"], names={"a": "Alpha"}
    )
    assert [line.name for line in found] == ["z", "Alpha", "b"]
    assert found[0].changes["resolution"].now == Share(30, 3)


def test_a_year_needs_more_than_a_quarter_of_history() -> None:
    """From 92 days on the last 52 weeks are given; what is older is not in them."""
    decided = _decided(("2026-06-20T12:00Z", 30, 3), ("2025-05-01T12:00Z", 30, 30))
    assert yearly(decided, as_of=AS_OF) == Share(30, 3)
    assert yearly(decided.head(30), as_of=AS_OF) is None
    assert yearly(decided.head(0), as_of=AS_OF) is None
