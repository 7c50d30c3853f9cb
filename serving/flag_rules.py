"""Who is flagged this week: the riskiest, without thrash. Pure; nothing here reads a clock."""

import math
from collections.abc import Collection, Sequence

STAY_FACTOR = 1.5
"""A flag stays while its customer is among this many times k."""


def choose_flags(
    ranked: Sequence[str],
    *,
    k: int,
    standing: Collection[str] = (),
    resting: Collection[str] = (),
) -> list[str]:
    """At most ``k`` customers in the order of ``ranked`` (most at risk first).

    The first half of k always belongs to the riskiest. Behind them ``standing`` flags (of last
    week) stay while they rank within STAY_FACTOR * k, before others come in. ``resting``
    customers (acknowledged a short while ago) are passed over.

    >>> choose_flags(["A", "B", "C", "D"], k=2, standing=["C"])
    ['A', 'C']
    >>> choose_flags(["A", "B", "C", "D"], k=2, standing=["D"])
    ['A', 'B']
    >>> choose_flags(["A", "B", "C"], k=2, standing=["C"], resting=["A"])
    ['B', 'C']
    """
    awake = [name for name in ranked if name not in resting]
    first = awake[: math.ceil(k / 2)]
    near = awake[: math.floor(STAY_FACTOR * k)]
    staying = [name for name in near if name in standing and name not in first]
    others = [name for name in awake if name not in first and name not in staying]
    chosen = {*[*first, *staying, *others][:k]}
    return [name for name in awake if name in chosen]
