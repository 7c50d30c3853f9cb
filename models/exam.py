"""The exam: what a training's recipe foretells of the latest tickets, which it did not see.

A model that serves is fitted on everything, so no ticket is left to judge it by. Its *twin* is
fitted the same way on what was decided before the exam begins; what the twin says of the
tickets opened since then is kept with the model. The gate compares such answers of champion
and challenger, and the conformal sets come from them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from forewarn.errors import ModelError

KEYS = ("ticket_id", "metric", "cycle", "landmark")


@dataclass(frozen=True)
class Exam:
    """Answers to tickets first observed from ``begins`` on.

    ``answers``: one row per observation: ticket_id, metric, cycle, landmark and probability.
    ``notes``: metrics without answers, and why.
    """

    begins: pd.Timestamp
    answers: pd.DataFrame
    notes: Mapping[str, str]

    def to_text(self) -> str:
        """Compact JSON: codes per column, probabilities to six decimals."""
        tickets, ids = pd.factorize(self.answers["ticket_id"].astype(str))
        metrics, metric_names = pd.factorize(self.answers["metric"].astype(str))
        landmarks, landmark_names = pd.factorize(self.answers["landmark"].astype(str))
        value = {
            "begins": self.begins.isoformat(),
            "notes": dict(self.notes),
            "ticket_ids": list(ids),
            "metrics": list(metric_names),
            "landmarks": list(landmark_names),
            "ticket": tickets.tolist(),
            "metric": metrics.tolist(),
            "landmark": landmarks.tolist(),
            "cycle": self.answers["cycle"].astype(int).tolist(),
            "probability": np.round(self.answers["probability"].to_numpy(float), 6).tolist(),
        }
        return json.dumps(value, separators=(",", ":"), sort_keys=True, allow_nan=False)

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Raises ModelError where the text is not one of ours."""
        try:
            value: dict[str, Any] = json.loads(text)
            answers = pd.DataFrame(
                {
                    "ticket_id": np.array(value["ticket_ids"], object)[value["ticket"]],
                    "metric": np.array(value["metrics"], object)[value["metric"]],
                    "cycle": np.array(value["cycle"], np.int64),
                    "landmark": np.array(value["landmarks"], object)[value["landmark"]],
                    "probability": np.array(value["probability"], np.float64),
                }
            )
            return cls(pd.Timestamp(value["begins"]), answers, value["notes"])
        except (KeyError, TypeError, ValueError, IndexError, RecursionError) as error:
            raise ModelError(f"refused: exam.json is not as expected: {error!r}") from error
