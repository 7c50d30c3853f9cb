"""Service credits per customer and period."""

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from forewarn.config import CreditConfig, PolicyConfig
from forewarn.sla.credits import service_credits

STEPS = {"resolution": [{"below": 0.95, "share": 0.05}, {"below": 0.8, "share": 0.2}]}
AS_OF = "2026-04-10T00:00Z"
MARCH = "2026-03-10T12:00Z"


def policy(name: str = "p", **settings: Any) -> PolicyConfig:
    """A policy that promises a resolution and gives credits."""
    return PolicyConfig.model_validate(
        {"name": name, "targets": {"resolution": "4h"}, "credits": {"steps": STEPS, **settings},
         "penalties": {"currency": "CHF"}}
    )  # fmt: skip


def verdicts(
    n_kept: int, n_broken: int = 0, n_excused: int = 0, *, at: str = MARCH,
    customer: str | None = "C1", name: str = "p", metric: str = "resolution",
) -> pd.DataFrame:  # fmt: skip
    """Promises decided in one instant."""
    n = n_kept + n_broken + n_excused
    return pd.DataFrame(
        {
            "customer_id": pd.Series([customer] * n, dtype="str"),
            "policy": name,
            "metric": metric,
            "is_broken": [False] * n_kept + [True] * (n_broken + n_excused),
            "is_excused": [False] * (n_kept + n_broken) + [True] * n_excused,
            "decided_at": pd.DatetimeIndex([pd.Timestamp(at)] * n, dtype="datetime64[us, UTC]"),
        }
    )


def facts(*rows: tuple[str, float, str]) -> pd.DataFrame:
    """What C1 pays per year: (holds from, value, known at)."""
    frame = pd.DataFrame(rows, columns=["occurred_at", "contract_value", "known_at"])
    for name in ("occurred_at", "known_at"):
        frame[name] = pd.to_datetime(frame[name], utc=True).astype("datetime64[us, UTC]")
    return frame.assign(customer_id="C1")


PAYS = facts(("2026-01-01", 120_000.0, "2026-01-01"))


def rows_of(
    found: pd.DataFrame, customers: pd.DataFrame = PAYS, *, zone: str = "UTC", **settings: Any
) -> list[dict[str, Any]]:
    """The rows under one policy, null as None."""
    rows = service_credits(
        found, customers, [policy(**settings)], as_of=pd.Timestamp(AS_OF), zone=zone
    ).astype(object)
    return rows.where(rows.notna(), None).to_dict("records")  # type: ignore[return-value]


def test_the_step_that_applies_gives_its_share_of_a_month() -> None:
    """18 of 20 are 90 %: 5 % of a twelfth of 120,000 are 500."""
    (row,) = rows_of(verdicts(18, 2))
    assert row == {
        "customer_id": "C1", "period_on": pd.Timestamp("2026-03-01"), "policy": "p",
        "metric": "resolution", "is_complete": True, "n_promises": 20, "n_broken": 2,
        "n_excused": 0, "share_met": 0.9, "contract_value": 120_000.0, "credit_share": 0.05,
        "credit": 500.0, "currency": "CHF",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("n_kept", "n_broken", "share", "credit"),
    [(95, 5, 0.0, 0.0), (949, 51, 0.05, 500.0), (80, 20, 0.05, 500.0), (79, 21, 0.2, 2000.0),
     (0, 3, 0.2, 2000.0), (3, 0, 0.0, 0.0)],
)  # fmt: skip
def test_steps_are_below_and_the_deepest_counts(
    n_kept: int, n_broken: int, share: float, credit: float
) -> None:
    """95 % exactly is enough; below 80 % the larger share counts alone, they do not add up."""
    (row,) = rows_of(verdicts(n_kept, n_broken))
    assert (row["credit_share"], row["credit"]) == (share, credit)


def test_excused_breaches_count_for_neither_side_and_are_shown() -> None:
    """18 kept of 19 that count are 94.7 %; the excused one is told."""
    (row,) = rows_of(verdicts(18, 1, 1))
    assert (row["n_promises"], row["n_broken"], row["n_excused"]) == (20, 2, 1)
    assert (row["share_met"], row["credit_share"]) == (18 / 19, 0.05)
    (row,) = rows_of(verdicts(0, 0, 4))
    assert (row["share_met"], row["credit"]) == (None, 0.0)


def test_periods_are_local() -> None:
    """22:30 UTC on 31 March is April in Berlin, which is not over yet."""
    found = verdicts(1, at="2026-03-31T22:30Z")
    (utc,), (berlin,) = (rows_of(found, zone=zone) for zone in ("UTC", "Europe/Berlin"))
    assert (utc["period_on"], utc["is_complete"]) == (pd.Timestamp("2026-03-01"), True)
    assert (berlin["period_on"], berlin["is_complete"]) == (pd.Timestamp("2026-04-01"), False)


@pytest.mark.parametrize(
    ("period", "credit"), [("month", 500.0), ("quarter", 1500.0), ("year", 6000.0)]
)
def test_the_period_decides_the_part_of_the_yearly_value(period: str, credit: float) -> None:
    """5 % of a twelfth, a quarter, the whole of 120,000."""
    (row,) = rows_of(verdicts(18, 2), period=period)
    assert row["credit"] == credit


def test_the_contract_value_is_that_of_the_period_s_end() -> None:
    """From 31 March it is 240,000, from 1 April on another; a correction known by now counts,
    one that nobody knows yet does not.
    """
    pays = facts(("2026-01-01", 120_000, "2026-01-01"), ("2026-03-31", 240_000, "2026-04-05"),
                 ("2026-04-01", 1, "2026-04-01"), ("2026-03-31", 9, "2026-05-01"))  # fmt: skip
    (row,) = rows_of(verdicts(18, 2), pays)
    assert (row["contract_value"], row["credit"]) == (240_000, 1000.0)


def test_without_a_contract_value_the_share_is_known_and_the_amount_is_not() -> None:
    """Null, not nothing."""
    (row,) = rows_of(verdicts(18, 2), facts(("2026-04-02", 5.0, "2026-04-02")))
    assert (row["credit_share"], row["contract_value"], row["credit"]) == (0.05, None, None)


def test_a_month_that_ends_in_a_repeated_hour_ends_once() -> None:
    """Havana's 1 November 2026 begins twice; October is over at the first."""
    (row,) = service_credits(
        verdicts(1, at="2026-10-10T12:00Z"), PAYS, [policy()],
        as_of=pd.Timestamp("2026-11-01T04:00Z"), zone="America/Havana",
    ).to_dict("records")  # fmt: skip
    assert row["is_complete"]


def test_policies_metrics_and_customers_stand_apart() -> None:
    """Another policy, a metric without steps and a ticket without customer are in no row."""
    found = pd.concat(
        [verdicts(1), verdicts(2, customer="C2"), verdicts(9, customer=None),
         verdicts(9, name="other"), verdicts(9, metric="first_response")],
        ignore_index=True,
    )  # fmt: skip
    rows = rows_of(found)
    assert [(r["customer_id"], r["n_promises"]) for r in rows] == [("C1", 1), ("C2", 2)]


def test_without_credits_or_verdicts_there_are_no_rows() -> None:
    """Policies that name no credits owe none."""
    assert rows_of(verdicts(18, 2), steps={}) == []
    assert rows_of(verdicts(0)) == []


def test_a_deeper_step_must_be_dearer() -> None:
    """A step that never applies is a mistake."""
    steps = [{"below": 0.95, "share": 0.05}, {"below": 0.8, "share": 0.05}]
    with pytest.raises(ValidationError, match=r"below 0.8 must give back more than below 0.95"):
        CreditConfig.model_validate({"steps": {"resolution": steps}})
