"""Which parts of a breach model are kept: those that do no sure harm, or are of sure use."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.breach_model import as_probabilities
from models.part import Array

SURE = 2.0
"""Standard errors that a change must gain."""
ON_PROOF = ("code_trees",)
"""Parts that join where they surely gain; the others leave where they surely harm.

Grouping values by what became of them gained .007 AUC on one of five problems before the test,
and lost .02 on one with few tickets, where the windows could not tell.
"""


@dataclass(frozen=True)
class Judged:
    """Observations that judge, one entry each: outcome, landmark, ticket."""

    truth: Array
    landmark: NDArray[np.int64]
    ticket: NDArray[np.int64]


def choose_parts(
    candidates: Mapping[str, Array], judged: Judged
) -> tuple[tuple[str, ...], dict[str, float]]:
    """The parts that are kept, and the log-loss of each part and of the mean of these.

    ``candidates``: log-odds by part. One part after the other leaves, the most harmful first,
    while the mean of the others loses surely less; then those of ON_PROOF join.
    """
    kept = tuple(name for name in candidates if name not in ON_PROOF) or tuple(candidates)
    while len(kept) > 1:
        smaller = [tuple(name for name in kept if name != left) for left in kept]
        gains = [_sure_gain(mean_of(candidates, kept), mean_of(candidates, others), judged)
                 for others in smaller]  # fmt: skip
        if max(gains) <= 0:
            break
        kept = smaller[int(np.argmax(gains))]
    for name in [name for name in candidates if name in ON_PROOF and name not in kept]:
        before, after = (mean_of(candidates, parts) for parts in (kept, (*kept, name)))
        kept += (name,) if _sure_gain(before, after, judged) > 0 else ()
    losses = {name: macro_loss(odds, judged.truth, judged.landmark)
              for name, odds in candidates.items()}  # fmt: skip
    both = mean_of(candidates, kept)
    return kept, losses | {" + ".join(kept): macro_loss(both, judged.truth, judged.landmark)}


def mean_of(candidates: Mapping[str, Array], parts: tuple[str, ...]) -> Array:
    """The mean of some parts' log-odds."""
    mean: Array = np.mean([candidates[name] for name in parts], axis=0)
    return mean


def macro_loss(log_odds: Array, truth: Array, landmark: NDArray[np.int64]) -> float:
    """Mean over landmarks of the mean log-loss."""
    return float((_shares(landmark) * _losses(log_odds, truth)).sum())


def _sure_gain(before: Array, after: Array, judged: Judged) -> float:
    """How much less is lost, less SURE standard errors; observations of a ticket go together."""
    gained = _losses(before, judged.truth) - _losses(after, judged.truth)
    _, ticket = np.unique(judged.ticket, return_inverse=True)
    by_ticket = np.bincount(ticket, _shares(judged.landmark) * gained)
    error = np.sqrt(by_ticket.size) * by_ticket.std()
    return float(by_ticket.sum() - SURE * error)


def _shares(landmark: NDArray[np.int64]) -> Array:
    """What each observation counts: landmarks alike, and those of one landmark alike."""
    counts = np.bincount(landmark)
    shares: Array = 1.0 / (np.count_nonzero(counts) * counts[landmark])
    return shares


def _losses(log_odds: Array, truth: Array) -> Array:
    inside = np.clip(as_probabilities(log_odds), 1e-6, 1 - 1e-6)
    return -np.where(truth > 0, np.log(inside), np.log1p(-inside))
