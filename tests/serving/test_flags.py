"""At most k customers a week, by the model or by rule, each with a reason and a next step."""

import datetime as dt
import math
from typing import Any

import pandas as pd
import pytest

from serving.flag_rules import choose_flags
from serving.flags import COLUMNS, flag_customers, week_of
from serving.run import FlagMemory, Standing

MONDAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
NOW = MONDAY + dt.timedelta(hours=9)


def flagged(rows: pd.DataFrame, *, k: int) -> pd.DataFrame:
    """The flags of a week that nothing was decided for yet."""
    return flag_customers(rows, k=k, as_of=NOW)[0]


def customers(*rows: dict[str, Any]) -> pd.DataFrame:
    """Customers with open tickets; what a row leaves out is ordinary."""
    usual = {
        "tier": "gold", "n_open": 2, "expected_breaches": 0.0, "n_breached_open": 0,
        "volume_28d": 10, "health_score": math.nan, "segment": None,
        "trouble_probability": math.nan, "escalation_probability": math.nan, "volume_rank": 1,
        "health_change": math.nan, "renewal_hours": math.nan, "contract_value": math.nan,
        "n_escalations_28d": 0.0,
    }  # fmt: skip
    return pd.DataFrame([usual | row for row in rows]).astype({"segment": "str"})


def test_volume_times_risk() -> None:
    """10 * 1.5 = 15 before 4 * 3 = 12 before 20 * .5 = 10; nothing at risk is not flagged."""
    flags = flagged(
        customers(
            {"customer_id": "quiet", "volume_28d": 99},
            {"customer_id": "B", "volume_28d": 4, "n_breached_open": 3},
            {"customer_id": "C", "volume_28d": 20, "expected_breaches": 0.5},
            {"customer_id": "A", "expected_breaches": 0.5, "n_breached_open": 1},
        ),
        k=10,
    )
    assert flags["customer_id"].tolist() == ["A", "B", "C"]
    assert flags["rank"].tolist() == [1, 2, 3]
    assert tuple(flags.columns) == COLUMNS


def test_only_k_are_flagged_and_ties_are_decided() -> None:
    """Equal scores fall to the larger volume, then the id; the rest is cut off."""
    rows = [
        {"customer_id": "Z", "volume_28d": 10, "expected_breaches": 1.0},
        {"customer_id": "A", "volume_28d": 5, "expected_breaches": 2.0},
        {"customer_id": "B", "volume_28d": 10, "expected_breaches": 1.0},
    ]
    assert flagged(customers(*rows), k=2)["customer_id"].tolist() == ["B", "Z"]
    assert len(flagged(customers(*rows), k=0)) == 0


def test_reasons_are_the_figures() -> None:
    """What happened, what is to be expected, and the health score, each only where it is known."""
    full = {
        "customer_id": "A", "volume_28d": 14, "n_open": 5, "expected_breaches": 1.24,
        "n_breached_open": 2, "health_score": 31.4, "segment": "at_risk",
    }  # fmt: skip
    late = {"customer_id": "C", "volume_28d": 2, "expected_breaches": math.nan}
    flags = flagged(
        customers(
            full,
            {"customer_id": "B", "volume_28d": 1, "n_open": 1, "expected_breaches": 0.8},
            late | {"n_breached_open": 1},
        ),
        k=3,
    )
    expected = "2 already late, 1.2 more expected to be; health 31 (at risk)"
    assert flags["reason"].tolist() == [
        f"14 tickets in 28 days, 5 open: {expected}",
        "2 tickets in 28 days, 2 open: 1 already late",
        "1 ticket in 28 days, 1 open: 0.8 expected to be late",
    ]


def test_no_customers() -> None:
    """No open ticket of any customer: no flags, all columns."""
    flags = flagged(customers({"customer_id": "A"}).iloc[:0], k=5)
    assert tuple(flags.columns) == COLUMNS
    assert len(flags) == 0


def test_the_model_ranks_where_there_is_one() -> None:
    """The chance of trouble decides, not the volume; below 5 % nobody is flagged."""
    flags = flagged(
        customers(
            {"customer_id": "A", "trouble_probability": 0.2, "volume_28d": 90},
            {"customer_id": "B", "trouble_probability": 0.7, "volume_28d": 3},
            {"customer_id": "C", "trouble_probability": 0.04, "n_breached_open": 9},
        ),
        k=5,
    )
    assert flags["customer_id"].tolist() == ["B", "A"]


def test_a_week_keeps_its_flags() -> None:
    """On Tuesday others are riskier: the list stays, with Tuesday's figures and Monday's date."""
    rows = [
        {"customer_id": "A", "trouble_probability": 0.6},
        {"customer_id": "B", "trouble_probability": 0.5},
    ]
    _, memory = flag_customers(customers(*rows), k=1, as_of=NOW)
    assert [flag.customer_id for flag in memory.standing] == ["A"]
    rows[1]["trouble_probability"] = 0.9
    later = NOW + dt.timedelta(days=1)
    flags, memory = flag_customers(customers(*rows), k=1, as_of=later, memory=memory)
    assert flags["customer_id"].tolist() == ["A"]
    assert flags["raised_at"].tolist() == [pd.Timestamp(NOW)]
    next_week = NOW + dt.timedelta(days=7)
    flags, memory = flag_customers(customers(*rows), k=1, as_of=next_week, memory=memory)
    assert flags["customer_id"].tolist() == ["B"]
    assert flags["raised_at"].tolist() == [pd.Timestamp(next_week)]


def test_who_was_acknowledged_rests() -> None:
    """No flag until the rest is over, then again like anybody."""
    rows = customers({"customer_id": "A", "trouble_probability": 0.6})
    rest = Standing("A", MONDAY, MONDAY, rests_until=NOW + dt.timedelta(days=14))
    before = FlagMemory(MONDAY, (rest,))
    in_a_week, in_three = NOW + dt.timedelta(days=7), NOW + dt.timedelta(days=21)
    assert len(flag_customers(rows, k=3, as_of=in_a_week, memory=before)[0]) == 0
    assert len(flag_customers(rows, k=3, as_of=in_three, memory=before)[0]) == 1


@pytest.mark.parametrize(
    ("standing", "resting", "expected"),
    [
        ([], [], ["A", "B", "C", "D"]),
        (["F"], [], ["A", "B", "C", "F"]),
        (["G"], [], ["A", "B", "C", "D"]),
        (["E", "F", "D"], [], ["A", "B", "D", "E"]),
        (["F"], ["A"], ["B", "C", "D", "F"]),
    ],
)
def test_flags_stay_while_near(
    standing: list[str], resting: list[str], expected: list[str]
) -> None:
    """Of four the first two are always the riskiest; within six a flag of last week stays."""
    assert choose_flags("ABCDEFGH", k=4, standing=standing, resting=resting) == expected


def test_weeks_begin_on_monday_of_the_zone() -> None:
    """Sunday, 23:30 UTC is Monday in Berlin."""
    sunday = dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC)
    assert week_of(sunday, time_zone="UTC") == dt.datetime(2026, 2, 23, tzinfo=dt.UTC)
    assert week_of(sunday, time_zone="Europe/Berlin") == dt.datetime(2026, 3, 1, 23, tzinfo=dt.UTC)
