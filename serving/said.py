"""What champion and challenger say of the open clocks, as rows for the log of scores."""

import numpy as np
import pandas as pd

from forewarn.config import Config
from forewarn.errors import ModelError
from models.bundle import ModelBundle
from serving.desk import Desk
from serving.predict import breach_probabilities

COLUMNS = (
    "ticket_id",
    "metric",
    "cycle",
    "stage",
    "due_at",
    "model_version",
    "role",
    "probability",
    "beside_version",
    "beside_probability",
)


def said_of(
    desk: Desk, config: Config, *, champion: ModelBundle | None, challenger: ModelBundle | None
) -> pd.DataFrame:
    """One row per clock and model that has a probability for it; columns as COLUMNS.

    ``desk``: its clocks carry the champion's breach_probability. A challenger that cannot be
    applied says nothing: it must not disturb a run.
    """
    clocks = desk.clocks.assign(
        stage=stages(desk.clocks["elapsed_share"], config),
        beside_version=None,
        beside_probability=np.nan,
    )
    parts = []
    if champion is not None:
        parts.append(_rows(clocks, clocks["breach_probability"], champion, role="champion"))
    if challenger is not None:
        try:
            found = breach_probabilities(challenger, desk)
        except ModelError:
            found = pd.Series(np.nan, index=clocks.index)
        if champion is not None:
            clocks["beside_version"] = champion.version
            clocks["beside_probability"] = desk.clocks["breach_probability"]
        parts.append(_rows(clocks, found, challenger, role="challenger"))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def stages(elapsed_share: pd.Series, config: Config) -> pd.Series:
    """The last landmark that each clock has passed; ``opening`` before the first."""
    marks = sorted(config.training.landmarks)
    names = np.array(["opening", *(f"{mark:g}" for mark in marks)], object)
    passed = np.searchsorted(marks, elapsed_share.fillna(0.0).to_numpy(float), side="right")
    return pd.Series(names[passed], index=elapsed_share.index)


def _rows(
    clocks: pd.DataFrame, probability: "pd.Series[float]", bundle: ModelBundle, *, role: str
) -> pd.DataFrame:
    said = clocks.assign(
        probability=probability, model_version=bundle.version or "unregistered", role=role
    )
    return said.loc[probability.notna(), list(COLUMNS)]
