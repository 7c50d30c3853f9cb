"""The demo's desk as the simulator runs it: the same touches, waits and agents.

The demo's history is written by a loop of its own, which keeps the log that a help desk would.
The simulator keeps none, and is compiled; on one and the same world both must do the same.
"""

import numpy as np

from forewarn.demo.catalogue import GROUPS
from forewarn.demo.desk import World
from forewarn.demo.plans import Plans
from forewarn.demo.routes import ASK, ASK_IN_VAIN, HAND_OVER, SOLVE
from forewarn.demo.staff import Staff as Hired
from forewarn.simulation.plan import GOES_ON, NEW_CLOCK, NO_PROMISE, Int64, Plan, Staff

SECOND = 1_000_000
LEAST_SECONDS = 20
"""Of a touch, as on the demo's desk."""


def plan_of_world(world: World) -> tuple[Plan, Staff, Int64]:
    """The tickets that are known before the end, by then; the agents; and each ticket's position.

    Every ticket keeps its first priority: what the first agent or an angry customer makes of it
    is not simulated. Nothing is promised; clocks stand while the customer is waited for.
    """
    known_at = world.arrivals.created + world.plans.known_after
    order = np.argsort(known_at, kind="stable")
    order = order[known_at[order] <= world.end]
    return _plan(world.plans, order, known_at[order]), _staff(world.staff), order


def _plan(plans: Plans, order: Int64, known_at: Int64) -> Plan:
    routes = plans.routes
    counts = np.diff(routes.start)[order]
    start = np.concatenate([[0], np.cumsum(counts)])
    touch = np.repeat(routes.start[order] - start[:-1], counts) + np.arange(start[-1])
    outcome, share = routes.outcome[touch], routes.reply_share[touch]
    is_public = np.isin(outcome, (SOLVE, ASK, ASK_IN_VAIN))
    seconds = np.maximum(np.ceil(60 * routes.minutes[touch]), LEAST_SECONDS)
    wait = np.where(outcome == HAND_OVER, 0, routes.wait[touch])
    return Plan(
        arrived=SECOND * known_at,
        priority=plans.priority[order],
        calendar=np.zeros(order.size, np.int64),
        target=np.full((order.size, 2), NO_PROMISE),
        penalty=np.zeros((order.size, 2)),
        start=start,
        group=routes.group[touch],
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
