"""The part of the kernel that lets another promise come into force on an open clock."""

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled
from forewarn.sla.count import check_spent, run_to, set_terms
from forewarn.sla.lives import CHANGE, REOPENS, Lives, Terms, View
from forewarn.sla.metrics import Action, Change, Reopens
from forewarn.sla.openings import NAT, Openings
from forewarn.sla.record import (
    BEGUN,
    BREACHED,
    DECIDED_KNOWN,
    DUE,
    ELAPSED,
    GOAL,
    HELD_AT_FIRST,
    IS_LATE,
    KNOWN,
    NOW_TERMS,
    ON_HOLD,
    OWNER,
    REACHED,
    STARTED,
    TARGET,
    TERMS,
    clear_counts,
)

_CARRY, _RESTART, _FROZEN = int(Change.CARRY), int(Change.RESTART), int(Change.FROZEN)
_TARGET = int(Action.TARGET)
_STOP, _TAKE, _DONE_CANCEL = int(Action.STOP), int(Action.TAKE), int(Action.DONE_CANCEL)
_PAUSE, _RESUME = int(Action.PAUSE), int(Action.RESUME)
_DONE_STOP = int(Action.DONE_STOP)
_RUNS_ON = (int(Reopens.RESUME), int(Reopens.RESTART))


@compiled
def change_terms(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    at: tuple[int, int, int],
    view: View,
    record: NDArray[np.int64],
) -> None:
    """Let the terms change by the metric's mode. ``at``: life, position of the action, terms.

    A breach is judged anew: it goes with the terms that it broke; where the new ones are broken
    too it stays where it began, and where only they are broken it begins with the change.
    """
    life, i, row = at
    mode = lives.rules[lives.metric[life], CHANGE]
    if mode == _FROZEN and record[TERMS] >= 0:
        return
    instant = lives.action_at[i]
    was, decided, reached = record[BREACHED], record[DECIDED_KNOWN], record[REACHED]
    if mode == _RESTART:
        start_anew(i, instant, record)
        was = NAT
        set_terms(terms, row, view, record)
    elif mode == _CARRY and row >= 0 and record[TERMS] >= 0:
        set_terms(terms, row, view, record)
        judge_carried(instant, record)
    else:
        count_again(lives, terms, hours, at, view, record)
    if record[BREACHED] != NAT:
        record[BREACHED] = was if was != NAT else instant
        record[DECIDED_KNOWN] = decided if was != NAT else max(instant, record[KNOWN])
    record[REACHED] = reached
    if reached == NAT and record[GOAL] >= 0 and record[ELAPSED] >= record[GOAL]:
        record[REACHED] = instant


@compiled
def start_anew(i: int, instant: int, record: NDArray[np.int64]) -> None:
    """Count from here on, as if the clock began now."""
    record[STARTED] = instant
    record[BEGUN], record[HELD_AT_FIRST] = i, record[ON_HOLD]
    clear_counts(record)


@compiled
def judge_carried(instant: int, record: NDArray[np.int64]) -> None:
    """Whether the new budget is spent, or broken, by what has elapsed already."""
    left = record[TARGET] - record[ELAPSED]
    record[DUE] = instant if left <= 0 else NAT
    record[BREACHED] = instant if left < 0 else NAT
    record[DECIDED_KNOWN] = NAT


@compiled
def count_again(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    at: tuple[int, int, int],
    view: View,
    record: NDArray[np.int64],
) -> None:
    """Count from the start by the new terms, past pauses credited (``retroactive``)."""
    _, i, row = at
    on_hold = record[ON_HOLD]
    clear_counts(record)
    record[ON_HOLD] = record[HELD_AT_FIRST]
    set_terms(terms, row, View(view.as_of, view.until, -1.0, view.version), record)
    check_spent(record)
    for j in range(record[BEGUN] + 1, i):
        kind = lives.action_kind[j]
        if lives.action_known_at[j] < view.as_of and kind >= _DONE_STOP and kind <= _RESUME:
            run_to(hours, lives.action_at[j], record)
            record[ON_HOLD] = 0 if kind == _RESUME else 1
    run_to(hours, lives.action_at[i], record)
    record[ON_HOLD] = on_hold
    set_terms(terms, row, view, record)


@compiled
def terms_now(lives: Lives, life: int, i: int, view: View, record: NDArray[np.int64]) -> int:
    """The terms in which the clock that counts from BEGUN stands at action ``i``.

    Those of the last change before it that was told before the clock's end was known.
    """
    if not record[IS_LATE]:
        return int(record[NOW_TERMS])
    found = int(lives.terms[life])
    for j in range(lives.start[life], i):
        is_seen = lives.action_known_at[j] < view.as_of
        if lives.action_kind[j] == _TARGET and is_seen and not was_over(lives, life, j, record):
            found = int(lives.action_value[j])
    return found


@compiled
def was_over(lives: Lives, life: int, i: int, record: NDArray[np.int64]) -> bool:
    """Whether the clock's end was known already when the action became known."""
    known_at = lives.action_known_at[i]
    if known_at <= lives.action_at[i]:
        return False  # what is told at once is told before the end
    runs_on = lives.rules[lives.metric[life], REOPENS] in _RUNS_ON
    is_over = False
    for j in range(record[BEGUN] + 1, lives.start[life + 1]):
        if lives.action_known_at[j] < known_at:
            kind = lives.action_kind[j]
            owner = lives.action_value[j]  # -1 where updates are taken over, not tickets
            is_same_owner = kind == _TAKE and owner >= 0 and owner == record[OWNER]
            if kind >= _STOP and kind <= _DONE_CANCEL and not is_same_owner:
                is_over = True
                if not runs_on:
                    return True
            elif runs_on and kind in (_PAUSE, _RESUME):
                is_over = False
    return is_over
