"""What is known of a simulated ticket when a touch of it can begin."""

import numpy as np
import pandas as pd

from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.draw import Drawn
from forewarn.simulation.plan import GOES_ON

MOST_TOUCHES = 5


def touch_facts(history: DeskHistory, drawn: Drawn) -> pd.DataFrame:
    """One row per touch: the ticket's attributes, the group, touches and minutes so far.

    ``held``: how the touch before ended: no wait, a pause, another wait.
    """
    plan = drawn.plan
    counts = np.diff(plan.start)
    ticket = np.repeat(np.arange(counts.size), counts)
    place = np.arange(ticket.size) - plan.start[ticket]
    worked = np.cumsum(plan.work) - plan.work
    so_far = (worked - worked[plan.start[ticket]]) / 60e6
    before = np.maximum(np.arange(ticket.size) - 1, 0)
    held = np.where(plan.wait[before] == 0, 0, np.where(plan.pauses[before], 1, 2))
    facts = history.attributes.iloc[drawn.donor[ticket]].reset_index(drop=True)
    return facts.assign(
        group=plan.group,
        touches=np.minimum(place, MOST_TOUCHES),
        minutes_so_far=so_far,
        held=np.where(place == 0, -1, held),
    )


def tickets_of(drawn: Drawn) -> np.ndarray:
    """The ticket of each touch."""
    counts = np.diff(drawn.plan.start)
    return np.repeat(np.arange(counts.size), counts)


def work_left(drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
    """True minutes of each touch, and from it until the ticket is solved."""
    minutes = drawn.plan.work / 60e6
    done = np.cumsum(minutes)
    ends = drawn.plan.solves != GOES_ON
    ends[drawn.plan.start[1:] - 1] = True
    ends = np.flatnonzero(ends)
    last = ends[np.searchsorted(ends, np.arange(minutes.size))]
    return minutes, done[last] - done + minutes


def learnable(drawn: Drawn, solved: np.ndarray, *, weeks: int = 3) -> np.ndarray:
    """Tickets to learn from: arrived ``weeks`` before the test, over before it.

    So long before it that nearly all are over: short work is not preferred.
    """
    long_ago = drawn.plan.arrived < drawn.test_begins - weeks * 7 * 86_400_000_000
    found: np.ndarray = long_ago & (solved >= 0) & (solved < drawn.test_begins)
    return found
