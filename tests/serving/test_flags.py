"""Customers flagged by volume times open risk, each with a reason from its own figures."""

import math
from typing import Any

import pandas as pd

from serving.flags import COLUMNS, flag_customers


def customers(*rows: dict[str, Any]) -> pd.DataFrame:
    """Customers with open tickets; what a row leaves out is ordinary."""
    usual = {
        "tier": "gold", "n_open": 2, "expected_breaches": 0.0, "n_breached_open": 0,
        "volume_28d": 10, "health_score": math.nan, "segment": None,
    }  # fmt: skip
    return pd.DataFrame([usual | row for row in rows]).astype({"segment": "str"})


def test_volume_times_risk() -> None:
    """10 * 1.5 = 15 before 4 * 3 = 12 before 20 * .5 = 10; nothing at risk is not flagged."""
    flags = flag_customers(
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
    assert flag_customers(customers(*rows), k=2)["customer_id"].tolist() == ["B", "Z"]
    assert len(flag_customers(customers(*rows), k=0)) == 0


def test_reasons_are_the_figures() -> None:
    """What happened, what is to be expected, and the health score, each only where it is known."""
    full = {
        "customer_id": "A", "volume_28d": 14, "n_open": 5, "expected_breaches": 1.24,
        "n_breached_open": 2, "health_score": 31.4, "segment": "at_risk",
    }  # fmt: skip
    late = {"customer_id": "C", "volume_28d": 2, "expected_breaches": math.nan}
    flags = flag_customers(
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
    flags = flag_customers(customers({"customer_id": "A"}).iloc[:0], k=5)
    assert tuple(flags.columns) == COLUMNS
    assert len(flags) == 0
