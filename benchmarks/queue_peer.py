"""Our event loop beside SimPy on the same desk: Poisson arrivals, one queue, five agents.

``python -m benchmarks.queue_peer`` prints tickets per second of both, and the ratio. The
longest-waiting ticket is served first on both sides; mean waits must agree, ticket by ticket.
"""

import json
from collections.abc import Generator
from typing import Any

import numpy as np
import simpy

from benchmarks.record import middle, time_runs
from forewarn.simulation.loop import run_desk
from forewarn.simulation.plan import MINUTE, NO_PROMISE, Plan, Staff, no_estimates
from forewarn.simulation.policies import TABLE, rules_of
from forewarn.sla.intervals import ALWAYS

AGENTS, LOAD, N = 5, 0.9, 20_000


def measure_peer() -> dict[str, float]:
    """Tickets per second of SimPy and of ours, and how many times faster ours is."""
    plan, staff = desk()
    ours = our_waits(plan, staff)  # compiles
    theirs = simpy_waits(plan)
    assert np.abs(ours - theirs).max() < 1e-6, "the two desks differ"
    seconds = middle(time_runs(lambda: our_waits(plan, staff)))
    peer = middle(time_runs(lambda: simpy_waits(plan)))
    return {"ours": N / seconds, "simpy": N / peer, "ratio": peer / seconds}


def desk() -> tuple[Plan, Staff]:
    """M/M/c: minutes, exponential, mean work of one."""
    rng = np.random.default_rng(0)
    arrived = np.cumsum(rng.exponential(1 / (AGENTS * LOAD), N) * MINUTE).astype(np.int64)
    work = np.maximum((rng.exponential(1.0, N) * MINUTE).astype(np.int64), 1)
    none, far = np.zeros(N, np.int64), np.full(AGENTS, 1 << 61)
    plan = Plan(
        arrived, none, none, np.full((N, 1, 2), NO_PROMISE), np.zeros((N, 1, 2)), none - 1, none,
        np.arange(N + 1), none, none - 1, work, np.full(N, np.nan), none, np.zeros(N, np.bool_),
        none,
    )  # fmt: skip
    always = np.zeros(AGENTS, np.int64)
    return plan, Staff(np.arange(AGENTS + 1), always, far, far, always, np.ones((1, 1)))


def our_waits(plan: Plan, staff: Staff) -> np.ndarray:
    """Minutes in the queue, per ticket."""
    course = run_desk(
        plan, staff, ALWAYS.openings, believed=no_estimates(N), rules=rules_of(TABLE[0]),
        end=1 << 60, whims=np.zeros(1),
    )  # fmt: skip
    waits: np.ndarray = (course.begun - course.queued) / MINUTE
    return waits


def simpy_waits(plan: Plan) -> np.ndarray:
    """The same desk as its users write it: a resource, a process per ticket."""
    world, waits = simpy.Environment(), np.zeros(N)
    agents = simpy.Resource(world, capacity=AGENTS)

    def ticket(i: int) -> Generator[Any, Any, None]:
        with agents.request() as turn:
            yield turn
            waits[i] = world.now - arrived[i]
            yield world.timeout(work[i])

    def arrivals() -> Generator[Any, Any, None]:
        for i in range(N):
            yield world.timeout(arrived[i] - world.now)
            world.process(ticket(i))

    arrived, work = plan.arrived.tolist(), plan.work.tolist()
    world.process(arrivals())
    world.run()
    return waits / MINUTE


if __name__ == "__main__":
    print(json.dumps(measure_peer(), indent=1))
