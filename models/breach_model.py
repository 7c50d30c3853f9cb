"""A breach model of one metric: fitted, applied, and kept as text and JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.calibration import Calibrator
from models.encoding import Encoder
from models.support import Support

Array = NDArray[np.float64]
_VALUES_PER_THREAD = 10_000_000
_MOST_THREADS = 2


@dataclass(frozen=True)
class FitReport:
    """How a fit went. ``base_rate``: share of the observations that breached.

    Brier scores are over the observations of the windows from ``judged_from`` to the cutoff,
    each foretold, uncalibrated, by a model of what lies before it; ``brier_prior`` is that of
    the breach rate there. Null where too little was decided.
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


@dataclass(frozen=True)
class BreachModel:
    """P(breach) of an open clock of one metric, from its features at as_of.

    ``trees`` is LightGBM's text; it is parsed when first used, so that a bundle can check
    it before. Never a pickle.
    """

    metric: str
    encoder: Encoder
    trees: str
    calibrator: Calibrator | None
    report: FitReport
    support: Support | None = None

    @property
    def feature_names(self) -> tuple[str, ...]:
        return self.encoder.names

    @cached_property
    def booster(self) -> Any:
        """The parsed ``lightgbm.Booster``."""
        import lightgbm

        return lightgbm.Booster(model_str=self.trees)

    def raw_probabilities(self, features: pd.DataFrame) -> Array:
        """One per row, before calibration."""
        if features.empty:
            return np.empty(0, dtype=np.float64)
        matrix = self.encoder.encode(features)
        predicted: Array = self.booster.predict(matrix, num_threads=threads_for(matrix.size))
        return predicted

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
        added = self.booster.predict(matrix, pred_contrib=True, num_threads=1)
        return pd.DataFrame(added[:, :-1], columns=names, index=features.index)

    def importance(self) -> dict[str, float]:
        """Share of the trees' total gain by feature, largest first."""
        gain = self.booster.feature_importance(importance_type="gain")
        total = float(gain.sum()) or 1.0
        shares = {n: float(g) / total for n, g in zip(self.feature_names, gain, strict=True)}
        return dict(sorted(shares.items(), key=lambda item: (-item[1], item[0])))

    def to_json(self) -> dict[str, Any]:
        """Everything but the trees."""
        return {
            "metric": self.metric,
            "encoder": self.encoder.to_json(),
            "calibrator": None if self.calibrator is None else self.calibrator.to_json(),
            "report": asdict(self.report),
            "support": None if self.support is None else self.support.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, trees: str) -> Self:
        calibrator, support = value["calibrator"], value["support"]
        return cls(
            metric=value["metric"],
            encoder=Encoder.from_json(value["encoder"]),
            trees=trees,
            calibrator=None if calibrator is None else Calibrator.from_json(calibrator),
            report=FitReport(**value["report"]),
            support=None if support is None else Support.from_json(support),
        )


def threads_for(n_values: int) -> int:
    """Threads that are worth their waiting for each other: one for small tables.

    LightGBM's threads spin at every step of every tree; on a busy machine a second one
    makes small fits many times slower. The result does not depend on it.
    """
    return min(_MOST_THREADS, max(1, n_values // _VALUES_PER_THREAD))
