"""One outage with many tickets is one item: one ticket stands for those of its incident.

Who solves the outage meets the promises of all of them at once, so the item's value is the sum
over the live clocks of all, each by its own time left and penalty, over the work of the one.
Only tickets with a clock that can still be met are taken together: lost and waiting ones stay
in their lists, since each of their customers has to be told, or is waited for.
"""

import numpy as np
import pandas as pd

from forewarn.config.settings import QueueConfig
from serving.weigh import weigh_tickets
from serving.words import count_of

_WORK = ("work_", "touch_", "reply_")


def name_incidents(tickets: pd.DataFrame) -> "pd.Series[str]":
    """Per ticket the incident that it is part of; null for none.

    ``tickets``: ticket_id and ``linked_to``: its incident, or its parent ticket. A ticket that
    others name as their parent is part of that incident itself.
    """
    linked = tickets["linked_to"].astype(object)
    is_parent = linked.isna() & tickets["ticket_id"].isin(linked.dropna())
    return linked.where(~is_parent, tickets["ticket_id"])


def form_items(
    tickets: pd.DataFrame,
    clocks: pd.DataFrame,
    *,
    queue: QueueConfig,
    by_rule: bool,
) -> pd.DataFrame:
    """The weighed tickets with parent_id (the ticket that stands for it; null: itself),
    n_children, and the value and urgency of whole items on those that stand for them.

    Children get the list ``child``. ``tickets`` and ``clocks``: see ``weigh_tickets``, with
    list, urgency and ``incident``. In front stands one of the top priority, then the parent
    ticket, then the oldest.
    """
    leader = _leaders(tickets, top_priority=queue.priorities[0])
    is_child = (leader != tickets["ticket_id"]) & leader.notna()
    n_children = leader[is_child].value_counts()
    found = tickets.assign(
        parent_id=leader.where(is_child),
        n_children=tickets["ticket_id"].map(n_children).fillna(0).astype("int64"),
        list=tickets["list"].mask(is_child, "child"),
    )
    if not is_child.any():
        return found
    return _with_sums(found, clocks, leader, queue=queue, by_rule=by_rule)


def _leaders(tickets: pd.DataFrame, *, top_priority: str) -> pd.Series:
    """Per ticket of an item of several the id of the one in front; null for all others."""
    live = tickets[(tickets["list"] == "ranked") & tickets["is_live"] & tickets["incident"].notna()]
    ordered = live.assign(
        lower=live["priority"] != top_priority, linked=live["ticket_id"] != live["incident"]
    ).sort_values(["incident", "lower", "linked", "created_at", "ticket_id"], kind="stable")
    groups = ordered.groupby("incident")["ticket_id"]
    first, size = groups.transform("first"), groups.transform("size")
    return first[size > 1].reindex(tickets.index)


def _with_sums(
    tickets: pd.DataFrame,
    clocks: pd.DataFrame,
    leader: pd.Series,
    *,
    queue: QueueConfig,
    by_rule: bool,
) -> pd.DataFrame:
    """Value and urgency of the items, each ticket weighed as if it took the work of the one."""
    members = tickets[leader.notna()]
    front = leader[leader.notna()]
    if by_rule:
        urgency = members["urgency"].groupby(front).max()
        told = pd.DataFrame({"urgency": urgency, "log_value": np.nan, "value": np.nan})
    else:
        by_id = tickets.set_index("ticket_id")
        same = [name for name in tickets.columns if name.startswith(_WORK)]
        one = members.assign(**{name: by_id.loc[front, name].to_numpy() for name in same})
        of_members = clocks[clocks["ticket_id"].isin(members["ticket_id"])]
        weighed = weigh_tickets(one, of_members, queue=queue)
        sums = weighed.groupby(front.to_numpy())["urgency"].agg(np.logaddexp.reduce)
        log_value = sums.where(np.isfinite(sums))
        told = pd.DataFrame({"urgency": sums, "log_value": log_value, "value": np.exp(log_value)})
    rows = tickets["ticket_id"].isin(told.index)
    found = tickets.copy()
    for name in told:
        found.loc[rows, name] = tickets.loc[rows, "ticket_id"].map(told[name]).to_numpy()
    return found


def item_words(queue: pd.DataFrame) -> list[str | None]:
    """What each ticket says of its incident; null where there is nothing to say."""
    columns = [queue[name] for name in ("incident", "parent_id", "n_children", "list")]
    return [_words(*row) for row in zip(*columns, strict=True)]


def _words(incident: object, parent: object, n_children: int, listed: str) -> str | None:
    """The incident, and who stands for it.

    >>> _words("I7", None, 37, "ranked"), _words("I7", "T1", 0, "child")
    ('with 37 tickets of incident I7', 'part of incident I7, for which T1 stands')
    """
    if n_children:
        return f"with {count_of(n_children, 'ticket')} of incident {incident}"
    if isinstance(parent, str):
        return f"part of incident {incident}, for which {parent} stands"
    return (
        f"part of incident {incident}" if isinstance(incident, str) and listed != "ranked" else None
    )
