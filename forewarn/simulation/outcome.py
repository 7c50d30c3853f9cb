"""What a run of the desk was worth: breaches, penalties and waits of the tickets that count."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from forewarn.simulation.draw import Drawn
from forewarn.simulation.plan import FIRST_RESPONSE, NO_PROMISE, RESOLUTION, Bools, Course, Int64
from forewarn.sla.compiled import compiled
from forewarn.sla.openings import NAT, Openings, opened_before

HOUR = 3_600_000_000


@dataclass(frozen=True)
class Outcome:
    """Of one run. Shares are of decided promises, penalties per ticket, waits in hours.

    ``by_priority`` (the one that a ticket came with), ``by_tier``: share of broken resolutions.
    ``by_group``: of the tickets that the group works on, shares of broken first responses and
    resolutions. ``low_wait``: the longest in a thousand waits of the least urgent tickets for
    their first touch.
    ``out_of_reach``: resolutions that would be broken even if nothing had stood in a queue: by
    work and by waits that run.
    """

    resolution: float
    first_response: float
    penalty: float
    mean_wait: float
    low_wait: float
    by_priority: Mapping[str, float] = field(default_factory=dict)
    by_tier: Mapping[str, float] = field(default_factory=dict)
    by_group: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    busy: float = 0.0
    out_of_reach: float = 0.0
    n_tickets: int = 0


def open_before(hours: Openings, calendar: Int64, instants: Int64) -> Int64:
    """Open microseconds of each row's calendar before its instant."""
    out = np.empty(instants.size, np.int64)
    _open_before(hours, calendar, instants, out)
    return out


@compiled
def _open_before(hours: Openings, calendar: Int64, instants: Int64, out: Int64) -> None:
    for i in range(out.size):
        out[i] = opened_before(hours, calendar[i], instants[i])


def judge(
    drawn: Drawn,
    course: Course,
    hours: Openings,
    *,
    priorities: tuple[str, ...],
    tier: np.ndarray | None = None,
    groups: tuple[str, ...] = (),
) -> Outcome:
    """The outcome for tickets that arrived in the test. ``tier``: per ticket, or nothing."""
    plan = drawn.plan
    counts = (plan.arrived >= drawn.test_begins) & (plan.arrived < drawn.test_ends)
    broken, decided = _verdicts(course)
    first = plan.start[:-1]
    begun = np.where(course.begun[first] == NAT, drawn.end, course.begun[first])
    wait = (begun - plan.arrived) / HOUR
    low = counts & (plan.priority == len(priorities) - 1)
    fines = course.fine.sum(axis=1)
    solved = counts & decided[:, RESOLUTION]
    lost = broken[:, RESOLUTION]
    staff_time = np.sum(drawn.staff.ends - drawn.staff.starts)
    return Outcome(
        resolution=_share(lost, solved),
        first_response=_share(broken[:, FIRST_RESPONSE], counts & decided[:, FIRST_RESPONSE]),
        penalty=float(fines[counts].mean()) if counts.any() else 0.0,
        mean_wait=float(wait[counts].mean()) if counts.any() else 0.0,
        low_wait=float(np.quantile(wait[low], 0.999)) if low.any() else 0.0,
        by_priority={
            name: _share(lost, solved & (plan.priority == code))
            for code, name in enumerate(priorities)
        },
        by_tier={}
        if tier is None
        else {str(t): _share(lost, solved & (tier == t)) for t in sorted(set(tier[counts]))},
        by_group={
            name: _broken_of_group(drawn, code, broken, counts[:, None] & decided)
            for code, name in enumerate(groups)
        },
        busy=float(course.busy.sum() / staff_time),
        n_tickets=int(counts.sum()),
        out_of_reach=_share(_out_of_reach(drawn, course, hours), solved),
    )


def _broken_of_group(
    drawn: Drawn, group: int, broken: np.ndarray, decided: np.ndarray
) -> tuple[float, float]:
    touched = np.zeros(drawn.plan.arrived.size, np.bool_)
    ticket = np.repeat(np.arange(touched.size), np.diff(drawn.plan.start))
    touched[ticket[drawn.plan.group == group]] = True
    first, whole = (_share(broken[:, p], touched & decided[:, p]) for p in range(2))
    return first, whole


def broken_promises(course: Course) -> Bools:
    """Per ticket and promise whether one of its clocks was late."""
    found: Bools = course.broken > 0
    return found


def _verdicts(course: Course) -> tuple[np.ndarray, np.ndarray]:
    """Per ticket and promise: whether it is broken, and whether that is decided."""
    broken = broken_promises(course)
    over = np.column_stack([
        (course.replied != NAT) | (course.solved != NAT), course.solved != NAT
    ])  # fmt: skip
    return broken, broken | ((course.target != NO_PROMISE) & over)


def _out_of_reach(drawn: Drawn, course: Course, hours: Openings) -> np.ndarray:
    """Whether the resolution clock less the open time in queues is beyond its target."""
    plan = drawn.plan
    ticket = np.repeat(np.arange(plan.arrived.size), np.diff(plan.start))
    calendar = plan.calendar[ticket]
    since = np.where(course.queued == NAT, 0, course.queued)
    until = np.where(course.begun == NAT, since, course.begun)
    stood = open_before(hours, calendar, until) - open_before(hours, calendar, since)
    in_queue = np.bincount(ticket, stood, plan.arrived.size)
    target = course.target[:, RESOLUTION]
    found: np.ndarray = (target >= 0) & (course.elapsed[:, RESOLUTION] - in_queue > target)
    return found


def _share(what: np.ndarray, among: np.ndarray) -> float:
    return float(what[among].mean()) if among.any() else float("nan")
