"""The chance that a customer gets into trouble: logistic regression or trees, kept as text."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import pandas as pd

from models.encoding import Encoder, learn_encoder
from models.part import Array

Kind = Literal["logistic", "trees"]
KINDS: tuple[Kind, ...] = ("logistic", "trees")


@dataclass(frozen=True)
class CustomerModel:
    """P(event) per customer from its features at as_of.

    ``kind`` logistic: counts enter as log(1 + x), missing ones as ``middle``, all centred by
    ``middle`` and ``spread``; ``weights`` and ``intercept`` are of that. ``kind`` trees:
    LightGBM's text. ``report``: what the backtest said.
    """

    event: str
    kind: Kind
    encoder: Encoder
    middle: tuple[float, ...]
    spread: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    trees: str
    report: Mapping[str, Any]

    @property
    def feature_names(self) -> tuple[str, ...]:
        return self.encoder.names

    @cached_property
    def booster(self) -> Any:
        """The parsed ``lightgbm.Booster``."""
        import lightgbm

        return lightgbm.Booster(model_str=self.trees)

    def probabilities(self, features: pd.DataFrame) -> Array:
        """One per row; raises ModelError where a feature is missing."""
        if features.empty:
            return np.empty(0, np.float64)
        matrix = self.encoder.encode(features)
        if self.kind == "trees":
            return np.asarray(self.booster.predict(matrix, num_threads=1), np.float64)
        centred = _centred(_logs(matrix), np.array(self.middle), np.array(self.spread))
        told: Array = 1.0 / (1.0 + np.exp(-(centred @ np.array(self.weights) + self.intercept)))
        return told

    def to_json(self) -> dict[str, Any]:
        """Everything but the trees."""
        return {
            "event": self.event,
            "kind": self.kind,
            "encoder": self.encoder.to_json(),
            "middle": list(self.middle),
            "spread": list(self.spread),
            "weights": list(self.weights),
            "intercept": self.intercept,
            "report": dict(self.report),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, trees: str) -> Self:
        return cls(
            event=value["event"],
            kind=value["kind"],
            encoder=Encoder.from_json(value["encoder"]),
            middle=tuple(value["middle"]),
            spread=tuple(value["spread"]),
            weights=tuple(value["weights"]),
            intercept=float(value["intercept"]),
            trees=trees,
            report=value["report"],
        )


def fit_customer_model(
    features: pd.DataFrame,
    happened: Array,
    *,
    event: str,
    kind: Kind,
    seed: int,
    report: Mapping[str, Any] | None = None,
) -> CustomerModel:
    """A model of one kind. ``happened``: 0 or 1 per row, both at least once."""
    encoder = learn_encoder(features, least=10)
    matrix = encoder.encode(features)
    if kind == "trees":
        text = _grow(matrix, happened, seed=seed)
        return CustomerModel(event, kind, encoder, (), (), (), 0.0, text, report or {})
    from sklearn.linear_model import LogisticRegression

    logs = _logs(matrix)
    told = ~np.isnan(logs)
    counts = np.maximum(told.sum(axis=0), 1)
    middle = np.where(told, logs, 0.0).sum(axis=0) / counts
    off = np.where(told, logs - middle, 0.0)
    spread = np.maximum(np.sqrt((off**2).sum(axis=0) / counts), 1e-6)
    fitted = LogisticRegression(C=0.1, max_iter=1000)
    fitted.fit(_centred(logs, middle, spread), happened.astype(int))
    return CustomerModel(
        event, kind, encoder,
        middle=tuple(middle.tolist()), spread=tuple(spread.tolist()),
        weights=tuple(fitted.coef_[0].tolist()), intercept=float(fitted.intercept_[0]),
        trees="", report=report or {},
    )  # fmt: skip


def _logs(matrix: Array) -> Array:
    """Numbers drawn together: sign(x) log(1 + |x|)."""
    found: Array = np.sign(matrix) * np.log1p(np.abs(matrix))
    return found


def _centred(logs: Array, middle: Array, spread: Array) -> Array:
    return np.clip(np.where(np.isnan(logs), 0.0, (logs - middle) / spread), -6.0, 6.0)


def _grow(matrix: Array, happened: Array, *, seed: int) -> str:
    import lightgbm

    settings = {
        "objective": "binary",
        "num_leaves": 7,
        "learning_rate": 0.08,
        "min_child_samples": 40,
        "feature_fraction": 0.5,
        "lambda_l2": 5.0,
        "seed": seed,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(matrix, happened), num_boost_round=60)
    text: str = booster.model_to_string(num_iteration=-1)
    return text
