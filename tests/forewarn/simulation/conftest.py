"""Small desks of which the answer is known."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from forewarn.simulation.plan import MINUTE, NO_PROMISE, Plan, Staff

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode adds no folder by itself

Queueing = tuple[Plan, Staff]


def plain_desk(n: int, *, agents: int, load: float, seed: int, priorities: int = 1) -> Queueing:
    """Poisson arrivals, exponential work of mean one minute, agents who never go home.

    Work of priority p has the mean p + 1 minutes, scaled to a mean of one over all.
    """
    rng = np.random.default_rng(seed)
    arrived = np.cumsum(rng.exponential(1 / (agents * load), n) * MINUTE).astype(np.int64)
    priority = rng.integers(0, priorities, n)
    mean = (priority + 1) / (priorities + 1) * 2
    work = np.maximum((rng.exponential(mean) * MINUTE).astype(np.int64), 1)
    nothing = np.zeros(n, np.int64)
    plan = Plan(
        arrived, priority, nothing, np.full((n, priorities, 2), NO_PROMISE),
        np.zeros((n, priorities, 2)), nothing - 1, nothing, np.arange(n + 1), nothing,
        nothing - 1, work, np.full(n, np.nan), nothing, np.zeros(n, np.bool_), nothing,
    )  # fmt: skip
    far = np.full(agents, 1 << 61)
    always = np.zeros(agents, np.int64)
    return plan, Staff(np.arange(agents + 1), always, far, far, always, np.ones((1, 1)))


@pytest.fixture(scope="session")
def queueing() -> Callable[..., Queueing]:
    """Makes a plain desk."""
    return plain_desk
