"""Who wrote last: replies of customers that wait for an answer."""

import numpy as np

from features.arranging import segments
from features.by_ticket import Slots, pick_visible
from features.facts import Facts
from features.streams import Int64, Stream
from forewarn.schema import EVENT_KINDS
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT

_CUSTOMER, _ANSWER = 1, 2


def reply_stream(facts: Facts) -> Stream:
    """``reply``, keyed by ticket: replies of customers, and public ones of agents.

    ``waiting_since``: visible instant of the customer's first reply that no agent has answered
    publicly since, NAT where there is none; ``n_waiting``: how many such replies.
    """
    events, role = facts.events, _roles(facts)
    counts = np.zeros(facts.known_at.size, np.int64)
    np.add.at(counts, events.ticket[role > 0], 1)
    start = segments(counts)
    at = np.full(start[-1], NAT, np.int64)
    waiting_since = np.full(start[-1], NAT, np.int64)
    n_waiting = np.zeros(start[-1], np.int32)
    order = np.empty(int(counts.max(initial=0)), np.int64)
    _follow(events.first, events.known_at, role, order, start, at, waiting_since, n_waiting)
    return Stream(start, at, {"waiting_since": waiting_since, "n_waiting": n_waiting})


def _roles(facts: Facts) -> Slots:
    """Per event whether a customer writes, or an agent answers; what bots send is no answer."""
    events = facts.events
    is_public = facts.tables.ticket_events["is_public"].to_numpy(bool)[events.row]
    is_answer = (events.kind == EVENT_KINDS.index("agent_reply")) & is_public
    role = np.where(is_answer & ~events.is_automatic, _ANSWER, 0).astype(np.int8)
    role[events.kind == EVENT_KINDS.index("customer_reply")] = _CUSTOMER
    return role


@compiled
def _follow(  # noqa: PLR0917  # a kernel
    first: Int64,
    known_at: Int64,
    role: Slots,
    order: Int64,
    start: Int64,
    at: Int64,
    waiting_since: Int64,
    n_waiting: np.ndarray,
) -> None:
    for ticket in range(first.size - 1):
        row = start[ticket]
        for j in range(pick_visible(first, known_at, role, ticket, order)):
            i, before = order[j], row
            row += 1
            at[row] = known_at[i]
            if role[i] == _CUSTOMER:
                is_first = n_waiting[before] == 0
                waiting_since[row] = at[row] if is_first else waiting_since[before]
                n_waiting[row] = n_waiting[before] + 1
