"""The kernel of the value index, one for the queue that is served and for the simulated desk.

    U(x; mu) = mean over j of [T_j <= x] * exp(-(x - T_j) / mu)

T_j are the quantiles of the work still needed for a clock, x the open minutes left on it, mu
the mean further wait. Everything is computed in logarithms: two months of time left are a tiny
value, not the zero of a lost clock.
"""

from math import exp, inf, log
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled, fused

Floats = NDArray[np.float64]

N_QUANTILES = 8
NORMAL_QUANTILES: Floats = np.array(
    [NormalDist().inv_cdf((j - 0.5) / N_QUANTILES) for j in range(1, N_QUANTILES + 1)]
)
FIRST_RESPONSE_SHARE = 0.25
"""Part of the next touch that passes until the reply, where nothing better is known."""


def work_quantiles(log_mean: Floats, log_sigma: Floats) -> Floats:
    """T_j: minutes of work, one row per ticket and one column per quantile, rising."""
    return np.exp(log_mean[:, None] + log_sigma[:, None] * NORMAL_QUANTILES)


@fused
def n_fitting(slack: float, needed: Floats) -> int:
    """How many of the rising quantiles of the work still fit into the slack."""
    fits = 0
    while fits < needed.size and needed[fits] <= slack:
        fits += 1
    return fits


@fused
def log_level(needed: Floats, fits: int, wait: float) -> float:
    """Log U where the slack is the last of the quantiles that fit; it only depends on these."""
    nearest = needed[fits - 1]
    total = 0.0
    for j in range(fits):
        total += exp((needed[j] - nearest) / wait)
    return log(total / needed.size)


@fused
def log_chance_of(slack: float, needed: Floats, wait: float) -> float:
    """Log U of one clock; minus infinity where it cannot be met, or none runs (NaN).

    ``needed``: the quantiles of the work, rising; all in minutes.
    """
    fits = n_fitting(slack, needed)
    if fits == 0:
        return -inf
    return float(-(slack - needed[fits - 1]) / wait + log_level(needed, fits, wait))


@compiled
def log_chances(slack: Floats, needed: Floats, wait: float, out: Floats) -> None:
    """``log_chance_of`` for each row."""
    for i in range(slack.size):
        out[i] = log_chance_of(slack[i], needed[i], wait)
