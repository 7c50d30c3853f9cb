"""The metrics as data: which facts of a ticket begin, end, pause and cancel their clocks.

Each event of a ticket is one *signal*; a rule says which *action* each signal is in the life
of a metric's clocks. The kernel knows only actions and a few settings, so a further metric is
a further rule.
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
    GROUPED = 12
    UNGROUPED = 13
    ARRIVED = 14
    QUEUED = 15
    ANSWERED = 16
    ABANDONED = 17
    SLA_REMOVED = 18  # of every metric; the further ones of one metric each, in METRICS' order


N_SIGNALS = len(Signal) + len(METRICS)


class Action(IntEnum):
    """What happens in a life; the order is that of actions of one instant and sequence.

    STOP to DONE_CANCEL end the open clock: STOP completes it, MISS as broken, TAKE with the
    next one begun at once, ABANDON by the settings; CANCEL and REMOVE for good. DONE_* are
    those by which the ticket is solved or closed. PAUSE and RESUME tell any other status.
    """

    TARGET = 0
    STOP = 1
    CANCEL = 2
    REMOVE = 3
    ABANDON = 4
    TAKE = 5
    DONE_STOP = 6
    DONE_MISS = 7
    DONE_CANCEL = 8
    PAUSE = 9
    RESUME = 10
    BEGIN = 11


STATUSES = frozenset(
    {Signal.NEW, Signal.OPEN, Signal.PENDING, Signal.ON_HOLD, Signal.SOLVED, Signal.CLOSED}
)
DONE = frozenset({Signal.SOLVED, Signal.CLOSED})
VOID = frozenset({Signal.MERGED, Signal.DELETED, Signal.SPAM})
NO_ACTION = -1
NO_SIGNAL = -1


def removed_signal(metric: Metric) -> int:
    """The signal by which the promise of that metric alone is removed."""
    return len(Signal) + METRICS.index(metric)


class Begins(IntEnum):
    """When a BEGIN begins a clock: once; whenever none is open; or as a customer's message.

    A message asks for a first response; for a next one only after an answer to it.
    """

    ONCE = 0
    ANEW = 1
    AS_MESSAGE = 2


class Reopens(IntEnum):
    """What a reopening does: nothing, a further clock, or the old one runs on or anew.

    WAITING: a further clock where a message waits; OWNED: where a group has the ticket.
    """

    NONE = 0
    NEW_CYCLE = 1
    RESUME = 2
    RESTART = 3
    WAITING = 4
    OWNED = 5


class Change(IntEnum):
    """What another promise does to an open clock; see ``on_change``."""

    RETROACTIVE = 0
    CARRY = 1
    RESTART = 2
    FROZEN = 3


class Abandoned(IntEnum):
    """How a contact counts that gave up waiting."""

    NORMAL = 0
    MISSED = 1
    IGNORED = 2


@dataclass(frozen=True)
class MetricRule:
    """How the clocks of one metric live.

    ``actions``: per signal. ``paused``: statuses that pause. ``short_abandon``: microseconds,
    -1: the target.
    """

    metric: Metric
    actions: dict[int, Action]
    paused: frozenset[Signal]
    begins: Begins
    reopens: Reopens
    change: Change
    abandoned_within: Abandoned
    abandoned_after: Abandoned
    short_abandon: int

    @property
    def code(self) -> int:
        return METRICS.index(self.metric)


def metric_rule(metric: Metric, sla: SlaConfig) -> MetricRule:
    """The rule of a metric under the modes that the configuration names."""
    replies = (Signal.AGENT_REPLY, Signal.BOT_REPLY)[: 2 if sla.bot_replies_count else 1]
    first_done = Action.DONE_MISS if sla.unanswered == "missed" else Action.DONE_CANCEL
    answered = dict.fromkeys(replies, Action.STOP)
    begins, reopens, done, others = Begins.ONCE, Reopens.NONE, Action.DONE_STOP, {}
    if metric == "first_response":
        done, others = first_done, answered
    elif metric == "next_response":
        begins, reopens, others = Begins.AS_MESSAGE, Reopens.WAITING, answered
    elif metric == "periodic_update":
        done, others = Action.DONE_CANCEL, dict.fromkeys(replies, Action.TAKE)
    elif metric == "ownership":
        reopens = Reopens.OWNED
        others = {Signal.GROUPED: Action.TAKE, Signal.UNGROUPED: Action.STOP}
    elif metric == "answer":
        begins, done = Begins.ANEW, Action.DONE_CANCEL
        others = {Signal.ANSWERED: Action.STOP, Signal.ABANDONED: Action.ABANDON}
        others[Signal[sla.answer_starts.upper()]] = Action.BEGIN
    else:
        reopens = Reopens[sla.on_reopen.upper()]
    paused = frozenset(Signal[name.upper()] for name in sla.pause_on.get(metric, ()))
    if metric in ("first_response", "next_response"):
        others = {**others, Signal.CUSTOMER_REPLY: Action.BEGIN}
    statuses = _status_actions(paused, done)
    if metric in ("first_response", "answer") and not paused:
        statuses = dict.fromkeys(DONE, done)  # nothing comes of the others
    threshold = sla.short_abandon
    return MetricRule(
        metric,
        actions=statuses | _void_actions(metric) | others,
        paused=paused,
        begins=begins,
        reopens=reopens,
        change=Change[sla.on_change.upper()],
        abandoned_within=Abandoned[sla.abandoned_within.upper()],
        abandoned_after=Abandoned[sla.abandoned_after.upper()],
        short_abandon=-1 if threshold is None else round(threshold.total_seconds() * 1_000_000),
    )


def _status_actions(paused: frozenset[Signal], done: Action) -> dict[int, Action]:
    actions = {int(s): Action.PAUSE if s in paused else Action.RESUME for s in STATUSES - DONE}
    return actions | dict.fromkeys((int(s) for s in DONE), done)


def _void_actions(metric: Metric) -> dict[int, Action]:
    removed = (Signal.SLA_REMOVED, removed_signal(metric))
    return dict.fromkeys(VOID, Action.CANCEL) | dict.fromkeys(removed, Action.REMOVE)


def action_of_signal(rule: MetricRule) -> NDArray[np.int8]:
    """For each signal the action in the metric's lives, or NO_ACTION."""
    table = np.full(N_SIGNALS, NO_ACTION, np.int8)
    for signal, action in rule.actions.items():
        table[signal] = action
    return table


def rule_table(sla: SlaConfig) -> NDArray[np.int64]:
    """What the kernel has to know of each metric: one row each, see RULE_* in ``life``."""
    rules = (metric_rule(metric, sla) for metric in METRICS)
    return np.array(
        [
            (r.begins, r.reopens, r.change, r.abandoned_within, r.abandoned_after, r.short_abandon)
            for r in rules
        ],
        np.int64,
    )
