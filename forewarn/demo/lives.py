"""The demo's desk at work: the simulator runs it, and every ticket's log is told."""

from collections.abc import Iterator, Sequence

import numpy as np

from forewarn.demo.arrivals import Arrivals
from forewarn.demo.as_plan import Planned
from forewarn.demo.life import Life, Piece, Row
from forewarn.demo.log import ticket_ids
from forewarn.demo.plans import Plans
from forewarn.simulation.loop import run_desk
from forewarn.simulation.plan import Course, Int64, no_estimates
from forewarn.simulation.policies import TODAY, rules_of
from forewarn.sla.intervals import ALWAYS
from forewarn.sla.openings import NAT


def let_live(
    planned: Planned, arrivals: Arrivals, plans: Plans, agent_ids: Sequence[str]
) -> tuple[list[Row], Int64]:
    """The log, ticket by ticket; and rows of touch, agent, begin, end, time worked (microseconds).

    Agents take the most urgent, then the oldest ticket of their group.
    """
    course = run_desk(
        planned.plan, planned.staff, ALWAYS.openings, believed=no_estimates(0),
        rules=rules_of(TODAY), end=planned.end, whims=np.zeros(1),
    )  # fmt: skip
    rows: list[Row] = []
    parents = parents_of(arrivals)
    for ticket, pieces in _pieces(planned, course, plans, agent_ids):
        life = Life(ticket, arrivals, plans, parents[ticket], rows, planned.end)
        life.tell(pieces)
    work = course.pieces[:, :5].copy()
    work[:, 0] = planned.touch[work[:, 0]]
    return rows, work


def _pieces(
    planned: Planned, course: Course, plans: Plans, agent_ids: Sequence[str]
) -> Iterator[tuple[int, list[Piece]]]:
    """Each ticket by its position among the plans, with the work on it in order."""
    plan, pieces = planned.plan, course.pieces
    of = np.repeat(np.arange(plan.arrived.size), np.diff(plan.start))[pieces[:, 0]]
    order = np.argsort(of, kind="stable")
    until = np.searchsorted(of[order], np.arange(plan.arrived.size + 1))
    is_told = ~np.isnan(plans.routes.reply_share[planned.touch])
    for i, ticket in enumerate(planned.order.tolist()):
        replied, found = int(course.replied[i]), []
        for touch, agent, begin, end, *_ in pieces[order[until[i] : until[i + 1]]].tolist():
            is_heard = is_told[touch] and replied != NAT and begin <= replied <= end
            heard = replied if is_heard else None
            is_whole = int(course.ended[touch]) == end
            name = agent_ids[agent]
            found.append(Piece(int(planned.touch[touch]), name, begin, end, heard, is_whole))
        yield ticket, found


def parents_of(arrivals: Arrivals) -> list[str | None]:
    """For each ticket the one it would be merged into: the last of its incident or customer."""
    seen: dict[tuple[str, int], str] = {}
    names = ticket_ids(len(arrivals.created))
    parents: list[str | None] = []
    for name, customer, incident in zip(
        names, arrivals.customer.tolist(), arrivals.incident.tolist(), strict=True
    ):
        key = ("incident", incident) if incident >= 0 else ("customer", customer)
        parents.append(seen.get(key))
        seen[key] = name
    return parents
