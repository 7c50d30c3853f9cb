"""Streams of matured outcomes by everything that a promise may depend on."""

import numpy as np

from features.facts import Facts
from features.outcomes import Outcomes, matured_outcomes
from features.path import STATES
from features.streams import Int64, Stream, build_stream
from forewarn.sla.timelines import Timelines

BY_STATE = ("group", "priority", "category", "agent")


def outcome_streams(
    facts: Facts, path: Stream, timelines: Timelines, observable_at: Int64
) -> dict[str, Stream]:
    """``outcome/KEY`` for all, customer, the states of BY_STATE, and every text column.

    Keyed by KEY and metric. Columns ``n``, ``breached``, ``used``: sums (see Outcomes).
    """
    outcomes = matured_outcomes(timelines, observable_at=observable_at)
    order = np.argsort(outcomes.at, kind="stable")
    ticket = timelines.clock_ticket[outcomes.clock]
    metric = timelines.clock_metric[outcomes.clock].astype(np.int64)
    state = path.last_before(ticket, _counted_at(outcomes) + 1)
    keys: dict[str, tuple[Int64, int]] = {
        "all": (np.zeros(ticket.size, np.int64), 1),
        "customer": (facts.customer[ticket].astype(np.int64), len(facts.words["customer"])),
    }
    for name in BY_STATE:
        keys[name] = (path.take(name, state).astype(np.int64), len(facts.words[name]))
    for name, codes in facts.codes.items():
        if name not in STATES:
            keys[name] = (codes[ticket].astype(np.int64), len(facts.words[name]))
    sums = {"n": outcomes.n, "breached": outcomes.breached, "used": outcomes.used}
    ordered = {name: values[order] for name, values in sums.items()}
    return {
        f"outcome/{name}": build_stream(
            np.where(key < 0, -1, 2 * key + metric)[order], outcomes.at[order],
            n_keys=2 * size, sums=ordered,
        )
        for name, (key, size) in keys.items()
    }  # fmt: skip


def _counted_at(outcomes: Outcomes) -> Int64:
    """When each outcome was counted; one that is taken back leaves the key that it was put to."""
    at = outcomes.at.copy()
    back = np.flatnonzero(outcomes.n < 0)
    at[back] = outcomes.at[back - 1]
    return at
