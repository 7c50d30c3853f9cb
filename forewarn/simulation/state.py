"""The desk while it runs: a few arrays of records, made from a plan, a staff and opening hours."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from forewarn.simulation.plan import (
    Course,
    Estimates,
    Floats,
    Int64,
    Plan,
    Rules,
    Staff,
    terms_at_arrival,
)
from forewarn.sla.openings import NAT, Openings

Records = NDArray[np.void]
Record = Any
"""One row of records, whose fields are read and written in place."""

NEVER: int = int(np.iinfo(np.int64).max)
EVENTS, PICKS, PIECES, AHEAD, ARRIVED, CAME = range(6)
"""What is counted: planned events, picks, pieces of work, events that are still ahead, tickets
that have arrived, windows that have begun."""


def _fields(
    whole: str, *, floats: str = "", pairs: str = "", float_pairs: str = ""
) -> np.dtype[np.void]:
    """A row of records: its fields, and those that it has once per promise."""
    kinds = ((np.int64, whole, ()), (np.float64, floats, ()), (np.int64, pairs, (2,)),
             (np.float64, float_pairs, (2,)))  # fmt: skip
    fields = [(name, kind, shape) for kind, names, shape in kinds for name in names.split()]
    return np.dtype(fields, align=True)


TICKET = _fields(
    "arrived priority calendar changes_after changes_to first after touch left done since place "
    "opened paused stands closed replied solved scored block",
    floats="key",
    pairs="target limit due elapsed broken fits",
    float_pairs="penalty fine price level",
)
"""Given: ``arrived``, ``calendar``, ``changes_after``, ``changes_to``, its ``first`` touch and the
one ``after`` its last. At present: ``priority``, and with it ``target`` (below 0: none) and
``penalty`` per promise. Its work: the next or present ``touch``, how much of it is ``left`` and
``done``. In a queue: ``since`` when (NAT: in none), at which ``place``.

Clocks: ``opened`` (open time of the calendar at arrival), ``paused`` (open time in pauses and on
earlier clocks), the ``limit`` of open time at which each promise breaks (NEVER: no clock runs),
``due``, ``stands`` (1: in a pause), ``closed`` (1: no resolution clock runs), ``replied`` and
``solved`` at, the longest time ``elapsed``, ``broken`` (1: a clock has stopped late) and the
``fine`` for it. The last score: ``scored`` as of (NAT: not since it came), ``block`` and ``key``;
``fits``, ``level`` and ``price``: the parts that seldom change, see `forewarn.simulation.scores`.
"""
TOUCH = _fields(
    "ticket group priority_after work wait pauses solves queued begun ended", floats="reply_share"
)
WINDOW = _fields("starts ends until skill")
AGENT = _fields("window last idle busy worked")
"""``window``: the present or next one, before ``last``; ``idle``: since when (-1: busy or away);
``busy``: 1 while at a ticket."""
GROUP = _fields("size turn ranked")
"""``size`` of its queue; ``turn``: pickups since the last turn of the oldest; ``ranked``: as of
when Moore-Hodgson ran last."""
EVENT = _fields("at number kind which")
CALENDAR = _fields("at opened")
"""Open time before an instant, of each calendar: that of the last question."""
JOB = _fields("ticket", floats="due length")
"""What Moore-Hodgson works with."""


class Desk(NamedTuple):
    """All there is while the desk runs. ``queue``: tickets per group, the first ``size`` of them.

    ``coming``: begin of each window and its agent, by time. ``ahead``: a heap of planned events.
    ``targets`` and ``penalties``: per ticket, priority and promise.
    ``jobs``, ``kept`` and ``parts``: room for Moore-Hodgson.
    """

    tickets: Records
    touches: Records
    windows: Records
    agents: Records
    groups: Records
    calendars: Records
    queue: Int64
    ahead: Records
    coming: Int64
    pieces: Int64
    counts: Int64
    jobs: Records
    kept: Records
    parts: Int64
    targets: Int64
    penalties: Floats
    pace: Floats
    hours: Openings
    believed: Estimates
    rules: Rules
    whims: Floats


_MUTABLE = ("tickets", "touches", "agents", "groups", "calendars", "queue", "ahead", "pieces",
            "counts")  # fmt: skip


def opened_desk(
    plan: Plan,
    staff: Staff,
    hours: Openings,
    *,
    believed: Estimates,
    rules: Rules,
    whims: Floats,
) -> Desk:
    """The desk before the first ticket."""
    n, n_groups, n_agents = plan.arrived.size, staff.pace.shape[1], staff.offset.size - 1
    owner = np.repeat(np.arange(n_agents), np.diff(staff.offset))
    order = np.argsort(staff.starts, kind="stable")
    # A piece ends with its touch, or with a window.
    n_pieces = plan.work.size + staff.starts.size + 1
    return Desk(
        tickets=_tickets(plan),
        touches=_touches(plan),
        windows=_records(WINDOW, staff.starts.size, starts=staff.starts, ends=staff.ends,
                         until=staff.until, skill=staff.skill),
        agents=_records(AGENT, n_agents, window=staff.offset[:-1], last=staff.offset[1:], idle=-1),
        groups=_records(GROUP, n_groups, ranked=NAT),
        calendars=_records(CALENDAR, hours.offset.size - 1, at=NAT),
        queue=np.zeros((n_groups, max(n, 1)), np.int64),
        ahead=np.zeros(2 * n + n_agents + 1, EVENT),
        coming=np.column_stack([staff.starts[order], owner[order]]),
        pieces=np.zeros((n_pieces, 6), np.int64),
        counts=np.zeros(6, np.int64),
        jobs=np.zeros(n, JOB),
        kept=np.zeros(n + 2, JOB),
        parts=np.zeros((64, 2), np.int64),
        targets=plan.target,
        penalties=plan.penalty,
        pace=staff.pace,
        hours=hours,
        believed=believed,
        rules=rules,
        whims=whims,
    )  # fmt: skip


def _records(kind: np.dtype[np.void], n: int, **columns: object) -> Records:
    made = np.zeros(n, kind)
    for name, values in columns.items():
        made[name] = values
    return made


def _tickets(plan: Plan) -> Records:
    first = plan.start[:-1]
    target, penalty = terms_at_arrival(plan)
    return _records(
        TICKET, first.size, arrived=plan.arrived, priority=plan.priority, calendar=plan.calendar,
        changes_after=plan.changes_after, changes_to=plan.changes_to, target=target,
        penalty=penalty, first=first, after=plan.start[1:], touch=first,
        left=np.append(plan.work, 0)[first], since=NAT, limit=NEVER, due=NEVER, replied=NAT,
        solved=NAT, scored=NAT,
    )  # fmt: skip


def _touches(plan: Plan) -> Records:
    ticket = np.repeat(np.arange(plan.arrived.size), np.diff(plan.start))
    return _records(
        TOUCH, plan.work.size, ticket=ticket, group=plan.group, work=plan.work, wait=plan.wait,
        priority_after=plan.priority_after, pauses=plan.pauses, solves=plan.solves,
        reply_share=plan.reply_share, queued=NAT, begun=NAT, ended=NAT,
    )  # fmt: skip


def copied(desk: Desk) -> Desk:
    """The same desk at the same instant, which goes its own way from here on."""
    return desk._replace(**{name: getattr(desk, name).copy() for name in _MUTABLE})


def course_of(desk: Desk) -> Course:
    """What has happened."""
    tickets, touches = desk.tickets, desk.touches
    return Course(
        queued=touches["queued"].copy(),
        begun=touches["begun"].copy(),
        ended=touches["ended"].copy(),
        replied=tickets["replied"].copy(),
        solved=tickets["solved"].copy(),
        elapsed=tickets["elapsed"].copy(),
        target=tickets["target"].copy(),
        broken=tickets["broken"].copy(),
        fine=tickets["fine"].copy(),
        busy=desk.agents["worked"].copy(),
        pieces=desk.pieces[: desk.counts[PIECES]],
    )
