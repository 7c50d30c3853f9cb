"""A breach model of one metric: fitted, applied, and kept as text and JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.calibration import Calibrator
from models.encoding import Encoder
from models.hazard import HazardPart
from models.linear import LinearPart
from models.part import Array, Part
from models.support import Support
from models.trees import TreesPart


@dataclass(frozen=True)
class FitReport:
    """How a fit went. ``base_rate``: share of the observations that breached.

    Brier scores are over the observations of the windows from ``judged_from`` to the cutoff,
    each foretold, uncalibrated, by a model of what lies before it; ``brier_prior`` is that of
    the breach rate there. Null where too little was decided. ``blend``: the log-loss there of
    every part alone and of the parts that were chosen together. ``rounds``: the most of any
    part; ``rounds_of``: of each kind of trees.
    """

    n_observations: int
    n_tickets: int
    n_breached: int
    base_rate: float
    censored_share: float
    rounds: int
    seed: int
    judged_from: str
    brier: float | None
    brier_prior: float | None
    calibration: Mapping[str, Any]
    blend: Mapping[str, float]
    rounds_of: Mapping[str, int]


@dataclass(frozen=True)
class BreachModel:
    """P(breach) of an open clock of one metric, from its features at as_of.

    The mean of the parts' log-odds, calibrated. Never a pickle.
    """

    metric: str
    encoder: Encoder
    parts: tuple[Part, ...]
    calibrator: Calibrator | None
    report: FitReport
    support: Support | None = None

    @property
    def feature_names(self) -> tuple[str, ...]:
        return self.encoder.names

    def raw_probabilities(self, features: pd.DataFrame) -> Array:
        """One per row, before calibration."""
        if features.empty:
            return np.empty(0, dtype=np.float64)
        matrix = self.encoder.encode(features)
        return as_probabilities(np.mean([part.log_odds(matrix) for part in self.parts], axis=0))

    def probabilities(self, features: pd.DataFrame) -> Array:
        """One per row, 0 to 1; raises ModelError where a feature is missing.

        Where the budget is longer than any that was learned from, the breach rate at that
        share of the budget stands in.
        """
        raw = self.raw_probabilities(features)
        given = raw if self.calibrator is None else self.calibrator.apply(raw)
        if self.support is None or features.empty:
            return given
        return np.where(self.support.covers(features), given, self.support.rate(features))

    def is_known(self, features: pd.DataFrame) -> NDArray[np.bool_]:
        """Per row whether the model has an answer of its own; False beyond its support."""
        if self.support is None:
            return np.ones(len(features), dtype=bool)
        return self.support.covers(features)

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """What each feature adds to the log-odds; one row per row, 10 ms each: only for a few."""
        names = list(self.feature_names)
        if features.empty:
            return pd.DataFrame(columns=names, index=features.index, dtype=np.float64)
        matrix = self.encoder.encode(features)
        added = np.mean([part.contributions(matrix) for part in self.parts], axis=0)
        return pd.DataFrame(added, columns=names, index=features.index)

    def importance(self) -> dict[str, float]:
        """Share of each feature in the parts, on average; largest first."""
        mean = np.mean([part.importance() for part in self.parts], axis=0)
        found = {name: float(share) for name, share in zip(self.feature_names, mean, strict=True)}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def texts(self) -> dict[str, str]:
        """LightGBM's own texts, by the name of their part."""
        return {p.name: p.text for p in self.parts if isinstance(p, TreesPart | HazardPart)}

    def to_json(self) -> dict[str, Any]:
        """Everything but the texts."""
        return {
            "metric": self.metric,
            "encoder": self.encoder.to_json(),
            "parts": [part.to_json() for part in self.parts],
            "calibrator": None if self.calibrator is None else self.calibrator.to_json(),
            "report": asdict(self.report),
            "support": None if self.support is None else self.support.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, texts: Mapping[str, str]) -> Self:
        """``texts``: LightGBM's, by the name of their part."""
        calibrator, support = value["calibrator"], value["support"]
        return cls(
            metric=value["metric"],
            encoder=Encoder.from_json(value["encoder"]),
            parts=tuple(_part(part, texts) for part in value["parts"]),
            calibrator=None if calibrator is None else Calibrator.from_json(calibrator),
            report=FitReport(**value["report"]),
            support=None if support is None else Support.from_json(support),
        )


def _part(value: Mapping[str, Any], texts: Mapping[str, str]) -> Part:
    name = value["name"]
    if name == "logistic":
        return LinearPart.from_json(value)
    kind = HazardPart if name == "hazard" else TreesPart
    return kind.from_json(value, text=texts[name])


def as_probabilities(log_odds: Array) -> Array:
    """The logistic function."""
    return 1.0 / (1.0 + np.exp(-log_odds))
