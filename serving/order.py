"""The order of the queue: lists, guards and ties.

Ranked tickets come first, lost ones behind them (oldest first: the customer is to be told),
waiting ones, whose clocks are paused, last. Inside the ranked list the top priority is
always first, breached or not; then the tickets whose turn it is; then the rest by value.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from serving.run import Turn

_BLOCKS = ("top_priority", "turn", "value", "lost", "waiting")


def assign_lists(tickets: pd.DataFrame) -> "pd.Series[str]":
    """Which list each ticket belongs to, before the guards: ranked, lost or waiting.

    ``tickets``: one row per open ticket with is_live (a running clock that can still be
    met), is_waiting (a paused clock), has_clock. A ticket on which no promise runs is
    ranked, behind all that have one.
    """
    lists = np.select(
        [tickets["is_live"], tickets["is_waiting"], tickets["has_clock"]],
        ["ranked", "waiting", "lost"],
        default="ranked",
    )
    return pd.Series(lists, index=tickets.index, dtype="str")


def unworked(tickets: pd.DataFrame, *, top_priority: str) -> pd.DataFrame:
    """The tickets that a turn may promote: untouched, not waiting, not of the top priority."""
    may = tickets["is_unworked"] & (tickets["list"] != "waiting")
    return tickets[may & (tickets["priority"] != top_priority)]


def order_queue(tickets: pd.DataFrame, *, turns: Iterable[Turn], top_priority: str) -> pd.DataFrame:
    """The tickets in order, with ``position`` (from 1), ``placed_by`` and the final ``list``.

    ``tickets``: one row per open ticket with list, ticket_id, priority, created_at,
    next_due_at and ``urgency``: the larger, the sooner; minus infinity where nothing can
    be saved. Ties fall to the earlier due date, then the older ticket, then the id, so
    equal input gives equal order.
    """
    promoted = tickets["ticket_id"].isin({turn.ticket_id for turn in turns if turn.ticket_id})
    is_waiting = tickets["list"] == "waiting"
    block = np.select(
        [is_waiting, tickets["priority"] == top_priority, promoted, tickets["list"] == "lost"],
        [4, 0, 1, 3],
        default=2,
    )
    by_value = np.isin(block, (0, 2))
    keys = pd.DataFrame(
        {
            "block": block,
            "urgency": np.where(by_value, -tickets["urgency"], 0.0),
            "due": tickets["next_due_at"].where(by_value),
            "created_at": tickets["created_at"],
            "ticket_id": tickets["ticket_id"],
        },
        index=tickets.index,
    )
    order = keys.sort_values(list(keys.columns), kind="stable", na_position="last").index
    placed = pd.Series(np.take(_BLOCKS, block), index=tickets.index, dtype="str")
    final = tickets["list"].mask(np.isin(block, (0, 1)), "ranked")
    queue = tickets.assign(list=final, placed_by=placed).loc[order].reset_index(drop=True)
    return queue.assign(position=np.arange(1, len(queue) + 1))
