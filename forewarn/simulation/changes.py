"""What if: other staff, an incident, other promises on a drawn desk; all else stays as it was."""

from dataclasses import dataclass, replace

import numpy as np

from forewarn.errors import DataError
from forewarn.simulation.donors import CLOSED, DeskHistory
from forewarn.simulation.draw import Drawn, plan_of
from forewarn.simulation.plan import NO_PROMISE, Int64, Staff

HOUR = 3_600_000_000
NEAR = HOUR // 2
"""An agent belongs to a shift that begins within this time of the agent's usual begin."""
INCIDENT_AT = 10 * HOUR
"""After midnight of the first open day of the test."""


@dataclass(frozen=True)
class StaffChange:
    """``n`` more agents in a group (fewer: negative), of the shift that begins at ``begins``.

    ``begins``: microseconds after local midnight; None: of any shift.
    """

    group: str
    n: int
    begins: int | None = None


def with_agents(history: DeskHistory, drawn: Drawn, change: StaffChange) -> Drawn:
    """The same desk with other staff from the test on; added agents work like present ones.

    Raises DataError where the group or shift has no agents, or not so many.
    """
    group = group_code(history, change.group)
    alike = _agents_of(history, drawn, group, change.begins)
    if not alike.size or alike.size + change.n < 0:
        shift = "" if change.begins is None else f" of the shift from {_clock(change.begins)}"
        raise DataError(
            f"group {change.group!r}{shift} has {alike.size} agents in the simulated weeks; "
            f"{change.n:+d} is not possible"
        )
    staff = drawn.staff
    agent = np.repeat(np.arange(staff.offset.size - 1), np.diff(staff.offset))
    later = staff.starts >= drawn.test_begins
    if change.n < 0:
        leaves = np.isin(agent, alike[change.n :])
        last = np.where(leaves, np.minimum(staff.until, drawn.test_begins), staff.until)
        before = _last_end(staff, agent, drawn.test_begins)[agent]
        until = np.where(leaves & ~later, np.minimum(last, before), staff.until)
        return replace(drawn, staff=_rows(staff._replace(until=until), agent, ~(leaves & later)))
    rows, owners = [np.arange(agent.size)], [agent]
    for i in range(change.n):
        copied = np.flatnonzero((agent == alike[i % alike.size]) & later)
        rows.append(copied)
        owners.append(np.full(copied.size, staff.offset.size - 1 + i))
    return replace(drawn, staff=_pick(staff, np.concatenate(rows), np.concatenate(owners)))


def agents_of(history: DeskHistory, drawn: Drawn, group: str) -> int:
    """How many agents serve a group in the test; DataError where there is no such group."""
    return int(_agents_of(history, drawn, group_code(history, group), None).size)


def group_code(history: DeskHistory, name: str) -> int:
    """Position of a group; DataError where there is none of that name."""
    if name not in history.groups:
        known = ", ".join(history.groups)
        raise DataError(f"no group {name!r} works in the history; there are: {known}")
    return history.groups.index(name)


def _agents_of(history: DeskHistory, drawn: Drawn, group: int, begins: int | None) -> Int64:
    staff = drawn.staff
    agent = np.repeat(np.arange(staff.offset.size - 1), np.diff(staff.offset))
    serves = (staff.pace[staff.skill, group] > 0) & (staff.starts >= drawn.test_begins)
    found = np.unique(agent[serves])
    if begins is None:
        return found
    usual = [float(np.median(history.shift_begin[history.present_agent == a])) for a in found]
    return found[np.abs(np.array(usual) - begins) <= NEAR] if found.size else found


def _last_end(staff: Staff, agent: Int64, before: int) -> Int64:
    """Per agent the end of the last window that begins before an instant."""
    found = np.zeros(staff.offset.size - 1, np.int64)
    mine = staff.starts < before
    np.maximum.at(found, agent[mine], staff.ends[mine])
    return found


def _rows(staff: Staff, agent: Int64, kept: np.ndarray) -> Staff:
    return _pick(staff, np.flatnonzero(kept), agent[kept], n_agents=staff.offset.size - 1)


def _pick(staff: Staff, rows: Int64, owner: Int64, *, n_agents: int | None = None) -> Staff:
    """These windows, each with its owner, sorted by owner."""
    order = np.argsort(owner, kind="stable")
    rows, owner = rows[order], owner[order]
    n = int(owner.max(initial=-1)) + 1 if n_agents is None else n_agents
    return Staff(
        np.searchsorted(owner, np.arange(n + 1)),
        staff.starts[rows], staff.ends[rows], staff.until[rows], staff.skill[rows], staff.pace,
    )  # fmt: skip


def with_incident(history: DeskHistory, drawn: Drawn, *, group: str, n: int) -> Drawn:
    """``n`` further tickets of a group within an hour of the first open day of the test."""
    code = group_code(history, group)
    likely = np.flatnonzero(history.group[history.start[:-1]] == code)
    rng = np.random.default_rng([drawn.seed, 2])
    donor = rng.choice(likely, n)
    begins = history.midnight[history.midnight >= drawn.test_begins]
    kinds = history.kind[history.midnight >= drawn.test_begins]
    at = int(begins[np.flatnonzero(kinds != CLOSED)[0]]) + INCIDENT_AT
    arrived = np.sort(at + rng.integers(0, HOUR, n))
    return _with_tickets(history, drawn, donor, arrived)


def _with_tickets(history: DeskHistory, drawn: Drawn, donor: Int64, arrived: Int64) -> Drawn:
    """The tickets as they are, and further ones in between."""
    more = plan_of(history, donor, arrived)
    plan = drawn.plan
    ticket = np.argsort(np.concatenate([plan.arrived, arrived]), kind="stable")
    counts = np.concatenate([np.diff(plan.start), np.diff(more.start)])
    first = np.concatenate([plan.start[:-1], plan.work.size + more.start[:-1]])
    start = np.concatenate([[0], np.cumsum(counts[ticket])])
    touch = np.repeat(first[ticket] - start[:-1], counts[ticket]) + np.arange(start[-1])
    per_ticket = ("arrived", "priority", "calendar", "target", "penalty", "changes_after",
                  "changes_to")  # fmt: skip
    joined = {
        name: np.concatenate([getattr(plan, name), getattr(more, name)])[
            ticket if name in per_ticket else touch
        ]
        for name in plan._fields
        if name != "start"
    }
    return replace(
        drawn,
        plan=plan._replace(start=start, **joined),
        donor=np.concatenate([drawn.donor, donor])[ticket],
    )


def with_targets(drawn: Drawn, factor: float) -> Drawn:
    """The same desk with every target times a factor."""
    target = drawn.plan.target
    scaled = np.where(target == NO_PROMISE, NO_PROMISE, np.rint(target * factor))
    return replace(drawn, plan=drawn.plan._replace(target=scaled.astype(np.int64)))


def worst_week(history: DeskHistory) -> int:
    """Position of the Monday of the week in which most work arrived."""
    n_weeks = history.midnight.size // 7
    mondays = np.flatnonzero(_weekday(history) == 0)
    mondays = mondays[mondays + 7 <= history.midnight.size]
    ticket = np.repeat(history.day, np.diff(history.start))
    daily = np.bincount(ticket, history.work, history.midnight.size)
    sums = np.array([daily[m : m + 7].sum() for m in mondays])
    if not n_weeks or not sums.size:
        raise DataError("the history has no whole week, Monday to Sunday")
    return int(mondays[sums.argmax()])


def _weekday(history: DeskHistory) -> Int64:
    """Weekday of each day, Monday is 0; closed days take theirs from the days around."""
    known = np.flatnonzero(history.kind != CLOSED)
    shift = int(history.kind[known[0]]) - int(known[0])
    found: Int64 = (np.arange(history.midnight.size) + shift) % 7
    return found


def _clock(begins: int) -> str:
    return f"{begins // HOUR:02d}:{begins % HOUR // 60_000_000:02d}"
