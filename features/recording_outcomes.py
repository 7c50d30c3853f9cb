"""Streams of what became of clocks, by everything that a promise may depend on."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.arranging import build_sums
from features.facts import TicketCodes
from features.ordering import order_by_instant
from features.outcomes import Counts, Outcomes, read_outcomes
from features.states import STATES
from features.streams import Int64, Stream, Values
from forewarn.config import METRICS
from forewarn.sla.parts import side_by_side
from forewarn.sla.timelines import Timelines

BY_STATE = ("group", "priority", "category", "agent")


def outcome_streams(
    of_tickets: TicketCodes, path: Stream, timelines: Timelines, observable_at: Int64
) -> dict[str, Stream]:
    """``matured/KEY`` and ``decided/KEY`` for all, customer, BY_STATE and every text column.

    Keyed by KEY and metric. Columns ``n``, ``breached``: sums (see Outcomes).
    """
    streams: dict[str, Stream] = {}
    both = list(read_outcomes(timelines, observable_at=observable_at))
    for kind in ("matured", "decided"):
        outcomes = _in_order(both.pop(0), path, timelines)
        works: dict[str, Callable[[], Stream]] = {
            f"{kind}/{name}": partial(_stream, outcomes, key, size)
            for name, (key, size) in _keys(of_tickets, path, outcomes).items()
        }
        streams |= side_by_side(works)
    return streams


class _Ordered(NamedTuple):
    """Outcomes in the order of ``at``, with what their clocks are.

    ``counts``: ``n`` and ``breached`` (see Outcomes), one row each.
    ``state``: per outcome the row of the path that was the latest when it was counted.
    """

    at: Int64
    counts: Counts
    metric: NDArray[np.int8]
    ticket: Int64
    state: Int64


def _in_order(outcomes: Outcomes, path: Stream, timelines: Timelines) -> _Ordered:
    ticket = timelines.clock_ticket[outcomes.clock]
    state = path.last_before(ticket, _counted_at(outcomes) + 1)
    order = order_by_instant(outcomes.at)
    counts = np.stack([outcomes.n[order], outcomes.breached[order]])
    metric = timelines.clock_metric[outcomes.clock]
    return _Ordered(outcomes.at[order], counts, metric[order], ticket[order], state[order])


def _keys(
    of_tickets: TicketCodes, path: Stream, outcomes: _Ordered
) -> dict[str, tuple[Values | None, int]]:
    """Per outcome its key, by name, and how many keys there are; None: all have the same."""
    sizes = of_tickets.sizes
    keys: dict[str, Values] = {
        name: codes[outcomes.ticket]
        for name, codes in of_tickets.codes.items()
        if name not in STATES
    }
    keys |= {name: path.columns[name][outcomes.state] for name in BY_STATE}
    keys["customer"] = of_tickets.customer[outcomes.ticket]
    return {"all": (None, 1)} | {name: (key, sizes[name]) for name, key in keys.items()}


def _stream(outcomes: _Ordered, key: Values | None, size: int) -> Stream:
    metric = outcomes.metric.astype(np.int64)
    if key is not None:
        codes = key.astype(np.int64)
        metric = np.where(codes < 0, -1, len(METRICS) * codes + metric)
    start, at, (n, breached) = build_sums(
        metric, outcomes.at, outcomes.counts, n_keys=len(METRICS) * size
    )
    return Stream(start, at, {"n": n, "breached": breached})


def _counted_at(outcomes: Outcomes) -> Int64:
    """When each outcome was counted; one that is taken back leaves the key that it was put to."""
    at = outcomes.at.copy()
    back = np.flatnonzero(outcomes.n < 0)
    at[back] = outcomes.at[back - 1]
    return at
