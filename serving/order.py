"""The order of the queue: lists, guards and ties.

Ranked tickets come first, lost ones behind them (oldest first: the customer is to be told),
waiting ones, whose clocks are paused, last. Inside the ranked list the top priority is
always first, breached or not; then the tickets whose turn it is, and those that a lottery picked;
then the rest by value, held steady from run to run (see ``serving.steady``).
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from serving.run import Turn
from serving.steady import Steady, steady_order

_BLOCKS = ("top_priority", "turn", "random", "value", "lost", "waiting", "child")


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
    """The tickets that a turn may promote: untouched, not waiting, not of the top priority.

    Nor one for which another ticket of its incident stands.
    """
    may = tickets["is_unworked"] & ~tickets["list"].isin(["waiting", "child"])
    return tickets[may & (tickets["priority"] != top_priority)]


def place_tickets(
    tickets: pd.DataFrame, *, turns: Iterable[Turn], top_priority: str
) -> pd.DataFrame:
    """The tickets with ``placed_by``, what decides their place, and their final ``list``."""
    promoted = tickets["ticket_id"].isin({turn.ticket_id for turn in turns if turn.ticket_id})
    rules = {
        "child": tickets["list"] == "child",
        "waiting": tickets["list"] == "waiting",
        "top_priority": tickets["priority"] == top_priority,
        "turn": promoted,
        "lost": tickets["list"] == "lost",
    }
    placed = np.select(list(rules.values()), list(rules), default="value")
    in_front = np.isin(placed, ("top_priority", "turn"))
    return tickets.assign(
        placed_by=pd.Series(placed, tickets.index, dtype="str"),
        list=tickets["list"].mask(in_front, "ranked"),
    )


def order_queue(tickets: pd.DataFrame, *, steady: Steady | None = None) -> pd.DataFrame:
    """The tickets in order, with ``position`` (from 1) and ``free_position``.

    ``tickets``: one row per open ticket with placed_by, list, ticket_id, created_at,
    next_due_at and ``urgency``: the larger, the sooner; minus infinity where nothing can
    be saved. Ties fall to the earlier due date, then the older ticket, then the id, so
    equal input gives equal order. ``steady``: what holds the tickets that are placed by value;
    ``free_position`` is where they would stand without it.
    """
    block = tickets["placed_by"].map(_BLOCKS.index).to_numpy(np.int64)
    by_value = tickets["placed_by"].isin(["top_priority", "value"])
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
    free = keys.sort_values(list(keys.columns), kind="stable", na_position="last").index
    places = np.arange(1, len(free) + 1)
    queue = tickets.loc[free].assign(free_position=places)
    if steady is not None:
        queue = _held(queue, steady)
    return queue.reset_index(drop=True).assign(position=places)


def _held(queue: pd.DataFrame, steady: Steady) -> pd.DataFrame:
    """The queue with its middle part, the tickets placed by value, in their steady order."""
    rows = np.flatnonzero(queue["placed_by"] == "value")
    part = queue.iloc[rows]
    order = steady_order(
        part["urgency"].to_numpy(np.float64),
        steady.place.loc[part.index].to_numpy(np.float64),
        moves=steady.moves,
        margin=steady.margin,
    )
    every = np.arange(len(queue))
    every[rows] = rows[order]
    return queue.iloc[every]
