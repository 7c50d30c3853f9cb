"""Tickets to which nothing is promised: a priority without a target is a warning, no crash."""

import numpy as np
import pandas as pd

from forewarn.config import IMPORTABLE, SlaConfig
from forewarn.config.settings import HealthConfig
from forewarn.sla.events import microseconds, read_events
from forewarn.sla.openings import NAT
from forewarn.sla.policy import match_policies, targets_of
from forewarn.sla.situations import at_creation, read_attributes
from forewarn.tables import Tables


def without_promise(tables: Tables, sla: SlaConfig, *, health: HealthConfig) -> pd.DataFrame:
    """Tickets that get no clock: one row per metric, policy (null: none matched) and priority.

    Columns metric, policy, priority, n_tickets; as the tickets were at creation. A policy that
    does not promise the metric at all is meant so and not listed.
    """
    created_at = microseconds(tables.tickets["created_at"])
    known_at = np.maximum(created_at, microseconds(tables.tickets["known_at"]))
    columns = at_creation(read_attributes(tables, read_events(tables), sla, health), known_at)
    policy = match_policies(columns, sla.policies, at=created_at)
    names = np.array([p.name for p in sla.policies] + [None], object)
    parts = []
    for metric in sla.metrics:
        due = np.ones(created_at.size, bool)
        if metric in IMPORTABLE:
            due = tables.tickets[f"{metric}_due_at"].isna().to_numpy()
        target = targets_of(policy, columns["priority"], metric=metric, policies=sla.policies)
        promises = np.array([metric in p.targets for p in sla.policies] + [True])
        lost = due & (target == NAT) & promises[policy]
        parts.append(
            pd.DataFrame(
                {
                    "metric": metric,
                    "policy": names[policy[lost]],
                    "priority": tables.tickets["priority"].to_numpy()[lost],
                }
            )
        )
    table = pd.concat(parts, ignore_index=True)
    return table.groupby(list(table.columns), dropna=False).size().reset_index(name="n_tickets")
