"""A breach model for a simulated desk: what a product that sorts by probability would use."""

import numpy as np
import pandas as pd

from forewarn.simulation.donors import DeskHistory
from forewarn.simulation.draw import Drawn
from forewarn.simulation.outcome import broken_promises, open_before
from forewarn.simulation.plan import (
    GOES_ON,
    KNOTS,
    NO_PROMISE,
    Course,
    Floats,
    terms_at_arrival,
)
from forewarn.sla.openings import NAT, Openings
from models.metrics import roc_auc
from models.simulated.facts import learnable, tickets_of, touch_facts

_ROUNDS = 120
_INSTANTS = 3
_SETTINGS = {
    "objective": "binary", "learning_rate": 0.06, "num_leaves": 15, "min_data_in_leaf": 60,
    "lambda_l2": 5.0, "num_threads": 1, "verbose": -1, "seed": 0, "deterministic": True,
    "force_row_wise": True,
}  # fmt: skip


def believe_breaches(
    history: DeskHistory, drawn: Drawn, course: Course, hours: Openings
) -> tuple[Floats, float]:
    """Chance of a breach per touch, promise and KNOTS of the budget left; and its AUC.

    Learned from queued tickets before the test, seen at random instants of their waiting; the
    AUC is that of tickets which arrive in the test, under the same order of the queue.
    """
    import lightgbm as lgb

    facts = touch_facts(history, drawn)
    seen = _observations(drawn, course, hours)
    learned = learnable(drawn, course.solved)[seen["ticket"]]
    arrived = drawn.plan.arrived[seen["ticket"]]
    tested = (arrived >= drawn.test_begins) & (arrived < drawn.test_ends)
    table = _with_clock(facts, seen, drawn)
    data = lgb.Dataset(table[learned], seen["is_breached"][learned])
    model = lgb.train(_SETTINGS, data, num_boost_round=_ROUNDS)
    auc = roc_auc(seen["is_breached"][tested].to_numpy(), model.predict(table[tested]))
    recent = drawn.plan.arrived >= drawn.test_begins - 4 * 7 * 86_400_000_000
    touches = np.flatnonzero(recent[tickets_of(drawn)])
    grid = np.zeros((len(facts), 2, KNOTS.size))
    for promise in range(2):
        asked = pd.DataFrame({"touch": np.repeat(touches, KNOTS.size), "promise": promise,
                              "left": np.tile(KNOTS, touches.size)})  # fmt: skip
        asked["ticket"] = tickets_of(drawn)[asked["touch"]]
        chance = model.predict(_with_clock(facts, asked, drawn))
        grid[touches, promise] = chance.reshape(-1, KNOTS.size)
    return grid, float(auc)


def _with_clock(facts: pd.DataFrame, seen: pd.DataFrame, drawn: Drawn) -> pd.DataFrame:
    """The facts of each row's touch, and its clock."""
    promised, _ = terms_at_arrival(drawn.plan)
    target = promised[seen["ticket"], seen["promise"]] / 60e6
    left = seen["left"].to_numpy()
    table = facts.iloc[seen["touch"].to_numpy()].reset_index(drop=True)
    table["promise"], table["left"], table["target"] = seen["promise"].to_numpy(), left, target
    table["minutes_left"] = left * target
    return table


def _observations(drawn: Drawn, course: Course, hours: Openings) -> pd.DataFrame:
    """Rows of touch, ticket, promise, share of the budget left, is_breached: unbroken clocks.

    Without those whose target changed on the way: what of their budget was left is another share.
    """
    plan, rng = drawn.plan, np.random.default_rng(drawn.seed)
    touch = np.repeat(np.flatnonzero((course.begun != NAT) & ~_reopened(drawn)), _INSTANTS)
    ticket = tickets_of(drawn)[touch]
    waited = course.begun[touch] - course.queued[touch]
    at = course.queued[touch] + (rng.random(touch.size) * waited).astype(np.int64)
    paused, broken = _paused_before(drawn, course, hours), broken_promises(course)
    promised, _ = terms_at_arrival(plan)
    kept_terms = (course.target == promised)[ticket]
    rows = []
    for promise in range(2):
        elapsed = open_before(hours, plan.calendar[ticket], at)
        elapsed -= open_before(hours, plan.calendar[ticket], plan.arrived[ticket])
        elapsed -= paused[touch] if promise == 1 else 0
        target = promised[ticket, promise]
        is_open = (target != NO_PROMISE) & (elapsed < target) & kept_terms[:, promise]
        if promise == 0:
            is_open &= (course.replied[ticket] == NAT) | (course.replied[ticket] > at)
        rows.append(pd.DataFrame({
            "touch": touch, "ticket": ticket, "promise": promise,
            "left": 1 - elapsed / np.maximum(target, 1),
            "is_breached": broken[ticket, promise].astype(float),
        })[is_open])  # fmt: skip
    found: pd.DataFrame = pd.concat(rows, ignore_index=True)
    return found


def _reopened(drawn: Drawn) -> np.ndarray:
    """Touches behind a solution: their clocks are others."""
    solved = np.cumsum(drawn.plan.solves != GOES_ON)
    before = np.concatenate([[0], solved[:-1]])
    found: np.ndarray = before > before[drawn.plan.start[tickets_of(drawn)]]
    return found


def _paused_before(drawn: Drawn, course: Course, hours: Openings) -> np.ndarray:
    """Open time in pauses before each touch of its ticket."""
    plan, ticket = drawn.plan, tickets_of(drawn)
    following = np.minimum(np.arange(ticket.size) + 1, ticket.size - 1)
    stood = plan.pauses & (plan.wait > 0) & (ticket[following] == ticket)
    stood &= (course.ended != NAT) & (course.queued[following] != NAT)
    until = np.where(stood, course.queued[following], 0)
    since = np.where(stood, course.ended, 0)
    calendar = plan.calendar[ticket]
    lengths = open_before(hours, calendar, until) - open_before(hours, calendar, since)
    before = np.concatenate([[0], np.cumsum(lengths)])[:-1]
    found: np.ndarray = before - before[plan.start[ticket]]
    return found
