"""What the champion learned from beside what came after its cutoff.

Of both whole tickets are drawn, at their landmarks, with the features that a scoring run saw then.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.build import build_features
from features.history import History
from features.observations import landmark_observations
from forewarn.config import Config
from models.bundle import ModelBundle
from models.inner_windows import first_observed
from models.splits import history_end, training_outcomes

MOST_ROWS = 20_000
SEED = 20
_WEEK = pd.Timedelta(weeks=1)


@dataclass(frozen=True)
class Change:
    """Observations of before and after the champion's cutoff, index 0 to n - 1 each.

    ``after``: with ``probability`` (the champion's) and is_breached (NaN where undecided).
    ``weekly``: tickets per week before and after, of all, not only of those drawn; null over
    less than a week.
    """

    before: pd.DataFrame
    after: pd.DataFrame
    features_before: pd.DataFrame
    features_after: pd.DataFrame
    weekly: tuple[float | None, float | None]


def read_change(history: History, config: Config, *, champion: ModelBundle) -> Change:
    """What the champion learned from, and what was first observed after its cutoff, lately."""
    training = config.training
    observations = landmark_observations(
        history, landmarks=training.landmarks, opened_from=training.opened_from
    )
    end = history_end(history)
    observations = observations[observations["as_of"] < end]
    first = first_observed(observations)
    recent_from = max(champion.cutoff, end - config.evidence.recent)
    whole = observations[first < champion.cutoff], observations[first >= recent_from]
    before, after = _drawn(whole[0]), _drawn(whole[1])
    decided = training_outcomes(history, after, cutoff=end)["is_breached"]
    after = after.assign(is_breached=decided.reindex(after.index)).reset_index(drop=True)
    before = before.reset_index(drop=True)
    names = list(champion.feature_names)
    old = build_features(history, before, names=names)
    new = build_features(history, after, names=names)
    probability = np.full(len(after), np.nan)
    for metric in champion.models:
        here = np.flatnonzero(after["metric"].astype(str) == metric)
        probability[here] = champion.probabilities(new.iloc[here], metric=metric)
    weekly = _per_week(whole[0]), _per_week(whole[1])
    return Change(before, after.assign(probability=probability), old, new, weekly)


def _drawn(observations: pd.DataFrame) -> pd.DataFrame:
    """At most MOST_ROWS of them, whole tickets, in their order."""
    tickets = observations["ticket"].unique()
    share = MOST_ROWS / max(len(observations), 1)
    if share >= 1:
        return observations
    drawn = np.random.default_rng(SEED).permutation(tickets)[: max(int(share * len(tickets)), 1)]
    return observations[observations["ticket"].isin(drawn)]


def _per_week(rows: pd.DataFrame) -> float | None:
    """Tickets first observed per week; null over less than a week."""
    if rows.empty:
        return None
    first = rows.groupby("ticket")["as_of"].min()
    span = first.max() - first.min()
    return float(len(first) / (span / _WEEK)) if span >= _WEEK else None
