"""Runs of several seeds put together: means, differences in pairs, intervals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, sqrt
from typing import Final

import numpy as np

from forewarn.simulation.outcome import Outcome

Figure = Callable[[Outcome], float]
Trials = Sequence[Mapping[str, Outcome]]
"""Per seed the outcome of each policy."""

_T: Final = {
    1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262,
    10: 2.228, 11: 2.201, 12: 2.179, 15: 2.131, 20: 2.086, 30: 2.042,
}  # fmt: skip


@dataclass(frozen=True)
class Interval:
    """A mean over seeds and its 95 % interval (Student's t)."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float], *, least: float = float("-inf")) -> Interval:
    """Mean and interval; of one value the interval is endless. ``least``: of what can be."""
    found = np.array([v for v in values if not isnan(v)])
    if found.size < 2:
        mean = float(found.mean()) if found.size else float("nan")
        return Interval(mean, least, float("inf"))
    half = t_quantile(found.size - 1) * float(found.std(ddof=1)) / sqrt(found.size)
    mean = float(found.mean())
    return Interval(mean, max(mean - half, least), mean + half)


def t_quantile(freedom: int) -> float:
    """Two-sided 95 % of Student's t: the next smaller number of degrees in the table."""
    return _T[max(f for f in _T if f <= freedom)]


def values_of(trials: Trials, policy: str, figure: Figure) -> list[float]:
    """The figure of each seed."""
    return [figure(trial[policy]) for trial in trials]


def reduction(trials: Trials, ours: str, theirs: str, figure: Figure) -> Interval:
    """1 - ours / theirs, of the sums over seeds; the interval by leaving out one seed in turn.

    >>> from forewarn.simulation.outcome import Outcome
    >>> def run(share): return Outcome(share, 0.0, 0.0, 0.0, 0.0)
    >>> two = [{"a": run(0.01), "b": run(0.04)}, {"a": run(0.02), "b": run(0.04)}]
    >>> reduction(two, "a", "b", lambda o: o.resolution).mean
    0.625
    """
    a = np.array(values_of(trials, ours, figure))
    b = np.array(values_of(trials, theirs, figure))
    whole = 1 - a.sum() / b.sum() if b.sum() > 0 else float("nan")
    n = a.size
    if n < 2:
        return Interval(float(whole), float("-inf"), float("inf"))
    left = b.sum() - b
    without = 1 - (a.sum() - a) / np.where(left > 0, left, np.nan)
    spread = sqrt((n - 1) / n * float(((without - without.mean()) ** 2).sum()))
    half = t_quantile(n - 1) * spread
    return Interval(float(whole), float(whole) - half, float(whole) + half)


def difference(trials: Trials, ours: str, theirs: str, figure: Figure) -> Interval:
    """Ours less theirs, in pairs."""
    pairs = zip(values_of(trials, ours, figure), values_of(trials, theirs, figure), strict=True)
    return interval([a - b for a, b in pairs])
