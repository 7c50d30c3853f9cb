"""Customers to look after early: those with much volume and much at risk right now.

The score is volume times open risk: tickets of the last 28 days times the breaches to be
expected among the open ones (the sum of their probabilities, plus those that happened).
Volume alone finds nearly as many later troubles as a model does; the breach rate alone does not.
"""

import pandas as pd

from serving.words import count_of

COLUMNS = (
    "rank", "customer_id", "tier", "n_open", "expected_breaches", "n_breached_open",
    "volume_28d", "health_score", "segment", "reason",
)  # fmt: skip


def flag_customers(customers: pd.DataFrame, *, k: int) -> pd.DataFrame:
    """The first ``k`` customers by volume times open risk; none where nothing is at risk.

    ``customers``: one row per customer with open tickets, the columns of the result
    without rank and reason. Ties fall to the larger volume, then the id.
    """
    risk = customers["expected_breaches"].fillna(0.0) + customers["n_breached_open"]
    scored = customers.assign(score=customers["volume_28d"] * risk)
    order = ["score", "volume_28d", "customer_id"]
    ranked = scored[scored["score"] > 0].sort_values(
        order, ascending=[False, False, True], kind="stable"
    )
    top = ranked.head(k).reset_index(drop=True)
    reasons = [_reason(row) for row in top.to_dict("records")]
    top = top.assign(rank=range(1, len(top) + 1), reason=pd.Series(reasons, dtype="str"))
    return top[list(COLUMNS)]


def _reason(row: dict[object, object]) -> str:
    """One sentence from the row's own figures.

    >>> _reason({"n_open": 3, "expected_breaches": 1.24, "n_breached_open": 1,
    ...          "volume_28d": 14, "health_score": 31.0, "segment": "at_risk"})
    '14 tickets in 28 days, 3 open: 1 already late, 1.2 more expected to be; health 31 (at risk)'
    """
    parts = []
    if row["n_breached_open"]:
        parts.append(f"{row['n_breached_open']} already late")
    expected = row["expected_breaches"]
    if isinstance(expected, float) and expected >= 0.05:
        more = " more" if row["n_breached_open"] else ""
        parts.append(f"{expected:.1f}{more} expected to be{'' if more else ' late'}")
    open_part = f"{row['n_open']} open" + (f": {', '.join(parts)}" if parts else "")
    text = f"{count_of(row['volume_28d'], 'ticket')} in 28 days, {open_part}"
    health = row["health_score"]
    if isinstance(health, float) and health == health:  # noqa: PLR0124 - not NaN
        text += f"; health {health:.0f} ({str(row['segment']).replace('_', ' ')})"
    return text
