"""Which tickets a policy can match at all, and which of them earlier policies leave it.

A condition looks at one column, so a policy matches a box: per column a set of values. Values
that no policy tells apart are one *kind*, which leaves finite sets: what the conditions name,
the numbers beside and between their limits, any other text, and nothing. The time of creation
is a column like the others; its kinds are the spans between the dates of validity.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from forewarn.config import PolicyConfig
from forewarn.health import SEGMENTS
from forewarn.sla.events import instant_of
from forewarn.sla.policy import Column, match_policies
from forewarn.tables import CUSTOMER_HEALTH, CUSTOMERS

Box = Mapping[str, frozenset[int]]
TIME = "(created at)"
_OTHER = "(any other)"


def boxes_of(policies: tuple[PolicyConfig, ...]) -> tuple[Box, ...]:
    """What each policy matches by itself: per column that any of them looks at, the kinds.

    An empty set: nothing fulfils the policy's condition on that column.
    """
    names = sorted({name for policy in policies for name in policy.when})
    sides = {name: _kinds(name, policies) for name in names}
    spans = _spans(policies)
    return tuple(
        {name: _accepted(policy, name, kinds) for name, kinds in sides.items()}
        | {TIME: _in_force(policy, spans)}
        for policy in policies
    )


def is_covered(box: Box, others: Sequence[Box]) -> bool:
    """Whether whatever lies in the box lies in one of the others."""
    if not all(box.values()):
        return True
    near = [other for other in others if meets(box, other)]
    if not near:
        return False
    rest = dict(box)
    for name, kinds in near[0].items():
        outside = rest[name] - kinds
        if outside and not is_covered({**rest, name: outside}, near[1:]):
            return False
        rest[name] &= kinds
    return True


def meets(box: Box, other: Box) -> bool:
    """Whether they have anything in common."""
    return all(kinds & other[name] for name, kinds in box.items())


def _accepted(policy: PolicyConfig, name: str, kinds: Column) -> frozenset[int]:
    if name not in policy.when:
        return frozenset(range(kinds.codes.size))
    alone = {"when": {name: policy.when[name]}, "valid_from": None, "valid_until": None}
    at = np.zeros(kinds.codes.size, np.int64)
    found = match_policies({name: kinds}, (policy.model_copy(update=alone),), at=at)
    return frozenset(int(i) for i in np.flatnonzero(found >= 0))


def _spans(policies: tuple[PolicyConfig, ...]) -> np.ndarray:
    """The first instant of each span in which the same policies are in force."""
    bounds = {at for p in policies for at in (p.valid_from, p.valid_until) if at is not None}
    instants = sorted(instant_of(at) for at in bounds)
    return np.array([instants[0] - 1, *instants] if instants else [0], np.int64)


def _in_force(policy: PolicyConfig, spans: np.ndarray) -> frozenset[int]:
    always = policy.model_copy(update={"when": {}})
    found = match_policies({}, (always,), at=spans)
    return frozenset(int(i) for i in np.flatnonzero(found >= 0))


def _kinds(name: str, policies: tuple[PolicyConfig, ...]) -> Column:
    """A column with one value of each kind, the last of them null."""
    asked = [policy.when[name] for policy in policies if name in policy.when]
    named = {value for condition in asked for value in _values(condition)}
    texts = tuple(sorted(_possible(name, named)))
    return Column(np.array([*range(len(texts)), -1], np.int32), texts)


def _values(condition: object) -> Iterator[str | float]:
    """All texts and numbers that a condition names."""
    if isinstance(condition, str | float | int) and not isinstance(condition, bool):
        yield condition if isinstance(condition, str) else float(condition)
    elif isinstance(condition, tuple | list):
        for part in condition:
            yield from _values(part)
    elif hasattr(condition, "model_dump"):
        yield from _values(tuple(condition.model_dump(exclude_none=True).values()))


def _possible(name: str, named: set[str | float]) -> set[str]:
    """One value of each kind that can stand in the column."""
    if name == "health_segment":
        return set(SEGMENTS)
    numbers = sorted({n for value in named if (n := _number(value)) is not None})
    between = [(a + b) / 2 for a, b in pairwise(numbers)]
    beyond = [numbers[0] - 1, numbers[-1] + 1] if numbers else [0.0]
    every = {*numbers, *between, *beyond}
    limits = _limits(name)
    if limits is None:
        return {v for v in named if isinstance(v, str)} | {repr(n) for n in every} | {_OTHER}
    least, most = limits
    return {repr(n) for n in every | {least, most} if least <= n <= most and abs(n) < np.inf}


def _limits(name: str) -> tuple[float, float] | None:
    """Bounds of a column of numbers; None for a column of texts."""
    spec = CUSTOMER_HEALTH.column("score") if name == "health_score" else CUSTOMERS.column(name)
    if spec is None or spec.kind != "number":
        return None
    return (
        -np.inf if spec.least is None else spec.least,
        np.inf if spec.most is None else spec.most,
    )


def _number(value: str | float) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) < np.inf else None
