"""Which escalation levels running clocks have come to, and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forewarn.config import METRICS, EscalationConfig, SlaConfig
from forewarn.sla import record
from forewarn.sla.clock import RUNNING, Readings, read_clocks, walk_clocks
from forewarn.sla.events import Int64
from forewarn.sla.metrics import Action
from forewarn.sla.openings import NAT
from forewarn.sla.timelines import Timelines


class Key(NamedTuple):
    """What is raised once.

    ``epoch``: of the clock's state, its start and budget in microseconds. Another promise or a
    fresh start is another event; a pause is none.
    """

    ticket_id: str
    metric: str
    cycle: int
    level: str
    epoch: str


@dataclass(frozen=True)
class Reached:
    """A level that a running clock has come to, at ``reached_at`` (microseconds).

    ``hours``: calendar of the recipient; null: always. ``is_spent``: when the promise was made
    the budget was spent and the level reached already.
    """

    key: Key
    to: str
    hours: str | None
    reached_at: int
    is_spent: bool


class _Changes(NamedTuple):
    """Per clock when its promise was made, and when it last changed; NAT: at its start."""

    made_at: Int64
    changed_at: Int64


class _Seen(NamedTuple):
    """The asked clocks as seen at one instant."""

    timelines: Timelines
    clocks: Int64
    readings: Readings
    changes: _Changes
    as_of: int

    def rows(self, rows: Int64) -> "_Seen":
        """Some of them."""
        readings = Readings(**{n: values[rows] for n, values in vars(self.readings).items()})
        changes = _Changes(*(values[rows] for values in self.changes))
        return self._replace(clocks=self.clocks[rows], readings=readings, changes=changes)


def reached_levels(
    timelines: Timelines,
    clocks: Int64,
    sla: SlaConfig,
    *,
    ticket_ids: Sequence[str],
    as_of: int,
) -> list[Reached]:
    """The levels that running clocks have come to, by the facts with ``known_at < as_of``.

    ``ticket_ids``: of all tickets, in their order. A clock that is paused or has ended comes to
    none, nor does an imported deadline, which has no policy.
    """
    readings = read_clocks(timelines, clocks, as_of=as_of)
    seen = _Seen(timelines, clocks, readings, _changes(timelines, clocks, as_of), as_of)
    seen = seen.rows(np.flatnonzero(readings.state == RUNNING))
    return [
        found
        for policy in sla.policies
        for level in policy.escalations
        for found in _of_level(seen, policy.name, level, ticket_ids)
    ]


def _of_level(
    seen: _Seen, policy: str, level: EscalationConfig, ticket_ids: Sequence[str]
) -> Iterator[Reached]:
    timelines, terms = seen.timelines, seen.readings.terms
    in_force = np.where(terms < 0, -1, timelines.terms_policy[terms])
    holds = in_force == timelines.policies.index(policy)
    holds &= timelines.clock_metric[seen.clocks] == METRICS.index(level.metric)
    holds &= seen.readings.elapsed >= _goals(level, seen.readings.target)
    seen = seen.rows(np.flatnonzero(holds))
    at = _reached_at(seen, _goals(level, seen.readings.target))
    made_at = np.maximum(seen.changes.made_at, seen.readings.started_at)
    broken_at = seen.readings.breached_at
    is_spent = (broken_at != NAT) & (np.maximum(broken_at, at) <= made_at)
    for i, clock in enumerate(seen.clocks):
        key = Key(
            str(ticket_ids[timelines.clock_ticket[clock]]),
            level.metric,
            int(timelines.clock_cycle[clock]),
            level.name,
            f"{seen.readings.started_at[i]}+{seen.readings.target[i]}",
        )
        yield Reached(key, level.to, level.hours, int(at[i]), bool(is_spent[i]))


def _goals(level: EscalationConfig, target: Int64) -> Int64:
    """Elapsed microseconds at which the level is reached, for each target."""
    if level.before is not None:
        return np.maximum(target - round(level.before.total_seconds() * 1_000_000), 0)
    goals: Int64 = np.rint((level.at_share or 0.0) * target).astype(np.int64)
    return goals


def _changes(timelines: Timelines, clocks: Int64, as_of: int) -> _Changes:
    """When promises were made and changed, by the facts with ``known_at < as_of``."""
    pair, action = timelines.actions_of(clocks)
    told = timelines.action_known_at[action] < as_of
    told &= timelines.action_kind[action] == Action.TARGET
    pair, action = pair[told], action[told]
    terms = timelines.action_value[action].astype(np.int64)
    first = timelines.life_terms[timelines.clock_life[clocks[pair]]].astype(np.int64)
    is_first = np.concatenate([[True], pair[1:] != pair[:-1]])[: pair.size]
    before = np.where(is_first, first, np.roll(terms, 1))
    made_at, changed_at = np.full((2, clocks.size), NAT, np.int64)
    at = timelines.action_at[action]
    made, changed = (before < 0) & (terms >= 0), before != terms
    np.maximum.at(made_at, pair[made], at[made])
    np.maximum.at(changed_at, pair[changed], at[changed])
    return _Changes(made_at, changed_at)


def _reached_at(seen: _Seen, goal: Int64) -> Int64:
    """When each clock came to its goal under the promise that holds now."""
    found = np.full(goal.size, NAT, np.int64)
    for target in np.unique(seen.readings.target):
        own = np.flatnonzero(seen.readings.target == target)
        as_of = np.full(own.size, seen.as_of, np.int64)
        share = float(goal[own[0]] / target)
        walked = walk_clocks(
            seen.timelines, seen.clocks[own], as_of=as_of, until=as_of, share=share
        )
        found[own] = walked[record.REACHED]
    since = np.maximum(seen.readings.started_at, seen.changes.changed_at)
    earlier = np.flatnonzero(found < since)  # under another promise, or before a fresh start
    if earlier.size:
        found[earlier] = _searched(seen.rows(earlier), goal[earlier], since[earlier])
    return found


def _searched(seen: _Seen, goal: Int64, since: Int64) -> Int64:
    """The same where the promise changed on the way: when an observer could first see it."""

    def is_reached(instants: Int64) -> NDArray[np.bool_]:
        then, now = read_clocks(seen.timelines, seen.clocks, as_of=instants), seen.readings
        is_same = (then.target == now.target) & (then.started_at == now.started_at)
        reached: NDArray[np.bool_] = is_same & (then.elapsed >= goal)
        return reached

    at_once = is_reached(since + 1)  # what is known at an instant counts from the next one on
    low, high = since + 1, np.full(goal.size, seen.as_of, np.int64)
    while (high - low > 1).any():
        middle = low + (high - low) // 2
        reached = is_reached(middle)
        low, high = np.where(reached, low, middle), np.where(reached, middle, high)
    return np.where(at_once, since, high)
