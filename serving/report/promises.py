"""The promises that were decided: kept or broken, by whom, at what price."""

import numpy as np
import pandas as pd

from forewarn.config import METRICS, SlaConfig
from forewarn.sla.clock import read_clocks
from forewarn.sla.excuses import mark_excused
from forewarn.sla.known_then import last_value, tiers
from forewarn.sla.labels import label_clocks
from forewarn.sla.policy import penalties
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables


def decided_promises(
    tables: Tables, timelines: Timelines, sla: SlaConfig, *, as_of: pd.Timestamp
) -> pd.DataFrame:
    """One row per clock with a verdict, by the facts with ``known_at < as_of``.

    Columns: clock (position in the timelines), ticket_id, customer_id, metric, is_broken,
    decided_at (breached_at, or completed_at of a kept one), group_id, priority, tier (as they
    were known then; null where never), policy (null for an imported deadline), is_excused and
    excuse (null where not), penalty (of a broken one that is not excused, else 0) and currency
    (null where the policy names no penalty for the metric). Raises ConfigError where an excuse
    looks at a column that nobody has.
    """
    instant = int(as_of.tz_convert("UTC").as_unit("us").to_datetime64().astype(np.int64))
    labels = label_clocks(timelines, as_of=instant)
    labels = labels[labels["is_breached"].notna()].reset_index(drop=True)
    clocks = labels["clock"].to_numpy(np.int64)
    ticket = timelines.clock_ticket[clocks]
    tickets = tables.tickets
    decided = pd.DataFrame(
        {
            "clock": clocks,
            "ticket_id": tickets["ticket_id"].array.take(ticket),
            "customer_id": tickets["customer_id"].array.take(ticket),
            "metric": np.array(METRICS, dtype=object)[timelines.clock_metric[clocks]],
            "is_broken": labels["is_breached"].to_numpy() == 1.0,
            "decided_at": labels["breached_at"].fillna(labels["completed_at"]),
        }
    )
    decided["group_id"] = last_value(tables, decided, ticket, "group_id")
    decided["priority"] = last_value(tables, decided, ticket, "priority")
    decided["tier"] = tiers(tables.customers, decided)
    policy = _policies(timelines, clocks, instant)
    decided["policy"] = pd.Series(policy, decided.index, dtype="str")
    return _priced(_excused(decided, tickets, ticket, sla), policy, sla)


def _excused(
    decided: pd.DataFrame, tickets: pd.DataFrame, ticket: np.ndarray, sla: SlaConfig
) -> pd.DataFrame:
    """The verdicts, marked; excuses may also look at what the ticket was at creation."""
    asked = {name for excuse in sla.excuses for name in excuse.when}
    more = [name for name in tickets.columns if name in asked and name not in decided]
    at_creation = {name: tickets[name].array.take(ticket) for name in more}
    return mark_excused(decided.assign(**at_creation), sla.excuses).drop(columns=more)


def _policies(timelines: Timelines, clocks: np.ndarray, instant: int) -> np.ndarray:
    """Name of the policy in force for each clock; None for an imported deadline."""
    terms = read_clocks(timelines, clocks, as_of=instant).terms
    names = np.array([*timelines.policies, None], dtype=object)
    return names[np.where(terms >= 0, timelines.terms_policy[terms], -1)]


def _priced(decided: pd.DataFrame, policy: np.ndarray, sla: SlaConfig) -> pd.DataFrame:
    costs = penalties(
        sla,
        policy=pd.Series(policy, decided.index, dtype=object),
        metric=decided["metric"],
        tier=decided["tier"],
        priority=decided["priority"],
    )
    currencies = {
        (p.name, metric): p.penalties.currency
        for p in sla.policies
        for metric in p.penalties.amounts
    }
    keys = zip(policy, decided["metric"], strict=True)
    currency = pd.Series([currencies.get(k) for k in keys], decided.index, dtype=object)
    due = decided["is_broken"] & ~decided["is_excused"] & currency.notna()
    return decided.assign(penalty=costs.where(due, 0.0), currency=currency)
