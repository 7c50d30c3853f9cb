"""Service credits: what customers get back for periods in which too few promises were kept."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forewarn.config import CreditConfig, PolicyConfig

_CODES = {"month": "M", "quarter": "Q", "year": "Y"}
_PER_YEAR = {"month": 12, "quarter": 4, "year": 1}
COLUMNS = (
    "customer_id", "period_on", "policy", "metric", "is_complete", "n_promises", "n_broken",
    "n_excused", "share_met", "contract_value", "credit_share", "credit", "currency",
)  # fmt: skip


def service_credits(
    verdicts: pd.DataFrame,
    customers: pd.DataFrame,
    policies: Sequence[PolicyConfig],
    *,
    as_of: pd.Timestamp,
    zone: str,
) -> pd.DataFrame:
    """One row per customer, period, policy and metric for which the policy names credits.

    ``verdicts``: one row per clock with a verdict: customer_id, policy, metric, is_broken,
    is_excused, decided_at; it counts in the local period of ``zone`` in which it was decided.
    ``customers``: the canonical table.

    Columns: period_on (naive local first day), is_complete (the period is over at ``as_of``),
    n_promises, n_broken and of these n_excused, which count for neither side in share_met (null
    where nothing else was decided); contract_value (per year, as it was at the end of the
    period, or is at ``as_of`` while it lasts; null where none is known); credit_share of the
    period's part of it, credit in currency (null with contract_value).
    """
    parts = [
        _of_metric(verdicts[of_policy & (verdicts["metric"] == metric)], policy, metric, zone)
        for policy in policies
        for of_policy in (verdicts["policy"] == policy.name,)
        for metric in policy.credits.steps
    ]
    found = pd.concat(parts, ignore_index=True) if parts else None
    if found is None or found.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    found["is_complete"] = found["ends_at"] <= as_of
    ends = found["ends_at"].where(found["is_complete"], as_of)
    found["contract_value"] = _values(found["customer_id"], ends, customers, as_of)
    found["credit"] = found["contract_value"] / found["per_year"] * found["credit_share"]
    found = found.sort_values(["period_on", "customer_id", "policy", "metric"], kind="stable")
    return found[list(COLUMNS)].reset_index(drop=True)


def last_complete(config: CreditConfig, *, as_of: pd.Timestamp, zone: str) -> pd.Timestamp:
    """The naive local first day of the last period that is over at ``as_of``."""
    local = as_of.tz_convert(zone).tz_localize(None)
    return (local.to_period(_CODES[config.period]) - 1).start_time


def _of_metric(
    verdicts: pd.DataFrame, policy: PolicyConfig, metric: str, zone: str
) -> pd.DataFrame:
    """Counts and shares of one policy and metric; tickets without a customer are in none."""
    config = policy.credits
    local = verdicts["decided_at"].dt.tz_convert(zone).dt.tz_localize(None)
    period = local.dt.to_period(_CODES[config.period])
    rows = verdicts.assign(period=period).dropna(subset="customer_id")
    groups = rows.groupby(["customer_id", "period"], sort=True)
    table = groups.agg(
        n_promises=("is_broken", "size"), n_broken=("is_broken", "sum"),
        n_excused=("is_excused", "sum"),
    ).reset_index()  # fmt: skip
    counted = table["n_promises"] - table["n_excused"]
    share = (table["n_promises"] - table["n_broken"]) / counted.where(counted > 0)
    periods = pd.PeriodIndex(table["period"], freq=_CODES[config.period])
    ends = (periods + 1).start_time
    return table.drop(columns="period").assign(
        period_on=periods.start_time,
        ends_at=ends.tz_localize(
            zone, ambiguous=np.ones(len(ends), bool), nonexistent="shift_forward"
        ),
        policy=policy.name,
        metric=metric,
        share_met=share,
        credit_share=[_share(config, metric, kept) for kept in share],
        currency=policy.penalties.currency,
        per_year=_PER_YEAR[config.period],
    )


def _share(config: CreditConfig, metric: str, kept: float) -> float:
    """Nothing is given back where nothing counts."""
    return 0.0 if np.isnan(kept) else config.share_of(metric, kept)  # type: ignore[arg-type]


def _values(
    customer: pd.Series, ends: pd.Series, customers: pd.DataFrame, as_of: pd.Timestamp
) -> np.ndarray:
    """The contract value that held just before each end, by what is known before ``as_of``."""
    facts = customers[customers["known_at"] < as_of].dropna(subset="contract_value")
    facts = facts.sort_values(["occurred_at", "known_at"], kind="stable")
    left = pd.DataFrame({"customer_id": customer, "ends_at": ends.dt.tz_convert("UTC")})
    left["ends_at"] = left["ends_at"].astype(facts["occurred_at"].dtype)
    joined = pd.merge_asof(
        left.reset_index().sort_values("ends_at", kind="stable"),
        facts[["customer_id", "occurred_at", "contract_value"]],
        left_on="ends_at",
        right_on="occurred_at",
        by="customer_id",
        allow_exact_matches=False,
    )
    values: np.ndarray = joined.set_index("index")["contract_value"].reindex(left.index).to_numpy()
    return values
