"""What the event loop reads: tickets with their touches, staff, estimates, and rules.

All instants and durations are int64 microseconds, estimates are minutes. Nothing here depends
on the order in which tickets are worked on: two policies meet the same tickets, the same work
and the same absences.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

MINUTE = 60_000_000
FIRST_RESPONSE, RESOLUTION = 0, 1
"""Columns of what exists once per promise."""
NO_PROMISE = -1
AS_BEFORE = -1
"""Where no other priority is given, in place of its code or of the time until it is."""
GOES_ON, NEW_CLOCK, NO_CLOCK = range(3)
"""What a touch does to the resolution clock."""
KNOTS: Floats = np.array([0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1.0])
"""Shares of the budget left at which a chance of breach is given."""


class Plan(NamedTuple):
    """Tickets by arrival, and the touches of ticket i at ``start[i]:start[i + 1]``.

    Per ticket: ``arrived``; ``priority`` that it comes with (0 the most urgent); ``calendar`` of
    its promises; ``target`` and ``penalty`` with each priority, per promise (target NO_PROMISE:
    none); ``changes_to``, the priority that it is given ``changes_after`` its arrival, unless its
    resolution clock stands or is over by then. Per touch: ``group`` that works;
    ``priority_after``, which the agent gives it in the end; ``work`` of a regular agent;
    ``reply_share`` of the work after which the customer gets the first public reply (NaN: none in
    this touch); ``wait`` after it until the next can begin; ``pauses``: whether the resolution
    clock stands meanwhile; ``solves``: GOES_ON, or what a return after it finds: NEW_CLOCK, or
    NO_CLOCK.
    """

    arrived: Int64
    priority: Int64
    calendar: Int64
    target: Int64
    penalty: Floats
    changes_after: Int64
    changes_to: Int64
    start: Int64
    group: Int64
    priority_after: Int64
    work: Int64
    reply_share: Floats
    wait: Int64
    pauses: Bools
    solves: Int64


class Staff(NamedTuple):
    """Working windows of agent a at ``offset[a]:offset[a + 1]``, in order of time.

    ``until``: how long a touch begun in the window stays with the agent, over breaks and
    nights; what is left then goes to a colleague. ``skill``: row of ``pace``, which says per
    group how much longer the same work takes (0: the agent does not serve the group).
    """

    offset: Int64
    starts: Int64
    ends: Int64
    until: Int64
    skill: Int64
    pace: Floats


class Estimates(NamedTuple):
    """What is believed at the beginning of each touch; columns are promises.

    ``needed``: eight rising quantiles of the minutes of work until the promise is met.
    ``minutes``: expected minutes of the next touch, and of all the work left.
    ``breach``: chance that the clock breaches, with KNOTS of its budget left.
    """

    needed: Floats
    minutes: Floats
    breach: Floats


class Rules(NamedTuple):
    """How agents pick. ``policy``: a code of `forewarn.simulation.policies`.

    Before ``begins`` everybody picks by priority, then age. ``compliance``: share of the picks
    that follow the policy; the others go by priority, then age. ``interval`` between two
    scorings, 0: at every pick; tickets that came since stand behind the scored ones, unless
    ``on_events``. ``guards``: top priority first, every ``oldest_every``-th pick of a group the
    oldest ticket that nobody has worked on. Minutes: mean further ``wait_first``,
    ``wait_resolution``. ``handover``: microseconds of regular work that a colleague needs to
    read in.
    """

    policy: int
    begins: int
    compliance: float
    interval: int
    on_events: bool
    guards: bool
    oldest_every: int
    wait_first: float
    wait_resolution: float
    first_weight: float
    handover: int


class Course(NamedTuple):
    """What happened. Instants are NAT where something did not happen before the end.

    Per touch: ``queued``, ``begun``, ``ended``. Per ticket: ``replied``, ``solved``;
    ``elapsed``: open time on each clock when it stopped, or at the end; of several clocks of one
    promise the longest; ``target`` that was in force last; ``broken``: 1 where a clock stopped, or
    stood at the end, beyond its target, and the ``fine`` for that. Per agent: ``busy``.
    ``pieces``: rows of touch, agent, begin, end, time worked, regular work done.
    """

    queued: Int64
    begun: Int64
    ended: Int64
    replied: Int64
    solved: Int64
    elapsed: Int64
    target: Int64
    broken: Int64
    fine: Floats
    busy: Int64
    pieces: Int64


def terms_at_arrival(plan: Plan) -> tuple[Int64, Floats]:
    """Target and penalty per ticket and promise, with the priority that it comes with."""
    rows = np.arange(plan.priority.size)
    return plan.target[rows, plan.priority], plan.penalty[rows, plan.priority]


def no_estimates(n_touches: int) -> Estimates:
    """For policies that look at none."""
    return Estimates(
        np.ones((n_touches, 2, 8)), np.ones((n_touches, 2)), np.zeros((n_touches, 2, KNOTS.size))
    )
