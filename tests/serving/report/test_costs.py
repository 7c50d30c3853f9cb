"""Penalties by month and tier."""

from zoneinfo import ZoneInfo

import pandas as pd

from serving.report.costs import TierCost, costs_of

AS_OF = pd.Timestamp("2026-06-24T12:00Z")
COLUMNS = ["decided_at", "metric", "is_broken", "tier", "penalty", "currency", "is_excused"]


def _decided(*rows: tuple[str, str | None, float, str | None]) -> pd.DataFrame:
    """Rows of (instant, tier, penalty, currency); without a penalty the promise was kept."""
    return pd.DataFrame(
        [(pd.Timestamp(at), "resolution", amount > 0, tier, amount, currency, False)
         for at, tier, amount, currency in rows],
        columns=COLUMNS,
    )  # fmt: skip


def test_penalties_add_up_per_period_and_tier() -> None:
    """28 days, the 28 before, 91 days by tier, dearest tier first."""
    found = costs_of(
        _decided(
            ("2026-06-20T12:00Z", "gold", 100, "EUR"), ("2026-06-20T12:00Z", None, 5, "EUR"),
            ("2026-05-10T12:00Z", "gold", 40, "EUR"), ("2026-06-01T12:00Z", "gold", 0, "EUR"),
            ("2026-01-10T12:00Z", "gold", 900, "EUR"),
        ),
        as_of=AS_OF, zone=ZoneInfo("UTC"),
    )  # fmt: skip
    assert [(c.currency, c.recent, c.before, c.quarter) for c in found] == [("EUR", 105, 40, 145)]
    assert found[0].tiers == (TierCost("gold", 2, 140), TierCost("no tier", 1, 5))


def test_excused_breaches_are_counted_and_cost_nothing() -> None:
    """Of two broken gold promises one is excused: 100 are due."""
    decided = _decided(
        ("2026-06-20T12:00Z", "gold", 100, "EUR"), ("2026-06-20T12:00Z", "gold", 40, "EUR")
    )
    decided.loc[1, ["is_excused", "penalty"]] = [True, 0.0]
    found = costs_of(decided, as_of=AS_OF, zone=ZoneInfo("UTC"))
    assert found[0].tiers == (TierCost("gold", 2, 100, 1),)


def test_months_are_local() -> None:
    """22:30 UTC on 31 May is June in Berlin."""
    found = costs_of(
        _decided(("2026-05-31T22:30Z", "gold", 10, "EUR")),
        as_of=AS_OF, zone=ZoneInfo("Europe/Berlin"),
    )[0]  # fmt: skip
    assert list(found.monthly["month_on"]) == [pd.Timestamp("2026-06-01")]
    assert list(found.monthly["amount"]) == [10]


def test_currencies_are_never_added_up() -> None:
    """Each has its own entry; verdicts without a price are in none."""
    decided = _decided(
        ("2026-06-20T12:00Z", "a", 1, "EUR"), ("2026-06-20T12:00Z", "a", 2, "CHF"),
        ("2026-06-20T12:00Z", "a", 3, None),
    )  # fmt: skip
    found = costs_of(decided, as_of=AS_OF, zone=ZoneInfo("UTC"))
    assert [(c.currency, c.quarter) for c in found] == [("CHF", 2), ("EUR", 1)]
    assert costs_of(decided.iloc[2:], as_of=AS_OF, zone=ZoneInfo("UTC")) == []
