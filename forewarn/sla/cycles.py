"""Which cycles there are to ask about, and between which instants anything is seen of them.

Where all of a life is told in its order, what the last observer sees says it all. Facts that
are told late can take cycles away again, or shift their numbers; such lives are looked at from
every instant at which something becomes known.
"""

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled
from forewarn.sla.lives import Lives, Terms, View
from forewarn.sla.openings import NAT, Openings
from forewarn.sla.record import (
    CYCLE,
    ENDED,
    ENDED_KNOWN,
    STARTED,
    STARTED_KNOWN,
    WAS_PROMISED,
)
from forewarn.sla.walk import walk_life

NEVER = int(np.iinfo(np.int64).max)


@compiled
def is_told_late(lives: Lives, life: int) -> bool:
    """Whether anything in a life became known after something that lies later in it."""
    latest = lives.known_at[life]
    for i in range(lives.start[life], lives.start[life + 1]):
        if lives.action_known_at[i] < latest:
            return True
        latest = lives.action_known_at[i]
    return False


@compiled
def count_cycles(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    first: int,
    record: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """For each life from ``first`` on the number of cycles that any observer ever sees.

    ``record``: to work in, here and below.
    """
    for row in range(out.size):
        life = first + row
        walk_life(lives, terms, hours, life, -1, View(NEVER, NEVER, -1.0, 0), record)
        out[row] = record[CYCLE]
        if is_told_late(lives, life):
            for i in range(lives.start[life], lives.start[life + 1]):
                view = View(lives.action_known_at[i] + 1, NEVER, -1.0, 0)
                walk_life(lives, terms, hours, life, -1, view, record)
                out[row] = max(out[row], record[CYCLE])


@compiled
def was_promised(
    lives: Lives,
    terms: Terms,
    hours: Openings,
    record: NDArray[np.int64],
    out: NDArray[np.bool_],
) -> None:
    """For each clock whether any observer ever sees something promised."""
    for clock in range(out.size):
        life = lives.clock_life[clock]
        walk_life(lives, terms, hours, life, lives.clock_cycle[clock],
                  View(NEVER, NEVER, -1.0, 0), record)  # fmt: skip
        out[clock] = record[WAS_PROMISED] > 0
        if not out[clock] and is_told_late(lives, life):
            for i in range(lives.start[life], lives.start[life + 1]):
                view = View(lives.action_known_at[i] + 1, NEVER, -1.0, 0)
                walk_life(lives, terms, hours, life, lives.clock_cycle[clock], view, record)
                out[clock] |= record[WAS_PROMISED] > 0


@compiled
def seen_each(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    watermark: int,
    record: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
) -> None:
    """For each clock the known_at from which it is seen, and that after which it is over.

    ``last`` is the largest number where it never ends; NAT in ``first`` where it never begins.
    """
    for clock in range(first.size):
        life, cycle = lives.clock_life[clock], lives.clock_cycle[clock]
        walk_life(lives, terms, hours, life, cycle, View(NEVER, watermark, -1.0, 0), record)
        first[clock] = record[STARTED_KNOWN]
        last[clock] = NEVER if record[ENDED] == NAT else record[ENDED_KNOWN]
        if is_told_late(lives, life):
            for i in range(lives.start[life], lives.start[life + 1]):
                known_at = lives.action_known_at[i]
                walk_life(lives, terms, hours, life, cycle,
                          View(known_at + 1, watermark, -1.0, 0), record)  # fmt: skip
                if record[STARTED] != NAT:
                    is_first = first[clock] == NAT or known_at < first[clock]
                    first[clock] = known_at if is_first else first[clock]
                last[clock] = max(last[clock], known_at)
            first[clock] = max(first[clock], lives.known_at[life])
