"""How sure a share is, and how long what has not ended yet would have taken."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

_Z = 1.959963984540054  # 97.5 % of the standard normal distribution lie below


@dataclass(frozen=True)
class Interval:
    """The 95 % interval of a share, both ends within 0 and 1."""

    low: float
    high: float


def wilson(n_hits: int, n: int) -> Interval | None:
    """Wilson's score interval of a share (Wilson 1927); None where nothing was counted.

    >>> wilson(0, 10), wilson(5, 10)
    (Interval(low=0.0, high=0.2775), Interval(low=0.2366, high=0.7634))
    """
    if n == 0:
        return None
    share, z2 = n_hits / n, _Z * _Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    reach = _Z * sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return Interval(round(max(middle - reach, 0.0), 4), round(min(middle + reach, 1.0), 4))


def time_kept_by(
    elapsed: NDArray[np.int64], is_done: NDArray[np.bool_], *, share: float
) -> int | None:
    """The least time within which that share is done, by the Kaplan-Meier estimate.

    ``elapsed``: of each clock, when it was done, or how far it had come when it was last seen
    (censored). The estimate lets a censored clock count as long as it was seen and no longer;
    leaving such clocks out would make every time too short. A clock that can never be kept is
    censored beyond all others. None where the history is too short or too censored to tell.
    Source: Kaplan and Meier 1958; a clock censored at an instant is seen at that instant.
    """
    order = np.lexsort((~is_done, elapsed))
    times, done = elapsed[order], is_done[order]
    if not times.size:
        return None
    at_risk = times.size - np.searchsorted(times, times, side="left")
    ends, first = np.unique(times, return_index=True)
    n_done = np.add.reduceat(done.astype(np.int64), first)
    still_open = np.cumprod(1 - n_done / at_risk[first])
    reached = np.flatnonzero((still_open <= 1 - share + 1e-12) & (n_done > 0))
    return int(ends[reached[0]]) if reached.size else None
