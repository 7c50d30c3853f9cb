"""What happens to the clocks of one metric in the life of a ticket: the kernel's steps.

A life is told action by action. It keeps what the ticket is at the moment (done, on hold,
owned, answered, promised what) and which cycle is open; whatever concerns the one clock that
is asked about goes into the same record. So any cycle reads as an observer sees it who has
only the actions that are known, however late some are told.
"""

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.changes import change_terms, start_anew, terms_now, was_over
from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.count import check_spent, run_to, set_terms
from forewarn.sla.endings import end
from forewarn.sla.lives import BEGINS, REOPENS, Lives, Terms, View
from forewarn.sla.metrics import Action, Begins, Reopens
from forewarn.sla.openings import NAT, Openings
from forewarn.sla.record import (
    BEGUN,
    BREACHED,
    CURSOR,
    CYCLE,
    DECIDED_KNOWN,
    ENDED,
    ENDED_KNOWN,
    HELD_AT_FIRST,
    IS_ANSWERED,
    IS_ASKED,
    IS_DONE,
    IS_LATE,
    IS_OPEN,
    IS_VOID,
    IS_WAITING,
    KNOWN,
    LIFE_KNOWN,
    NOT_STARTED,
    NOW_TERMS,
    ON_HOLD,
    OWNER,
    STARTED,
    STARTED_KNOWN,
    STATE,
    TERMS,
    WANTED,
    is_running,
)

_TARGET, _STOP, _TAKE = int(Action.TARGET), int(Action.STOP), int(Action.TAKE)
_CANCEL, _REMOVE = int(Action.CANCEL), int(Action.REMOVE)
_DONE_STOP, _DONE_CANCEL = int(Action.DONE_STOP), int(Action.DONE_CANCEL)
_PAUSE, _RESUME, _BEGIN = int(Action.PAUSE), int(Action.RESUME), int(Action.BEGIN)
_ONCE, _AS_MESSAGE = int(Begins.ONCE), int(Begins.AS_MESSAGE)
_NEW_CYCLE, _WAITING, _OWNED = int(Reopens.NEW_CYCLE), int(Reopens.WAITING), int(Reopens.OWNED)
_RUN_ON, _RESTART = int(Reopens.RESUME), int(Reopens.RESTART)


@inlined
def step(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    life: int,
    i: int,
    view: View,
    record: NDArray[np.int64],
) -> None:
    """Let one visible action happen."""
    kind = lives.action_kind[i]
    if kind == _TARGET:
        record[NOW_TERMS] = lives.action_value[i]
        record[IS_LATE] |= int(lives.action_known_at[i] > lives.action_at[i])
        if is_running(record) and not was_over(lives, life, i, record):
            run_to(hours, lives.action_at[i], record)
            learn(lives, i, record)
            change_terms(lives, terms, hours, (life, i, record[NOW_TERMS]), view, record)
        else:
            record[LIFE_KNOWN] = max(record[LIFE_KNOWN], lives.action_known_at[i])
    elif kind in (_PAUSE, _RESUME):
        tell_status(lives, terms, hours, life, i, view, record)
    elif kind == _BEGIN:
        tell_wish(lives, terms, life, i, view, record)
    elif kind == _TAKE:
        take_over(lives, terms, hours, life, i, view, record)
    else:
        tell_ending(lives, hours, life, i, record)


@inlined
def learn(lives: Lives, i: int, record: NDArray[np.int64]) -> None:
    """Note that the action changed something."""
    record[LIFE_KNOWN] = max(record[LIFE_KNOWN], lives.action_known_at[i])
    if is_running(record):
        record[KNOWN] = max(record[KNOWN], lives.action_known_at[i])


@inlined
def begin(  # noqa: PLR0917  # a kernel
    lives: Lives, terms: Terms, life: int, i: int, view: View, record: NDArray[np.int64]
) -> None:
    """Begin the next cycle."""
    record[CYCLE] += 1
    record[IS_OPEN] = 1
    record[LIFE_KNOWN] = max(record[LIFE_KNOWN], lives.action_known_at[i])
    if record[CYCLE] == record[WANTED]:
        record[STARTED] = record[CURSOR] = lives.action_at[i]
        record[BEGUN], record[HELD_AT_FIRST] = i, record[ON_HOLD]
        record[KNOWN] = record[STARTED_KNOWN] = record[LIFE_KNOWN]
        set_terms(terms, terms_now(lives, life, i, view, record), view, record)
        check_spent(record)


@inlined
def tell_status(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    life: int,
    i: int,
    view: View,
    record: NDArray[np.int64],
) -> None:
    """A status that is not done: the clock holds or runs, and the ticket may be reopened."""
    was_done, on_hold = record[IS_DONE], int(lives.action_kind[i] == _PAUSE)
    if is_running(record):
        run_to(hours, lives.action_at[i], record)
    if was_done or record[ON_HOLD] != on_hold:
        learn(lives, i, record)
    record[IS_DONE], record[ON_HOLD] = 0, on_hold
    if was_done and not record[IS_VOID]:
        reopen(lives, terms, hours, life, i, view, record)


@compiled
def reopen(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    life: int,
    i: int,
    view: View,
    record: NDArray[np.int64],
) -> None:
    """Begin a further cycle, or let the one that was solved run on, by the metric's mode."""
    mode = lives.rules[lives.metric[life], REOPENS]
    first = lives.terms[life]
    is_imported = first >= 0 and terms.is_imported[first]
    if is_imported or record[IS_OPEN]:
        return
    if (
        (mode == _NEW_CYCLE and record[CYCLE] > 0)
        or (mode == _WAITING and record[IS_WAITING])
        or (mode == _OWNED and record[OWNER] >= 0)
    ):
        record[IS_WAITING] = 0
        begin(lives, terms, life, i, view, record)
    elif mode in (_RUN_ON, _RESTART) and record[CYCLE] > 0:
        record[IS_OPEN] = 1
        if record[ENDED] != NAT:
            run_on(lives, terms, hours, (life, i, mode), view, record)


@compiled
def run_on(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    at: tuple[int, int, int],
    view: View,
    record: NDArray[np.int64],
) -> None:
    """Let an ended clock run on: since its end it was on hold; or anew, its breach kept."""
    life, i, mode = at
    on_hold, breached, decided = record[ON_HOLD], record[BREACHED], record[DECIDED_KNOWN]
    record[ENDED] = record[ENDED_KNOWN] = NAT
    record[STATE] = NOT_STARTED
    learn(lives, i, record)
    record[ON_HOLD] = 1
    run_to(hours, lives.action_at[i], record)
    record[ON_HOLD] = on_hold
    now = terms_now(lives, life, i, view, record)
    if record[TERMS] != now:
        change_terms(lives, terms, hours, (life, i, now), view, record)
    if mode == _RESTART:
        start_anew(i, lives.action_at[i], record)
        record[BREACHED], record[DECIDED_KNOWN] = breached, decided


@compiled
def tell_wish(  # noqa: PLR0917  # a kernel
    lives: Lives, terms: Terms, life: int, i: int, view: View, record: NDArray[np.int64]
) -> None:
    """Something that begins a clock, if the ticket is so far: creation, message, arrival."""
    begins = lives.rules[lives.metric[life], BEGINS]
    if begins == _AS_MESSAGE and not record[IS_ASKED]:
        record[IS_ASKED] = 1
        record[LIFE_KNOWN] = max(record[LIFE_KNOWN], lives.action_known_at[i])
    elif begins == _AS_MESSAGE and record[IS_ANSWERED] and record[IS_DONE]:
        record[IS_WAITING] = 1
        record[LIFE_KNOWN] = max(record[LIFE_KNOWN], lives.action_known_at[i])
    elif record[IS_OPEN] or record[IS_VOID] or (begins == _AS_MESSAGE and not record[IS_ANSWERED]):
        return
    elif begins != _ONCE or record[CYCLE] == 0:
        begin(lives, terms, life, i, view, record)


@compiled
def take_over(  # noqa: PLR0917  # a kernel
    lives: Lives,
    terms: Terms,
    hours: Openings,
    life: int,
    i: int,
    view: View,
    record: NDArray[np.int64],
) -> None:
    """End the open clock and begin the next at once: another owner, or another update."""
    is_owned = lives.rules[lives.metric[life], REOPENS] == _OWNED
    if is_owned and record[OWNER] == lives.action_value[i]:
        return
    record[OWNER] = lives.action_value[i]
    record[LIFE_KNOWN] = max(record[LIFE_KNOWN], lives.action_known_at[i])
    if record[IS_OPEN]:
        end(lives, hours, life, i, record)
    if not record[IS_DONE] and not record[IS_VOID]:
        begin(lives, terms, life, i, view, record)


@inlined
def tell_ending(
    lives: Lives, hours: Openings, life: int, i: int, record: NDArray[np.int64]
) -> None:
    """An answer, a solution, a cancellation."""
    kind = lives.action_kind[i]
    if kind == _STOP:
        record[IS_ANSWERED] = record[IS_ASKED]
        record[IS_WAITING] = 0
        record[OWNER] = -1
    if kind in (_CANCEL, _REMOVE):
        record[IS_VOID] = 1
    if kind >= _DONE_STOP and kind <= _DONE_CANCEL:
        record[IS_DONE] = 1
    record[LIFE_KNOWN] = max(record[LIFE_KNOWN], lives.action_known_at[i])
    if record[IS_OPEN]:
        end(lives, hours, life, i, record)
