"""The value index: what acting on a ticket now would save, per minute of work.

    V = c_res * U(s; 120 min) / E[remaining hands-on minutes]
      + 2 * c_fr * U(f; 60 min) / E[minutes of the next touch]

    U(x; mu) = P(T <= x < T + W)    W exponential with mean mu, T log-normal (m, sigma)
             = mean over j = 1..8 of [T_j <= x] * exp(-(x - T_j) / mu)
    T_j = exp(m + sigma * z_j),  z_j = the standard normal's (j - 1/2) / 8 quantile

s and f are the open minutes left on the resolution and first-response clocks, T is the work
still needed for that clock, c the penalty of its breach. U is the chance that the clock can
still be met now, but no longer after a typical further wait. Everything is computed in
logarithms: two months of time left are a tiny value, not the zero of a lost clock.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

N_QUANTILES = 8
NORMAL_QUANTILES: Floats = np.array(
    [NormalDist().inv_cdf((j - 0.5) / N_QUANTILES) for j in range(1, N_QUANTILES + 1)]
)


@dataclass(frozen=True)
class Work:
    """Work still needed for a clock, one entry per ticket.

    ``log_mean``, ``log_sigma``: of the log minutes until the clock is met.
    ``minutes``: expected minutes of work that meeting it costs.
    """

    log_mean: Floats
    log_sigma: Floats
    minutes: Floats


def log_chance(slack: Floats, *, work: Work, wait: float) -> Floats:
    """Log U per ticket; minus infinity where the clock cannot be met, or none runs.

    ``slack``: open minutes left; NaN where no clock of the metric runs.
    ``wait``: mean further wait in minutes.
    """
    needed = _quantiles(work)
    spare = slack[:, None] - needed
    with np.errstate(invalid="ignore"):
        terms = np.where(spare >= 0, -spare / wait, -np.inf)
    return np.asarray(np.logaddexp.reduce(terms, axis=1) - np.log(N_QUANTILES))


def log_worth(
    slack: Floats, *, work: Work, penalty: Floats, wait: float, weight: float = 1.0
) -> Floats:
    """Log of one clock's part of the value index: weight * penalty * U / minutes."""
    with np.errstate(divide="ignore"):
        price = np.log(weight * penalty) - np.log(work.minutes)
    return np.asarray(log_chance(slack, work=work, wait=wait) + price)


def can_be_met(slack: Floats, *, work: Work) -> npt.NDArray[np.bool_]:
    """Whether the time left suffices at the lowest quantile of the work; False without a clock."""
    return np.asarray(slack >= _quantiles(work)[:, 0])


def _quantiles(work: Work) -> Floats:
    """T_j: minutes of work, one row per ticket and one column per quantile, rising."""
    return np.exp(work.log_mean[:, None] + work.log_sigma[:, None] * NORMAL_QUANTILES)
