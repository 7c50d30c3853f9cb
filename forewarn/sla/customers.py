"""What is known of customers, and of their health, in the order in which it became known."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.config.references import HEALTH_COLUMNS
from forewarn.config.settings import HealthConfig
from forewarn.health import effective_scores, segment
from forewarn.sla.compiled import compiled
from forewarn.sla.events import Int64, microseconds
from forewarn.sla.policy import Column, Conditions, encode
from forewarn.tables import Tables


@dataclass(frozen=True)
class Facts:
    """Facts on customers in the order in which they became known, superseded ones left out.

    ``of_ticket``: per ticket the number of its customer, the last for none; the facts of
    customer k are ``first[k]:first[k + 1]``. ``columns``: codes per fact.
    """

    of_ticket: Int64
    first: Int64
    occurred_at: Int64
    known_at: Int64
    columns: dict[str, Column]


def read_facts(tables: Tables, looked_at: Conditions, health: HealthConfig) -> Iterator[Facts]:
    """The facts that any policy looks at: on customers, then on their health."""
    if looked_at.customers:
        yield _read(tables, tables.customers, looked_at.customers)
    if looked_at.health:
        yield _read(tables, health_facts(tables, health), looked_at.health)


def health_facts(tables: Tables, health: HealthConfig) -> pd.DataFrame:
    """The health in force, one row per customer and change: ``health_score``, ``health_segment``.

    The segment by the thresholds of the configuration.
    """
    scores = effective_scores(tables.customer_health, health=health)
    segments = [segment(score, health) for score in scores["score"]]
    frame = scores.rename(columns={"score": HEALTH_COLUMNS[0]})
    return frame.assign(**{HEALTH_COLUMNS[1]: pd.Series(segments, frame.index, dtype="str")})


def _read(tables: Tables, frame: pd.DataFrame, names: tuple[str, ...]) -> Facts:
    """A ticket without a customer belongs to a last one without facts."""
    of_ticket, of_fact = encode(tables.tickets["customer_id"], frame["customer_id"])
    n_customers = len(of_ticket.texts)
    at = microseconds(frame["occurred_at"])
    known_at = np.maximum(at, microseconds(frame["known_at"]))
    order = np.lexsort((at, known_at, of_fact.codes))
    place = np.empty(order.size, np.int64)
    place[np.lexsort((known_at, at, of_fact.codes))] = np.arange(order.size)
    order = order[place[order] == np.maximum.accumulate(place[order])]
    counts = np.bincount(of_fact.codes[order], minlength=n_customers + 1)
    return Facts(
        of_ticket=np.where(of_ticket.codes < 0, n_customers, of_ticket.codes).astype(np.int64),
        first=np.concatenate([[0], np.cumsum(counts)]),
        occurred_at=at[order],
        known_at=known_at[order],
        columns={
            name: Column(column.codes[order], column.texts)
            for name in names
            for column in encode(frame[name])
        },
    )


def latest_facts(facts: Facts, tickets: Int64, instants: Int64) -> Int64:
    """The last fact on each ticket's customer known by the instant.

    Where there is none: the position before the customer's first fact, so that the next
    position is always the first fact that becomes known later.
    """
    out = np.empty(tickets.size, np.int64)
    last_known(facts.first, facts.known_at, facts.of_ticket[tickets], instants, out)
    return out


@compiled
def last_known(
    first: NDArray[np.int64],
    known_at: NDArray[np.int64],
    key: NDArray[np.int64],
    instant: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Bisect the segment of each key for the last fact known by the instant."""
    for i in range(key.size):
        low, high = first[key[i]], first[key[i] + 1]
        while low < high:
            middle = (low + high) // 2
            if known_at[middle] <= instant[i]:
                low = middle + 1
            else:
                high = middle
        out[i] = low - 1
