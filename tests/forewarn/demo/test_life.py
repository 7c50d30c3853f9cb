"""The log of the demo against what the simulator did, and against the order of the desk."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from forewarn.demo.as_plan import SECOND, Planned, plan_desk
from forewarn.demo.catalogue import GROUPS, PRIORITIES
from forewarn.demo.desk import World, draw_world
from forewarn.demo.life import Life, Piece, Row
from forewarn.demo.lives import let_live
from forewarn.demo.routes import SOLVE

Log = tuple[Planned, pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def world() -> World:
    """Eight weeks."""
    return draw_world(seed=101, weeks=8)


@pytest.fixture(scope="module")
def log(world: World) -> Log:
    """The desk, its log (one row per event), and the work done (one row per piece)."""
    planned = plan_desk(world.arrivals, world.plans, world.staff, end=world.end)
    rows, work = let_live(planned, world.arrivals, world.plans, world.staff.agent_ids)
    names = ["ticket", "at", "kind", "before", "after", "actor", "by", "detail"]
    work = pd.DataFrame(work, columns=["touch", "agent", "begin", "end", "worked"])
    work["ticket"] = np.searchsorted(world.plans.routes.start, work["touch"], side="right") - 1
    work["agent"] = np.array(world.staff.agent_ids)[work["agent"]]
    work["group"] = world.plans.routes.group[work["touch"]]
    return planned, pd.DataFrame(rows, columns=names), work


def test_every_piece_of_work_begins_with_an_assignment(log: Log) -> None:
    """To the agent who does it, at that second; and nobody is assigned otherwise."""
    _, events, work = log
    told = events[events["kind"] == "assigned"]
    found = sorted(zip(told["ticket"], told["at"], told["after"], strict=True))
    done = sorted(zip(work["ticket"], work["begin"] // SECOND, work["agent"], strict=True))
    assert found == done


def test_nobody_is_passed_over(log: Log) -> None:
    """Whoever takes a ticket up, takes the most urgent of the group, and of these the oldest.

    Read from the log alone; what came into the queue in that very second does not count.
    """
    planned, events, work = log
    age = {int(ticket): i for i, ticket in enumerate(planned.order)}
    spans = waiting_spans(planned, events)
    picks = work.iloc[::7]
    for pick in picks.itertuples():
        at = pick.begin // SECOND
        own = spans[(spans["ticket"] == pick.ticket) & (spans["until"] == at)].iloc[-1]
        assert own["group"] == pick.group
        there = (spans["group"] == pick.group) & (spans["since"] < at) & (spans["until"] > at)
        others = zip(spans["priority"][there], spans["ticket"][there].map(age), strict=True)
        mine = (own["priority"], age[pick.ticket])
        assert min(others, default=mine) >= mine
    assert len(picks) > 1000


def waiting_spans(planned: Planned, events: pd.DataFrame) -> pd.DataFrame:
    """One row per time in a queue at one priority: ticket, group, priority, since, until."""
    arrived = dict(zip(planned.order.tolist(), planned.plan.arrived // SECOND, strict=True))
    priority = dict(zip(planned.order.tolist(), planned.plan.priority.tolist(), strict=True))
    first = planned.plan.group[planned.plan.start[:-1]].tolist()
    group = dict(zip(planned.order.tolist(), first, strict=True))
    found = []
    for ticket, rows in events.groupby("ticket", sort=False):
        stays = Waiting(ticket, group[ticket], priority[ticket], arrived[ticket])
        for row in rows.itertuples():
            stays.follow(row)
        stays.leave(planned.end // SECOND + 1)
        found += stays.spans
    return pd.DataFrame(found, columns=["ticket", "group", "priority", "since", "until"])


class Waiting:
    """Follows the log of one ticket; it waits at first."""

    def __init__(self, ticket: int, group: int, priority: int, since: int) -> None:
        self.ticket, self.group, self.priority, self.since = ticket, group, priority, since
        self.spans: list[tuple[int, int, int, int, int]] = []

    def leave(self, at: int) -> None:
        """The queue, if it is in one."""
        if self.since >= 0:
            self.spans.append((self.ticket, self.group, self.priority, self.since, at))
        self.since = -1

    def follow(self, row: Any) -> None:
        """One event of the log."""
        comes = row.kind in {"internal_note", "reopened"}
        comes |= row.kind == "status_changed" and row.after == "open" and row.by == "system"
        if row.kind == "assigned":
            self.leave(row.at)
        elif comes:
            self.since = row.at
        elif row.kind == "status_changed" and row.after in {"on_hold", "pending"}:
            self.since = -1
        elif row.kind == "group_changed":
            self.group = [name for name, _, _ in GROUPS].index(row.after)
        elif row.kind == "priority_changed":
            was_waiting = self.since >= 0
            self.leave(row.at)
            self.priority = PRIORITIES.index(row.after)
            self.since = row.at if was_waiting else -1


def told(world: World, ticket: int, pieces: list[Piece]) -> list[tuple[object, ...]]:
    """Seconds after creation, kind, and what it became, of one ticket's log."""
    rows: list[Row] = []
    life = Life(ticket, world.arrivals, world.plans, "T000007", rows, SECOND * world.end)
    life.tell(pieces)
    return [(at - life.created, kind, after) for _, at, kind, _, after, *_ in rows]


def test_nobody_works_on_it_and_the_customer_gets_angry(world: World) -> None:
    """The management raises it once, a reminder comes; nothing else happens."""
    plans = world.plans
    ticket = int(np.flatnonzero(
        (plans.escalates_after > 0) & (plans.chases_after > 0) & (plans.priority == 2)
        & (plans.channel == 0)
    )[0])  # fmt: skip
    known = int(plans.known_after[ticket])
    escalates = max(known, int(plans.escalates_after[ticket]))
    chases = max(known, int(plans.chases_after[ticket]))
    assert told(world, ticket, []) == [
        (0, "created", "new"),
        *sorted([(escalates, "escalated", None), (escalates, "priority_changed", "high"),
                 (chases, "customer_reply", None)], key=lambda row: row[0]),
    ]  # fmt: skip


def test_a_touch_that_was_cut_goes_on_with_a_colleague(world: World) -> None:
    """Two assignments, the reply within the first piece, and one solution."""
    plans, routes = world.plans, world.plans.routes
    single = np.diff(routes.start) == 1
    first = routes.start[:-1]
    plain = single & (routes.outcome[first] == SOLVE) & (plans.channel == 0)
    plain &= (plans.escalates_after < 0) & (plans.chases_after < 0) & (plans.new_priority < 0)
    ticket = int(np.flatnonzero(plain & (plans.rated_after < 0))[0])
    touch, at = int(first[ticket]), SECOND * int(world.arrivals.created[ticket])
    hour = 3600 * SECOND
    pieces = [
        Piece(touch, "A01", at + hour, at + 2 * hour, at + hour + 60 * SECOND, is_whole=False),
        Piece(touch, "A02", at + 3 * hour, at + 4 * hour, None, is_whole=True),
    ]
    assert told(world, ticket, pieces) == [
        (0, "created", "new"),
        (3600, "assigned", "A01"),
        (3600, "status_changed", "open"),
        (3660, "agent_reply", None),
        (7200, "internal_note", None),
        (10800, "assigned", "A02"),
        (14400, "agent_reply", None),
        (14400, "solved", "solved"),
        (14400 + 5 * 86400, "closed", "closed"),
    ]
