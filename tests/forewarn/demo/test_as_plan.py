"""The demo's loop and the simulator, two programs, on one and the same desk."""

from dataclasses import replace

import numpy as np
import pytest

from forewarn.demo.as_plan import SECOND, plan_of_world
from forewarn.demo.catalogue import GROUPS
from forewarn.demo.desk import World, draw_world
from forewarn.demo.work import Desk, parents_of
from forewarn.simulation.loop import run_desk
from forewarn.simulation.plan import Course, Plan, no_estimates
from forewarn.simulation.policies import TODAY, rules_of
from forewarn.sla.intervals import ALWAYS
from forewarn.sla.openings import NAT


@pytest.fixture(scope="module")
def world() -> World:
    """Twelve weeks in which nobody changes a priority, which the simulator does not do."""
    drawn = draw_world(seed=101, weeks=12)
    never = np.full(len(drawn.arrivals.created), -1)
    return replace(drawn, plans=replace(drawn.plans, new_priority=never, escalates_after=never))


@pytest.fixture(scope="module")
def demo(world: World) -> np.ndarray:
    """Rows of touch, agent, begin, end, seconds, as the demo's loop works."""
    desk = Desk(world.arrivals, world.plans, world.staff, parents_of(world.arrivals), world.end)
    desk.run()
    return np.array(desk.work)


@pytest.fixture(scope="module")
def simulated(world: World) -> tuple[Plan, Course]:
    """The same by the simulator, in the order of today."""
    plan, staff, _ = plan_of_world(world)
    course = run_desk(
        plan, staff, ALWAYS.openings, believed=no_estimates(0), rules=rules_of(TODAY),
        end=SECOND * world.end, whims=np.zeros(1),
    )  # fmt: skip
    return plan, course


def test_both_work_on_as_many_touches(demo: np.ndarray, simulated: tuple[Plan, Course]) -> None:
    """Of some 14,000 touches; pieces of work too, as both cut a touch before an absence."""
    _, course = simulated
    assert (course.begun != NAT).sum() == pytest.approx(np.unique(demo[:, 0]).size, rel=0.002)
    assert len(course.pieces) == pytest.approx(len(demo), rel=0.002)


def test_both_are_as_busy(demo: np.ndarray, simulated: tuple[Plan, Course]) -> None:
    """Seconds that each agent works, within half a percent of all their time."""
    busy = np.bincount(demo[:, 1], demo[:, 4])
    assert simulated[1].busy.sum() / SECOND == pytest.approx(busy.sum(), rel=0.005)
    assert simulated[1].busy / SECOND == pytest.approx(busy, rel=0.05)


def test_tickets_wait_as_long(
    world: World, demo: np.ndarray, simulated: tuple[Plan, Course]
) -> None:
    """Mean hours until the first touch, by group; whole seconds and ties part the two a little."""
    routes = world.plans.routes
    first = routes.start[:-1]
    begun = np.full(routes.group.size, -1)
    begun[demo[::-1, 0]] = demo[::-1, 2]  # of several pieces the first
    known_at = world.arrivals.created + world.plans.known_after
    waited = np.where(begun[first] < 0, np.nan, begun[first] - known_at) / 3600
    plan, course = simulated
    own = plan.start[:-1]
    ours = np.where(course.begun[own] == NAT, np.nan, course.begun[own] - plan.arrived) / 3.6e9
    for group in range(len(GROUPS)):
        theirs = np.nanmean(waited[routes.group[first] == group])
        assert np.nanmean(ours[plan.group[own] == group]) == pytest.approx(theirs, rel=0.05)
