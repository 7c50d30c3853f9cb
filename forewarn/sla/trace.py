"""One clock read step by step, for people: what happened, and what that did to the clock."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from forewarn.config import METRICS
from forewarn.sla.clock import NOT_STARTED, STATES, Readings, read_clocks
from forewarn.sla.events import Int64
from forewarn.sla.metrics import Action
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines
from forewarn.tables import Tables

_WORDS = {
    Action.STOP: "answered", Action.TAKE: "taken over", Action.CANCEL: "cancelled",
    Action.REMOVE: "promise removed", Action.ABANDON: "abandoned", Action.DONE_STOP: "solved",
    Action.DONE_MISS: "solved unanswered", Action.DONE_CANCEL: "solved", Action.PAUSE: "paused",
    Action.RESUME: "resumed", Action.BEGIN: "started", Action.TARGET: "promise changed",
}  # fmt: skip
"""What an action is called where it changed the clock."""


@dataclass(frozen=True)
class Step:
    """The clock from one change to the next. Instants in UTC, durations in seconds, open time.

    ``what`` began the step; ``until``: its end, the instant of the reading for the last.
    ``elapsed_seconds`` and ``held_seconds``: at its end, in all. ``due_at``: as seen at its
    end, None while paused, ended, or where nothing is promised.
    """

    at: pd.Timestamp
    until: pd.Timestamp
    what: str
    state: str
    policy: str | None
    target_seconds: float | None
    elapsed_seconds: float
    held_seconds: float
    due_at: pd.Timestamp | None
    breached_at: pd.Timestamp | None
    told_at: pd.Timestamp


def one_ticket(tables: Tables, ticket_id: str) -> Tables:
    """The tables of one ticket, with all facts on its customer; none where it is not there."""
    tickets = tables.tickets[tables.tickets["ticket_id"] == ticket_id]
    ids = tickets["customer_id"].dropna()
    return replace(
        tables,
        tickets=tickets.reset_index(drop=True),
        ticket_events=_of(tables.ticket_events, "ticket_id", tickets["ticket_id"]),
        customers=_of(tables.customers, "customer_id", ids),
        customer_health=_of(tables.customer_health, "customer_id", ids),
    )


def trace_ticket(timelines: Timelines, ticket: int, *, as_of: int) -> dict[str, list[Step]]:
    """The steps of each clock of a ticket that has started by then, by the clock's name.

    ``ticket``: position in the tickets; ``as_of``: see ``trace_clock``.
    """
    clocks = np.flatnonzero(timelines.clock_ticket == ticket).tolist()
    found = {name_of(timelines, c): trace_clock(timelines, c, as_of=as_of) for c in clocks}
    return {name: steps for name, steps in found.items() if steps}


def trace_clock(timelines: Timelines, clock: int, *, as_of: int) -> list[Step]:
    """The steps of one clock by the facts with ``known_at < as_of`` (microseconds).

    Empty where it has not started by then. Facts that change nothing make no step of their own.
    """
    life = int(timelines.clock_life[clock])
    actions = np.arange(timelines.life_start[life], timelines.life_start[life + 1])
    actions = actions[timelines.action_known_at[actions] < as_of]
    ends = np.append(timelines.action_at[actions], as_of)[1:] if actions.size else actions
    prefixes = _prefixes(timelines, clock, actions)
    count = np.arange(actions.size)
    at_end = read_clocks(prefixes, count, as_of=np.maximum(ends, timelines.action_at[actions]))
    return _steps(timelines, actions, ends, at_end)


def name_of(timelines: Timelines, clock: int) -> str:
    """``resolution``, or ``resolution 2`` for a further cycle."""
    metric, cycle = METRICS[timelines.clock_metric[clock]], timelines.clock_cycle[clock]
    return metric if cycle == 1 else f"{metric} {cycle}"


def _of(frame: pd.DataFrame, column: str, wanted: pd.Series) -> pd.DataFrame:
    return frame[frame[column].isin(wanted)].reset_index(drop=True)


def _prefixes(timelines: Timelines, clock: int, actions: Int64) -> Timelines:
    """Timelines in which clock k is the asked one after the first k + 1 actions, all told."""
    n, life = actions.size, timelines.clock_life[clock]
    taken = np.concatenate([actions[: k + 1] for k in range(n)] or [actions])
    return replace(
        timelines,
        clock_ticket=np.zeros(n, np.int64),
        clock_metric=np.repeat(timelines.clock_metric[clock : clock + 1], n),
        clock_cycle=np.repeat(timelines.clock_cycle[clock : clock + 1], n),
        clock_life=np.arange(n),
        life_metric=np.repeat(timelines.life_metric[life : life + 1], n),
        life_known_at=np.full(n, NAT),
        life_terms=np.repeat(timelines.life_terms[life : life + 1], n),
        life_start=np.concatenate([[0], np.cumsum(np.arange(1, n + 1))]),
        action_at=timelines.action_at[taken],
        action_known_at=np.full(taken.size, NAT),
        action_kind=timelines.action_kind[taken],
        action_value=timelines.action_value[taken],
    )


def _steps(timelines: Timelines, actions: Int64, ends: Int64, at_end: Readings) -> list[Step]:
    found: list[Step] = []
    before = None
    for k, action in enumerate(actions):
        now = (at_end.state[k], at_end.terms[k], at_end.started_at[k])
        if at_end.state[k] == NOT_STARTED and before is None:
            continue
        if now != before:
            found.append(_step(timelines, int(action), int(ends[k]), at_end, k))
        else:
            found[-1] = _longer(found[-1], int(ends[k]), at_end, k)
        before = now
    return found


def _step(timelines: Timelines, action: int, end: int, at_end: Readings, k: int) -> Step:
    terms = int(at_end.terms[k])
    policy = None if terms < 0 else int(timelines.terms_policy[terms])
    step = Step(
        at=_instant(int(timelines.action_at[action])),
        until=_instant(end),
        what=_WORDS[Action(timelines.action_kind[action])],
        state=STATES[at_end.state[k]],
        policy=None if policy is None or policy < 0 else timelines.policies[policy],
        target_seconds=None if terms < 0 else at_end.target[k] / 1e6,
        elapsed_seconds=0.0,
        held_seconds=0.0,
        due_at=None,
        breached_at=None,
        told_at=_instant(int(timelines.action_known_at[action])),
    )
    return _longer(step, end, at_end, k)


def _longer(step: Step, end: int, at_end: Readings, k: int) -> Step:
    """The step up to a later end."""
    due, breached = int(at_end.due_at[k]), int(at_end.breached_at[k])
    return replace(
        step,
        until=_instant(end),
        elapsed_seconds=at_end.elapsed[k] / 1e6,
        held_seconds=at_end.paused[k] / 1e6,
        due_at=None if due == NAT else _instant(due),
        breached_at=None if breached == NAT else _instant(breached),
    )


def _instant(microseconds: int) -> pd.Timestamp:
    return pd.Timestamp(microseconds, unit="us", tz="UTC")
