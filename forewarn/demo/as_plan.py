"""The demo's desk as the simulator runs it: tickets with their touches, agents, no promises."""

from typing import NamedTuple

import numpy as np

from forewarn.demo.arrivals import Arrivals
from forewarn.demo.catalogue import GROUPS, PRIORITIES
from forewarn.demo.plans import Plans
from forewarn.demo.routes import ASK, ASK_IN_VAIN, HAND_OVER, SOLVE
from forewarn.demo.staff import Staff as Hired
from forewarn.simulation.plan import (
    AS_BEFORE,
    GOES_ON,
    NEW_CLOCK,
    NO_PROMISE,
    Int64,
    Plan,
    Staff,
)

SECOND = 1_000_000
LEAST_SECONDS = 20
"""Of a touch."""


class Planned(NamedTuple):
    """What the simulator runs.

    ``order``: position of each ticket in ``Plans``; ``touch``: of each touch in ``Routes``;
    ``end``: the instant before which things happen, microseconds.
    """

    plan: Plan
    staff: Staff
    order: Int64
    touch: Int64
    end: int


def plan_desk(arrivals: Arrivals, plans: Plans, hired: Hired, *, end: int) -> Planned:
    """The tickets that are known by ``end`` (epoch seconds), in that order, and the agents.

    Their clocks stand while the customer is waited for; nothing is promised. A ticket whose
    customer turns to the management, while the clock runs, gets the priority above the one that
    it came with, but never the most urgent.
    """
    known_at = arrivals.created + plans.known_after
    order = np.argsort(known_at, kind="stable")
    order = order[known_at[order] <= end]
    routes = plans.routes
    counts = np.diff(routes.start)[order]
    start = np.concatenate([[0], np.cumsum(counts)])
    touch = np.repeat(routes.start[order] - start[:-1], counts) + np.arange(start[-1])
    plan = _plan(plans, order, touch, start, known_at[order])
    return Planned(plan, _staff(hired), order, touch, SECOND * end + 1)


def _plan(plans: Plans, order: Int64, touch: Int64, start: Int64, known_at: Int64) -> Plan:
    routes, priority, n = plans.routes, plans.priority[order], order.size
    outcome, share = routes.outcome[touch], routes.reply_share[touch]
    is_public = np.isin(outcome, (SOLVE, ASK, ASK_IN_VAIN))
    seconds = np.maximum(np.ceil(60 * routes.minutes[touch]), LEAST_SECONDS)
    wait = np.where(outcome == HAND_OVER, 0, routes.wait[touch])
    changes = (plans.escalates_after[order] >= 0) & (priority > 1)
    after = np.maximum(plans.escalates_after - plans.known_after, 0)[order]
    ends_with = np.full(touch.size, AS_BEFORE)
    ends_with[start[:-1]] = plans.new_priority[order]
    return Plan(
        arrived=SECOND * known_at,
        priority=priority,
        calendar=np.zeros(n, np.int64),
        target=np.full((n, len(PRIORITIES), 2), NO_PROMISE),
        penalty=np.zeros((n, len(PRIORITIES), 2)),
        changes_after=np.where(changes, SECOND * after, AS_BEFORE),
        changes_to=np.where(changes, priority - 1, AS_BEFORE),
        start=start,
        group=routes.group[touch],
        priority_after=ends_with,
        work=SECOND * seconds.astype(np.int64),
        reply_share=np.where(np.isnan(share) & is_public, 1.0, share),
        wait=SECOND * wait,
        pauses=np.isin(outcome, (ASK, ASK_IN_VAIN)),
        solves=np.where(outcome == SOLVE, NEW_CLOCK, GOES_ON),
    )


def _staff(hired: Hired) -> Staff:
    """Every agent with the group of each window, at the same pace in all groups."""
    n_agents, n_groups = len(hired.agent_ids), len(GROUPS)
    offset = np.concatenate([[0], np.cumsum([len(starts) for starts in hired.starts])])
    starts, ends, until, group = (
        np.concatenate([np.array(column, np.int64) for column in columns])
        for columns in (hired.starts, hired.ends, hired.released, hired.groups)
    )
    agent = np.repeat(np.arange(n_agents), np.diff(offset))
    pace = np.zeros((n_agents * n_groups, n_groups))
    for row in range(len(pace)):
        pace[row, row % n_groups] = hired.speeds[row // n_groups]
    return Staff(
        offset, SECOND * starts, SECOND * ends, SECOND * until, n_groups * agent + group, pace
    )
