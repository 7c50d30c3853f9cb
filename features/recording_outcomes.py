"""Streams of what became of clocks, by everything that a promise may depend on."""

import numpy as np

from features.facts import TicketCodes
from features.outcomes import Outcomes, read_outcomes
from features.path import STATES
from features.streams import Int64, Stream, Values, build_stream
from forewarn.config import METRICS
from forewarn.sla.timelines import Timelines

BY_STATE = ("group", "priority", "category", "agent")


def outcome_streams(
    of_tickets: TicketCodes, path: Stream, timelines: Timelines, observable_at: Int64
) -> dict[str, Stream]:
    """``matured/KEY`` and ``decided/KEY`` for all, customer, BY_STATE and every text column.

    Keyed by KEY and metric. Columns ``n``, ``breached``: sums (see Outcomes).
    """
    matured, decided = read_outcomes(timelines, observable_at=observable_at)
    streams: dict[str, Stream] = {}
    for kind, outcomes in (("matured", matured), ("decided", decided)):
        order = np.argsort(outcomes.at, kind="stable")
        metric = timelines.clock_metric[outcomes.clock].astype(np.int64)
        for name, (key, size) in _keys(of_tickets, path, timelines, outcomes).items():
            streams[f"{kind}/{name}"] = build_stream(
                np.where(key < 0, -1, len(METRICS) * key + metric)[order],
                outcomes.at[order],
                n_keys=len(METRICS) * size,
                sums={"n": outcomes.n[order], "breached": outcomes.breached[order]},
            )
    return streams


def _keys(
    of_tickets: TicketCodes, path: Stream, timelines: Timelines, outcomes: Outcomes
) -> dict[str, tuple[Int64, int]]:
    """Per outcome its key, by name, and how many keys there are; states as of the outcome."""
    ticket = timelines.clock_ticket[outcomes.clock]
    state = path.last_before(ticket, _counted_at(outcomes) + 1)
    sizes = of_tickets.sizes
    keys: dict[str, Values] = {
        name: codes[ticket] for name, codes in of_tickets.codes.items() if name not in STATES
    }
    keys |= {name: path.columns[name][state] for name in BY_STATE}
    keys["customer"] = of_tickets.customer[ticket]
    every = {"all": (np.zeros(ticket.size, np.int64), 1)}
    return every | {name: (key.astype(np.int64), sizes[name]) for name, key in keys.items()}


def _counted_at(outcomes: Outcomes) -> Int64:
    """When each outcome was counted; one that is taken back leaves the key that it was put to."""
    at = outcomes.at.copy()
    back = np.flatnonzero(outcomes.n < 0)
    at[back] = outcomes.at[back - 1]
    return at
