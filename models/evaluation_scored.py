"""A test window with the scores of every model: what all evaluation tables are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.bootstrap import Resamples, mean_over, resample_tickets, statistics
from models.metrics import STATISTICS, Floats

OURS = "forewarn"
"""The name under which the trained model stands beside the baselines."""
ECE_MINIMUM = 2000
"""Fewer observations have no calibration error: at 800 a perfect model already shows .037."""


@dataclass(frozen=True)
class Scored:
    """Decided observations of one metric with one or more sets of scores per model.

    ``rows``: one row per observation: clock, ticket, landmark, as_of, is_breached (1 or 0),
    remaining_seconds, share_elapsed and what else a table needs; index 0 to n - 1.
    ``scores``: model: one array per seed (baselines have one). ``probabilities``: models whose
    scores are probabilities. ``codes``: column of ``resamples`` of each row's ticket.
    """

    rows: pd.DataFrame
    scores: Mapping[str, Sequence[Floats]]
    probabilities: frozenset[str]
    codes: NDArray[np.int64]
    resamples: Resamples

    @property
    def truth(self) -> Floats:
        return self.rows["is_breached"].to_numpy(float)

    def mask(self, landmark: str) -> NDArray[np.bool_]:
        """Which rows were observed at the landmark."""
        return (self.rows["landmark"] == landmark).to_numpy(bool)

    def mean_score(self, name: str) -> Floats:
        """The mean of a model's scores over its seeds."""
        mean: Floats = np.mean(np.stack(list(self.scores[name])), axis=0)
        return mean


def scored(
    rows: pd.DataFrame,
    scores: Mapping[str, Sequence[Floats]],
    *,
    probabilities: frozenset[str],
    resamples: int,
    seed: int,
) -> Scored:
    """The decided ``rows`` (is_breached known) with their scores and resamples of their tickets."""
    decided = rows["is_breached"].notna().to_numpy()
    kept = rows[decided].reset_index(drop=True)
    codes, tickets = pd.factorize(kept["ticket"])
    return Scored(
        rows=kept,
        scores={name: [s[decided] for s in sets] for name, sets in scores.items()},
        probabilities=probabilities,
        codes=codes.astype(np.int64),
        resamples=resample_tickets(len(tickets), resamples=resamples, seed=seed),
    )


def replicates(test: Scored, name: str, *, mask: NDArray[np.bool_]) -> Floats:
    """The figures of a model on some rows: one row per resample, columns as STATISTICS.

    The mean over the model's seeds. Brier and calibration error are NaN for scores that
    are no probabilities, the latter also below ECE_MINIMUM rows.
    """
    truth, codes = test.truth[mask], test.codes[mask]
    found = [
        statistics(truth, s[mask], tickets=codes, resamples=test.resamples)
        for s in test.scores[name]
    ]
    figures = np.column_stack([mean_over([f[:, i] for f in found]) for i in range(4)])
    if name not in test.probabilities:
        figures[:, [STATISTICS.index("brier"), STATISTICS.index("ece")]] = np.nan
    elif int(mask.sum()) < ECE_MINIMUM:
        figures[:, STATISTICS.index("ece")] = np.nan
    return figures
