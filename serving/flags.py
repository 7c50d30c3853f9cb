"""Customers to look after early: at most k a week, each with a reason and a next step.

The customer model ranks: the chance of two broken promises within a week. Without one the
score is volume times open risk: tickets of the last 28 days times the breaches to be expected
among the open ones (the sum of their probabilities, plus those that happened). Volume alone
finds nearly as many later troubles as a model does; the breach rate alone does not.
"""

import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from serving.flag_rules import choose_flags
from serving.run import FlagMemory, Standing
from serving.words import count_of

COLUMNS = (
    "rank", "customer_id", "tier", "n_open", "expected_breaches", "n_breached_open",
    "volume_28d", "health_score", "segment", "reason", "trouble_probability",
    "escalation_probability", "volume_rank", "next_step", "raised_at",
)  # fmt: skip
LEAST_TROUBLE = 0.05
"""Below this chance nobody is flagged, however few the flags are."""
_FALLING, _RENEWAL_HOURS, _LIKELY = -8.0, 90 * 24, 0.5


def flag_customers(
    customers: pd.DataFrame,
    *,
    k: int,
    as_of: dt.datetime,
    time_zone: str = "UTC",
    memory: FlagMemory | None = None,
) -> tuple[pd.DataFrame, FlagMemory]:
    """The flags of this week and what to remember of them.

    ``customers``: see ``serving.customers``. Flags are decided once per week, from Monday in
    the zone: later runs of the week show the same customers with newer figures. ``memory``:
    what the last published run left; an acknowledged customer is passed over while resting.
    """
    before = memory or FlagMemory()
    week_at = week_of(as_of, time_zone=time_zone)
    ranked = rank_customers(customers)
    awake = [flag for flag in before.standing if flag.rests_until is None]
    resting = {f.customer_id for f in before.standing if f.rests_until and f.rests_until > as_of}
    names = ranked["customer_id"].tolist()
    raised = {flag.customer_id: flag.raised_at for flag in awake}
    if before.week_at == week_at:
        chosen = [name for name in names if name in raised]
    else:
        chosen = choose_flags(names, k=k, standing=_last_week(awake, before), resting=resting)
    standing = tuple(Standing(name, raised.get(name, as_of), week_at) for name in sorted(chosen))
    since = {flag.customer_id: flag.raised_at for flag in standing}
    top = ranked[ranked["customer_id"].isin(chosen)].reset_index(drop=True)
    said = top.to_dict("records")
    told = top.assign(
        rank=range(1, len(top) + 1),
        reason=pd.Series([reason_of(row) for row in said], dtype="str"),
        next_step=pd.Series([next_step(row) for row in said], dtype="str"),
        raised_at=pd.to_datetime([since[name] for name in top["customer_id"]], utc=True).as_unit(
            "us"
        ),
    )
    return told[list(COLUMNS)], FlagMemory(week_at, standing)


def week_of(as_of: dt.datetime, *, time_zone: str) -> dt.datetime:
    """Monday, 00:00 in the zone, of the week of an instant; in UTC."""
    local = as_of.astimezone(ZoneInfo(time_zone))
    monday = local.date() - dt.timedelta(days=local.weekday())
    return dt.datetime.combine(monday, dt.time(), ZoneInfo(time_zone)).astimezone(dt.UTC)


def rank_customers(customers: pd.DataFrame) -> pd.DataFrame:
    """Those at risk, most at risk first; ties fall to the larger volume, then the id."""
    risk = customers["expected_breaches"].fillna(0.0) + customers["n_breached_open"]
    by_rule = customers["volume_28d"] * risk
    chance = customers["trouble_probability"]
    is_told = chance.notna()
    score = chance.where(is_told, by_rule)
    least = np.where(is_told, LEAST_TROUBLE, 0.0)
    order = ["score", "volume_28d", "customer_id"]
    found = customers.assign(score=score)[score > least]
    return found.sort_values(order, ascending=[False, False, True], kind="stable")


def _last_week(awake: Collection[Standing], before: FlagMemory) -> list[str]:
    return [flag.customer_id for flag in awake if flag.week_at == before.week_at]


def next_step(row: dict[object, object]) -> str:
    """What to do first: the manager, a senior agent, or a call.

    >>> next_step({"escalation_probability": 0.7, "segment": "at_risk", "n_breached_open": 2})
    'tell the manager: an escalation is likely and the customer is at risk'
    >>> next_step({"escalation_probability": 0.1, "n_breached_open": 2})
    'give their late tickets to a senior agent'
    >>> next_step({"renewal_hours": -24.0 * 30, "n_breached_open": 0})
    'call them with the account owner: the contract renews in 30 days'
    >>> next_step({"escalation_probability": 0.7})
    'tell the manager: an escalation is likely'
    >>> next_step({})
    'call them before the open tickets are late'
    """
    escalates = _number(row.get("escalation_probability")) >= _LIKELY
    n_late, until = _number(row.get("n_breached_open")), -_number(row.get("renewal_hours"))
    renewal = f"the contract renews in {count_of(round(until / 24), 'day')}" if until > 0 else ""
    manager = "tell the manager: an escalation is likely"
    steps = [
        (escalates and row.get("segment") == "at_risk", f"{manager} and the customer is at risk"),
        (
            escalates and _number(row.get("health_change")) <= _FALLING,
            f"{manager} and health is falling",
        ),
        (n_late >= 2, "give their late tickets to a senior agent"),
        (0 < until <= _RENEWAL_HOURS, f"call them with the account owner: {renewal}"),
        (escalates, manager),
        (n_late >= 1, "call them about the ticket that is late"),
    ]
    fitting = (step for is_so, step in steps if is_so)
    return next(fitting, "call them before the open tickets are late")


def _number(value: object) -> float:
    """A number as float; what is missing compares as false."""
    return float(value) if isinstance(value, int | float) else float("nan")


def reason_of(row: dict[object, object]) -> str:
    """One sentence from the row's own figures.

    >>> reason_of({"n_open": 3, "expected_breaches": 1.24, "n_breached_open": 1,
    ...            "volume_28d": 14, "health_score": 31.0, "segment": "at_risk"})
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
    return "; ".join([text, *_further(row)])


def _further(row: dict[object, object]) -> list[str]:
    """Health and where it is going, escalations, renewal: each only where it says something."""
    said = []
    health, change = row.get("health_score"), _number(row.get("health_change"))
    if isinstance(health, float) and health == health:  # noqa: PLR0124 - not NaN
        words = str(row["segment"]).replace("_", " ")
        fall = f", {abs(change):.0f} lower than four weeks ago" if change <= _FALLING else ""
        said.append(f"health {health:.0f} ({words}{fall})")
    if _number(row.get("n_escalations_28d")) >= 1:
        said.append(f"{count_of(round(_number(row['n_escalations_28d'])), 'escalation')} lately")
    until = -_number(row.get("renewal_hours"))
    if 0 < until <= _RENEWAL_HOURS:
        said.append(f"contract renews in {count_of(round(until / 24), 'day')}")
    return said
