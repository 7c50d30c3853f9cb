"""What the gate looks at: decided observations with what champion and challenger said of them.

No answer is in-sample: up to its cutoff a model answers by its exam, whose twin had not seen
the ticket; tickets first observed later are new to the model itself.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.build import build_features
from features.history import History
from features.observations import landmark_observations
from forewarn.config import Config
from models.bundle import ModelBundle
from models.evaluation_data import code_features
from models.exam import KEYS
from models.exam_sitting import Label
from models.inner_windows import first_observed
from models.segments import bands
from models.splits import training_outcomes

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Contest:
    """Decided observations of one metric, index 0 to n - 1.

    ``rows``: as outcomes; first_at (first observed); champion and challenger (probabilities,
    NaN where there is no answer that the model had not seen); prior; is_fair: both answered
    as twins, or both as themselves. ``segments``: the codes, landmark, and band of risk.
    """

    rows: pd.DataFrame
    segments: pd.DataFrame

    def part(self, mask: NDArray[np.bool_]) -> "Contest":
        """Some rows, numbered anew."""
        return Contest(
            self.rows[mask].reset_index(drop=True), self.segments[mask].reset_index(drop=True)
        )

    @property
    def answered(self) -> "Contest":
        """Where the challenger has an answer."""
        return self.part(self.rows["challenger"].notna().to_numpy())

    @property
    def fair(self) -> "Contest":
        """Where both are compared."""
        return self.part(self.rows["is_fair"].to_numpy())


def read_contest(
    history: History,
    config: Config,
    *,
    champion: ModelBundle | None,
    challenger: ModelBundle,
    as_of: pd.Timestamp,
    label: Label = training_outcomes,
) -> dict[str, Contest]:
    """By metric the observations since the challenger's exam began, decided by ``as_of``."""
    begins = challenger.cutoff if challenger.exam is None else challenger.exam.begins
    observations = landmark_observations(history, landmarks=config.training.landmarks)
    outcomes = label(history, observations, cutoff=as_of)
    first_at = first_observed(outcomes)
    priors = _priors(outcomes[(first_at < begins) & ~outcomes["is_censored"]])
    inside = (first_at >= begins) & ~outcomes["is_censored"]
    rows = outcomes[inside].assign(first_at=first_at[inside]).reset_index(drop=True)
    rows["prior"] = _prior_of(rows, priors)
    features, segments = _described(history, rows, (champion, challenger))
    for name, bundle in (("champion", champion), ("challenger", challenger)):
        rows[name], rows[f"{name}_in_exam"] = _answers(rows, features, bundle)
    rows["is_fair"] = _is_fair(rows, champion, challenger, least=config.promotion.minimum_tickets)
    witness = rows["champion"].fillna(rows["challenger"]).to_numpy(float)
    segments["risk"] = bands(witness)
    metrics = rows["metric"].astype(str)
    whole = Contest(rows, segments)
    return {m: whole.part((metrics == m).to_numpy()) for m in challenger.models}


def _described(
    history: History, rows: pd.DataFrame, bundles: tuple[ModelBundle | None, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Everything that either model asks for; and the codes as texts, with the landmark."""
    codes = code_features(history)
    asked = [name for b in bundles if b is not None for name in b.feature_names]
    names = list(dict.fromkeys([*asked, *codes.values()]))
    features = build_features(history, rows, names=names)
    segments = pd.DataFrame({code: features[name].astype(str) for code, name in codes.items()})
    return features, segments.assign(landmark=rows["landmark"].astype(str))


def _answers(
    rows: pd.DataFrame, features: pd.DataFrame, bundle: ModelBundle | None
) -> tuple[Floats, NDArray[np.bool_]]:
    """Probabilities, NaN where the model has no answer that it had not seen; which are a twin's."""
    found = np.full(len(rows), np.nan)
    if bundle is None:
        return found, np.zeros(len(rows), bool)
    if bundle.exam is not None:
        keys = rows[list(KEYS)].astype({"metric": str, "landmark": str, "ticket_id": str})
        told = keys.merge(bundle.exam.answers, on=list(KEYS), how="left")
        found = told["probability"].to_numpy(float).copy()
    in_exam = ~np.isnan(found)
    is_new = (rows["first_at"] >= bundle.cutoff).to_numpy()
    for metric in bundle.models:
        here = np.flatnonzero((rows["metric"].astype(str) == metric).to_numpy() & is_new)
        found[here] = bundle.probabilities(features.iloc[here], metric=metric)
    return found, in_exam


def _is_fair(
    rows: pd.DataFrame,
    champion: ModelBundle | None,
    challenger: ModelBundle,
    *,
    least: int,
) -> NDArray[np.bool_]:
    """Twin against twin, model against model, or a twin that knows more than an old champion.

    Where those are fewer than ``least`` tickets, the champion also meets twins that know less
    than it does; that favours the champion.
    """
    if champion is None:
        return np.zeros(len(rows), bool)
    both = (rows["champion"].notna() & rows["challenger"].notna()).to_numpy()
    as_twins = rows["champion_in_exam"] & rows["challenger_in_exam"]
    later = rows["first_at"] >= max(champion.cutoff, challenger.cutoff)
    is_old = challenger.exam is not None and challenger.exam.begins >= champion.cutoff
    strict = both & (as_twins | later | is_old).to_numpy()
    fair = np.zeros(len(rows), bool)
    for places in rows.groupby(rows["metric"].astype(str)).indices.values():
        enough = rows["ticket"].iloc[places[strict[places]]].nunique() >= least
        fair[places] = strict[places] if enough else both[places]
    return fair


def _priors(before: pd.DataFrame) -> pd.DataFrame:
    """Breach share per metric and landmark of what was decided before the window."""
    keys = [before["metric"].astype(str), before["landmark"].astype(str)]
    return before.groupby(keys)["is_breached"].mean().rename("prior").reset_index()


def _prior_of(rows: pd.DataFrame, priors: pd.DataFrame) -> Floats:
    keys = rows[["metric", "landmark"]].astype(str)
    share = keys.merge(priors, on=["metric", "landmark"], how="left")["prior"]
    return share.fillna(0.5).to_numpy(float)
