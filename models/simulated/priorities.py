"""When the tickets of a history were given another priority: by an agent, or by the way."""

import numpy as np
import pandas as pd

from forewarn.simulation.plan import AS_BEFORE
from forewarn.sla.events import microseconds
from forewarn.tables import Tables
from models.simulated.promises import priority_codes

Int64 = np.ndarray


def read_changes(
    tables: Tables, touches: pd.DataFrame, *, priorities: tuple[str, ...]
) -> tuple[Int64, Int64, Int64]:
    """Per touch the priority that it ends with; per ticket when it changes by the way, and to what.

    ``touches``: ticket, begin and end, sorted by both. A change within a touch is the agent's, and
    comes whenever that touch does. Any other (a rule's, an angry customer's) comes so long after
    creation; of several of one ticket the last. AS_BEFORE where there is none; microseconds.
    """
    changes = _changes(tables, priorities)
    found = pd.merge_asof(
        changes.sort_values("at", kind="stable"),
        touches[["ticket", "begin", "end"]].assign(touch=np.arange(len(touches)))
        .sort_values("begin", kind="stable"),
        left_on="at", right_on="begin", by="ticket",
    )  # fmt: skip
    is_agents = (found["at"] <= found["end"]).to_numpy()
    ends_with = np.full(len(touches), AS_BEFORE, np.int64)
    agents = found[is_agents]
    ends_with[agents["touch"].to_numpy(np.int64)] = agents["to"]  # of several the last
    others = found[~is_agents]
    ticket = others["ticket"].to_numpy(np.int64)
    after, to = (np.full(len(tables.tickets), AS_BEFORE, np.int64) for _ in range(2))
    created = microseconds(tables.tickets["created_at"])
    after[ticket] = np.maximum(others["at"] - created[ticket], 0)
    to[ticket] = others["to"]
    return ends_with, after, to


def _changes(tables: Tables, priorities: tuple[str, ...]) -> pd.DataFrame:
    """One row per change: ticket (row of the tickets), at (microseconds), to (code)."""
    events = tables.ticket_events[tables.ticket_events["kind"] == "priority_changed"]
    ticket = pd.Index(tables.tickets["ticket_id"]).get_indexer(pd.Index(events["ticket_id"]))
    frame = pd.DataFrame(
        {
            "ticket": ticket,
            "at": microseconds(events["occurred_at"]),
            "to": priority_codes(events["to_value"].to_numpy(object), priorities),
        }
    )
    known: pd.DataFrame = frame[ticket >= 0]
    return known
