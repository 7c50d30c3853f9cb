"""The metrics as data: which facts of a ticket start, stop, pause and cancel their clocks.

Each event of a ticket is one *signal*; a rule says what each signal does to the clock of a
metric. The kernel knows only actions, so a further metric is a further rule.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from forewarn.config import METRICS, Metric, SlaConfig


class Signal(IntEnum):
    """What an event says to clocks; the first six are the status categories, in their order."""

    NEW = 0
    OPEN = 1
    PENDING = 2
    ON_HOLD = 3
    SOLVED = 4
    CLOSED = 5
    AGENT_REPLY = 6
    BOT_REPLY = 7
    CUSTOMER_REPLY = 8
    MERGED = 9
    DELETED = 10
    SPAM = 11
    SLA_REMOVED = 12
    FIRST_RESPONSE_REMOVED = 13
    RESOLUTION_REMOVED = 14


class Action(IntEnum):
    """What happens to a clock; the order is that of actions of one instant and sequence."""

    ATTACH = 0
    TARGET = 1
    STOP = 2
    MISS = 3
    CANCEL = 4
    REMOVE = 5
    PAUSE = 6
    RESUME = 7


STATUSES = frozenset(
    {Signal.NEW, Signal.OPEN, Signal.PENDING, Signal.ON_HOLD, Signal.SOLVED, Signal.CLOSED}
)
DONE = frozenset({Signal.SOLVED, Signal.CLOSED})
VOID = frozenset({Signal.MERGED, Signal.DELETED, Signal.SPAM})
REMOVED: dict[Metric, Signal] = {
    "first_response": Signal.FIRST_RESPONSE_REMOVED,
    "resolution": Signal.RESOLUTION_REMOVED,
}
NO_ACTION = -1
NO_SIGNAL = -1


@dataclass(frozen=True)
class MetricRule:
    """How the clocks of one metric live.

    Every clock starts with its ticket; ``waits_for_customer``: that of a ticket which an agent
    created starts at the first public message of the customer instead. ``missed``: signals
    that end the clock as broken. ``has_cycles``: a reopened ticket gets a further clock.
    """

    metric: Metric
    completed: frozenset[Signal]
    missed: frozenset[Signal]
    cancelled: frozenset[Signal]
    removed: frozenset[Signal]
    paused: frozenset[Signal]
    waits_for_customer: bool
    has_cycles: bool

    @property
    def code(self) -> int:
        return METRICS.index(self.metric)


def metric_rule(metric: Metric, sla: SlaConfig) -> MetricRule:
    """The rule of a metric under the modes that the configuration names."""
    paused = frozenset(Signal[name.upper()] for name in sla.pause_on.get(metric, ()))
    removed = frozenset({Signal.SLA_REMOVED, REMOVED[metric]})
    if metric == "resolution":
        return MetricRule(
            metric,
            completed=DONE,
            missed=frozenset(),
            cancelled=VOID,
            removed=removed,
            paused=paused,
            waits_for_customer=False,
            has_cycles=sla.on_reopen == "new_cycle",
        )
    missed = DONE if sla.unanswered == "missed" else frozenset[Signal]()
    replies = (Signal.AGENT_REPLY, Signal.BOT_REPLY)
    return MetricRule(
        metric,
        completed=frozenset(replies if sla.bot_replies_count else replies[:1]),
        missed=missed,
        cancelled=VOID | (DONE - missed),
        removed=removed,
        paused=paused,
        waits_for_customer=True,
        has_cycles=False,
    )


def action_of_signal(rule: MetricRule) -> NDArray[np.int8]:
    """For each signal the action on the metric's clocks, or NO_ACTION."""
    table = np.full(len(Signal), NO_ACTION, np.int8)
    if rule.paused:
        table[list(STATUSES)] = Action.RESUME
        table[list(rule.paused)] = Action.PAUSE
    for signals, action in (
        (rule.removed, Action.REMOVE),
        (rule.cancelled, Action.CANCEL),
        (rule.missed, Action.MISS),
        (rule.completed, Action.STOP),
    ):
        table[list(signals)] = action
    return table
