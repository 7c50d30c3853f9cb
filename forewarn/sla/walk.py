"""The kernel of the clock: it walks the actions of a life that an observer could know.

Readings, landmarks and labels all come from this one walk, so they cannot disagree.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.count import run_to
from forewarn.sla.life import step
from forewarn.sla.lives import REOPENS, Lives, Terms, View
from forewarn.sla.metrics import Reopens
from forewarn.sla.openings import NAT, Openings
from forewarn.sla.record import (
    ENDED,
    LIFE_KNOWN,
    N_SHOWN,
    NOW_TERMS,
    ON_HOLD,
    PAUSED,
    RUNNING,
    STARTED,
    STATE,
    TERMS,
    clear,
)

RUNS_ON = (int(Reopens.RESUME), int(Reopens.RESTART))
"""Modes in which an ended clock can run on."""


class Asked(NamedTuple):
    """Which clocks to walk, and how far; see View."""

    clocks: NDArray[np.int64]
    as_of: NDArray[np.int64]
    until: NDArray[np.int64]
    share: float


@compiled
def walk_each(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    asked: Asked,
    record: NDArray[np.int64],
    out: NDArray[np.int64],
) -> None:
    """Walk every asked clock, each in ``record``; ``out[field, i]`` is that of the i-th."""
    for i in range(asked.clocks.size):
        view = View(asked.as_of[i], asked.until[i], asked.share, 0)
        walk_one(lives, terms, hours, asked.clocks[i], view, record)
        for field in range(N_SHOWN):
            out[field, i] = record[field]


@inlined
def walk_one(  # noqa: PLR0917  # a kernel
    lives: Lives, terms: Terms, hours: Openings, clock: int, view: View, record: NDArray[np.int64]
) -> None:
    """Walk one clock by the version of the calendars that holds for it."""
    version = version_at(terms, view.until)
    now = View(view.as_of, view.until, view.share, version)
    walk(lives, terms, hours, clock, now, record)
    if version > 0 and record[ENDED] != NAT:
        then = version_at(terms, record[ENDED])
        if then != version:
            now = View(view.as_of, view.until, view.share, then)
            walk(lives, terms, hours, clock, now, record)


@inlined
def version_at(terms: Terms, instant: int) -> int:
    """The version of the calendars in force at an instant: completed clocks keep theirs."""
    version = 0
    while version + 1 < terms.valid_from.size and terms.valid_from[version + 1] <= instant:
        version += 1
    return version


@inlined
def walk(  # noqa: PLR0917  # a kernel
    lives: Lives, terms: Terms, hours: Openings, clock: int, view: View, record: NDArray[np.int64]
) -> None:
    """Walk one clock into ``record``."""
    life = lives.clock_life[clock]
    walk_life(lives, terms, hours, life, lives.clock_cycle[clock], view, record)
    stop_at(hours, view.until, record)


@inlined
def stop_at(hours: Openings, until: int, record: NDArray[np.int64]) -> None:
    """Let the clock, where it is open, run up to where it is looked at."""
    if record[STARTED] != NAT and record[ENDED] == NAT:
        run_to(hours, until, record)
        if record[TERMS] >= 0:
            record[STATE] = PAUSED if record[ON_HOLD] else RUNNING


@compiled
def walk_life(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    life: int,
    cycle: int,
    view: View,
    record: NDArray[np.int64],
) -> None:
    """Let all visible actions of a life happen, until the asked cycle is over for good."""
    clear(record, cycle)
    if lives.known_at[life] >= view.as_of:
        return
    record[NOW_TERMS], record[LIFE_KNOWN] = lives.terms[life], lives.known_at[life]
    runs_on = lives.rules[lives.metric[life], REOPENS] in RUNS_ON
    for i in range(lives.start[life], lives.start[life + 1]):
        if lives.action_known_at[i] < view.as_of:
            step(lives, terms, hours, life, i, view, record)
            if record[ENDED] != NAT and not runs_on:
                return
