"""What the simulator is given of the demo's desk."""

import numpy as np
import pytest

from forewarn.demo.as_plan import SECOND, Planned, plan_desk
from forewarn.demo.desk import World, draw_world
from forewarn.demo.routes import ASK, ASK_IN_VAIN, HAND_OVER
from forewarn.simulation.plan import AS_BEFORE


@pytest.fixture(scope="module")
def world() -> World:
    """Eight weeks."""
    return draw_world(seed=101, weeks=8)


@pytest.fixture(scope="module")
def planned(world: World) -> Planned:
    """The same for the simulator."""
    return plan_desk(world.arrivals, world.plans, world.staff, end=world.end)


def test_tickets_come_when_the_desk_knows_of_them(world: World, planned: Planned) -> None:
    """By that instant, each once; what is known after the end is left out."""
    known_at = world.arrivals.created + world.plans.known_after
    assert (np.diff(planned.plan.arrived) >= 0).all()
    assert (planned.plan.arrived == SECOND * known_at[planned.order]).all()
    assert sorted(planned.order) == np.flatnonzero(known_at <= world.end).tolist()


def test_touches_are_those_of_the_routes(world: World, planned: Planned) -> None:
    """In order, with their work, group and wait; clocks stand while the customer is asked."""
    routes, plan = world.plans.routes, planned.plan
    for i in (0, 1, 500, len(planned.order) - 1):
        theirs = np.arange(*routes.start[planned.order[i] : planned.order[i] + 2])
        assert planned.touch[plan.start[i] : plan.start[i + 1]].tolist() == theirs.tolist()
    minutes = routes.minutes[planned.touch]
    assert (np.abs(plan.work / (60 * SECOND) - np.maximum(minutes, 1 / 3)) <= 1 / 60).all()
    outcome = routes.outcome[planned.touch]
    assert (plan.pauses == np.isin(outcome, (ASK, ASK_IN_VAIN))).all()
    assert (plan.wait[outcome == HAND_OVER] == 0).all()


def test_priorities_change_as_planned(world: World, planned: Planned) -> None:
    """By the first agent, as the first touch ends; by the management a step, never to urgent."""
    plans, plan = world.plans, planned.plan
    first = plan.start[:-1]
    assert (plan.priority_after[first] == plans.new_priority[planned.order]).all()
    assert (np.delete(plan.priority_after, first) == AS_BEFORE).all()
    raised = plan.changes_after >= 0
    assert 0.01 < raised.mean() < 0.2
    assert (plan.changes_to[raised] == plan.priority[raised] - 1).all()
    assert plan.changes_to[raised].min() == 1
    created = world.arrivals.created[planned.order]
    at = np.maximum(created + plans.escalates_after[planned.order], plan.arrived // SECOND)
    assert (plan.arrived + plan.changes_after == SECOND * at)[raised].all()
