"""How the kernel ends a clock: complete, broken, cancelled, removed."""

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled, inlined
from forewarn.sla.count import run_to
from forewarn.sla.lives import AFTER, THRESHOLD, WITHIN, Lives
from forewarn.sla.metrics import Abandoned, Action
from forewarn.sla.openings import NAT, Openings
from forewarn.sla.record import (
    BREACHED,
    CANCELLED,
    COMPLETED,
    DECIDED_KNOWN,
    ENDED,
    ENDED_KNOWN,
    IS_OPEN,
    KNOWN,
    LIFE_KNOWN,
    STARTED,
    STATE,
    TARGET,
    TERMS,
    is_running,
)

_STOP, _TAKE, _DONE_STOP = int(Action.STOP), int(Action.TAKE), int(Action.DONE_STOP)
_DONE_MISS, _CANCEL, _REMOVE = int(Action.DONE_MISS), int(Action.CANCEL), int(Action.REMOVE)
_ABANDON = int(Action.ABANDON)
_MISSED, _IGNORED = int(Abandoned.MISSED), int(Abandoned.IGNORED)


@inlined
def end(lives: Lives, hours: Openings, life: int, i: int, record: NDArray[np.int64]) -> None:
    """End the open cycle; the record's own clock if it is that one."""
    record[IS_OPEN] = 0
    record[LIFE_KNOWN] = max(record[LIFE_KNOWN], lives.action_known_at[i])
    if not is_running(record):
        return
    at, known_at = lives.action_at[i], lives.action_known_at[i]
    run_to(hours, at, record)
    record[KNOWN] = max(record[KNOWN], known_at)
    record[ENDED], record[ENDED_KNOWN] = at, known_at
    kind = lives.action_kind[i]
    if kind == _ABANDON:
        kind = abandoned(lives.rules[lives.metric[life]], at, record)
    fulfilled = kind in (_STOP, _TAKE, _DONE_STOP, _DONE_MISS) and record[TERMS] >= 0
    record[STATE] = COMPLETED if fulfilled else CANCELLED
    if kind == _DONE_MISS and fulfilled and record[BREACHED] == NAT:
        record[BREACHED] = at
        record[DECIDED_KNOWN] = record[KNOWN]
    if kind == _REMOVE or record[TERMS] < 0:
        record[BREACHED] = record[DECIDED_KNOWN] = NAT


@compiled
def abandoned(rule: NDArray[np.int64], at: int, record: NDArray[np.int64]) -> int:
    """How a contact ends that gave up: as answered, as missed, or as if it had not been."""
    threshold = record[TARGET] if rule[THRESHOLD] < 0 else rule[THRESHOLD]
    mode = rule[WITHIN] if at - record[STARTED] <= threshold else rule[AFTER]
    if mode == _MISSED:
        return _DONE_MISS
    return _CANCEL if mode == _IGNORED else _STOP
