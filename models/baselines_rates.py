"""As-of breach rates of codes: what a desk knew about a group or category just then.

A rate as of t counts clocks of the same code whose outcome was decided before t, strictly.
*Known* rates count an outcome as soon as its label is known; that flatters codes with long
deadlines, whose early outcomes are all promises kept. *Matured* rates count it once the
deadline has passed as well. Both are smoothed towards the overall rate as of t.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from forewarn.sla.compiled import compiled
from models.metrics import Floats

SMOOTHING = 10.0
"""Weight of the overall rate, in clocks."""
NEUTRAL = 0.5
"""The overall rate while nothing is decided yet."""

Codes = NDArray[np.int64]
Instants = NDArray[np.int64]


def as_of_rates(
    truth: Floats,
    *,
    codes: Codes,
    decided_at: Instants,
    asked_codes: Codes,
    as_of: Instants,
    smoothing: float = SMOOTHING,
) -> Floats:
    """The smoothed breach rate of ``asked_codes`` as of each instant.

    ``truth``, ``codes``, ``decided_at``: one per decided clock; ``asked_codes``, ``as_of``: one
    per observation. Instants are µs since the epoch. Code -1 (null) is a code like others.
    """
    one = np.zeros_like(codes), decided_at, np.zeros_like(asked_codes), as_of
    all_hits, all_sizes = _counts(truth, *one)
    hits, sizes = _counts(truth, codes, decided_at, asked_codes, as_of)
    base = np.where(all_sizes > 0, all_hits / np.maximum(all_sizes, 1.0), NEUTRAL)
    rates: Floats = (hits + smoothing * base) / (sizes + smoothing)
    return rates


@dataclass(frozen=True)
class Decided:
    """Clocks that count towards rates: one element (row) per clock.

    ``keys``: the codes that the ticket had when the clock was first observed. A clock counts
    as known at ``known_at`` (its label's), as matured at ``matured_at`` (its deadline, or its
    label's where that is later). Instants in µs.
    """

    keys: pd.DataFrame
    truth: Floats
    known_at: Instants
    matured_at: Instants


def rate_baselines(keys: pd.DataFrame, *, as_of: Instants, decided: Decided) -> dict[str, Floats]:
    """``<code>_rate_known`` and ``<code>_rate_matured`` for every column of ``keys``.

    ``keys`` and ``as_of``: one row per observation, with the codes it has then.
    """
    scores: dict[str, Floats] = {}
    for name in keys.columns:
        both = pd.concat([decided.keys[name].astype(object), keys[name].astype(object)])
        codes = pd.factorize(both)[0].astype(np.int64)
        for kind, decided_at in (("known", decided.known_at), ("matured", decided.matured_at)):
            scores[f"{name}_rate_{kind}"] = as_of_rates(
                decided.truth,
                codes=codes[: len(decided.keys)],
                decided_at=decided_at,
                asked_codes=codes[len(decided.keys) :],
                as_of=as_of,
            )
    return scores


def _counts(
    truth: Floats, codes: Codes, decided_at: Instants, asked: Codes, as_of: Instants
) -> tuple[Floats, Floats]:
    """Breaches and clocks of each asked code decided strictly before each instant."""
    order = np.lexsort((decided_at, codes))
    edges = np.arange(-1, max(codes.max(initial=-1), asked.max(initial=-1)) + 2)
    starts = np.searchsorted(codes[order], edges)
    sums = np.concatenate(([0.0], np.cumsum(truth[order])))
    hits, sizes = np.empty(asked.size), np.empty(asked.size)
    _bisect(starts, decided_at[order], sums, asked, as_of, hits, sizes)
    return hits, sizes


@compiled
def _bisect(  # noqa: PLR0917  # a kernel takes arrays by position
    starts: Codes,
    decided_at: Instants,
    sums: Floats,
    asked: Codes,
    as_of: Instants,
    hits: Floats,
    sizes: Floats,
) -> None:
    for i in range(asked.size):
        first = starts[asked[i] + 1]
        low, high = first, starts[asked[i] + 2]
        while low < high:
            middle = (low + high) // 2
            if decided_at[middle] < as_of[i]:
                low = middle + 1
            else:
                high = middle
        hits[i] = sums[low] - sums[first]
        sizes[i] = low - first
