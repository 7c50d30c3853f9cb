"""Who has how much to do: tickets entering and leaving groups, agents, customers and the desk.

Taken from the paths of tickets, so a change counts from the instant at which it was visible.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.path import is_open, is_waiting
from features.spec import HOUR
from features.streams import Floats, Int64, Stream, build_stream
from forewarn.sla.compiled import compiled

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Steps:
    """One row per visible change of a ticket, in the order of ``at``; holders are few, so
    their streams are sorted then.

    ``was_open``, ``is_open``: unsolved before and after it; ``was_top``, ``is_top``: of the top
    priority; ``was_waiting``, ``is_waiting``: for a customer or a third party.
    ``row``: in the stream of paths; the row before it holds the states before.
    """

    ticket: Int64
    at: Int64
    row: Int64
    was_open: Flags
    is_open: Flags
    was_top: Flags
    is_top: Flags
    was_waiting: Flags
    is_waiting: Flags


def read_steps(path: Stream, *, top_priority: int) -> Steps:
    """The steps of all tickets. ``top_priority``: its code; -1: there is none."""
    is_root = np.zeros(path.at.size, bool)
    is_root[path.start[:-1]] = True
    row = np.flatnonzero(~is_root)
    order = np.argsort(path.at[row], kind="stable")
    row = row[order]
    ticket = np.repeat(np.arange(path.n_keys + 1), np.diff(path.start) - 1)[order]
    status, priority = path.columns["status"], path.columns["priority"]
    unsolved, waits = is_open(status), is_waiting(status)
    top = (priority == top_priority) & (top_priority >= 0)
    return Steps(
        ticket, path.at[row], row, unsolved[row - 1], unsolved[row],
        top[row - 1], top[row], waits[row - 1], waits[row],
    )  # fmt: skip


def backlog_stream(steps: Steps, before: Int64, after: Int64, *, n_keys: int) -> Stream:
    """Open tickets by holder; ``before`` and ``after``: per step who has the ticket, -1 nobody.

    Columns: ``n_open``, ``n_top``, ``n_waiting`` of them; ``open_hours``: the sum of n_open
    over time, up to the fact.
    """
    moved = before != after
    changed = (
        moved
        | (steps.was_open != steps.is_open)
        | (steps.was_top != steps.is_top)
        | (steps.was_waiting != steps.is_waiting)
    )
    leaving = np.flatnonzero(changed & steps.was_open)
    entering = np.flatnonzero(changed & steps.is_open)
    sums = {
        "n_open": (steps.was_open[leaving], steps.is_open[entering]),
        "n_top": (steps.was_top[leaving], steps.is_top[entering]),
        "n_waiting": (steps.was_waiting[leaving], steps.is_waiting[entering]),
    }
    at = np.concatenate([steps.at[leaving], steps.at[entering]])
    order = np.argsort(at, kind="stable")
    stream = build_stream(
        np.concatenate([before[leaving], after[entering]])[order],
        at[order],
        n_keys=n_keys,
        sums={n: _signed(out, into)[order] for n, (out, into) in sums.items()},
    )
    hours = np.zeros(stream.at.size)
    _area(stream.start, stream.at, stream.columns["n_open"].astype(np.float64), hours)
    return Stream(stream.start, stream.at, {**stream.columns, "open_hours": hours})


def _signed(out: Flags, into: Flags) -> NDArray[np.int32]:
    """What a level loses and gains."""
    return np.concatenate([-out.astype(np.int32), into.astype(np.int32)])


def arrivals(steps: Steps, before: Int64, after: Int64, *, n_keys: int) -> Stream:
    """Tickets that come to a holder: new ones, reopened ones, and those handed over."""
    rows = np.flatnonzero(steps.is_open & (~steps.was_open | (before != after)))
    return build_stream(after[rows], steps.at[rows], n_keys=n_keys)


def solutions(steps: Steps, before: Int64, created_at: Int64, *, n_keys: int) -> Stream:
    """Tickets that a holder gets off the desk.

    Columns ``hours``: since creation, summed; ``taken``: the same of each.
    """
    rows = np.flatnonzero(steps.was_open & ~steps.is_open)
    taken = (steps.at[rows] - created_at[steps.ticket[rows]]) / HOUR
    return build_stream(
        before[rows], steps.at[rows], n_keys=n_keys, states={"taken": taken}, sums={"hours": taken}
    )


@compiled
def _area(start: Int64, at: Int64, level: Floats, area: Floats) -> None:
    """Integrate a level over time within each key."""
    for key in range(start.size - 1):
        for i in range(start[key] + 2, start[key + 1]):
            area[i] = area[i - 1] + level[i - 1] * ((at[i] - at[i - 1]) / 3.6e9)
