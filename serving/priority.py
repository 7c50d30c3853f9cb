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

import numpy as np
import numpy.typing as npt

from forewarn.value_index import (
    FIRST_RESPONSE_SHARE,
    N_QUANTILES,
    NORMAL_QUANTILES,
    Floats,
    log_chances,
    work_quantiles,
)

__all__ = [
    "FIRST_RESPONSE_SHARE",
    "NORMAL_QUANTILES",
    "N_QUANTILES",
    "Floats",
    "Work",
    "can_be_met",
    "log_chance",
    "log_worth",
]


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
    needed = work_quantiles(work.log_mean, work.log_sigma)
    out = np.empty(len(needed))
    log_chances(np.asarray(slack, dtype=np.float64), needed, wait, out)
    return out


def log_worth(
    slack: Floats, *, work: Work, penalty: Floats, wait: float, weight: float = 1.0
) -> Floats:
    """Log of one clock's part of the value index: weight * penalty * U / minutes."""
    with np.errstate(divide="ignore"):
        price = np.log(weight * penalty) - np.log(work.minutes)
    return np.asarray(log_chance(slack, work=work, wait=wait) + price)


def can_be_met(slack: Floats, *, work: Work) -> npt.NDArray[np.bool_]:
    """Whether the time left suffices at the lowest quantile of the work; False without a clock."""
    return np.asarray(slack >= work_quantiles(work.log_mean, work.log_sigma)[:, 0])
