"""Log-normal minutes from trees: one for the mean of the log, one for its spread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from models.encoding import Encoder, learn_encoder
from models.trees import threads_for
from models.work_averages import LEAST_SIGMA, Array, Minutes

_LONGEST_LOG = np.log(1e5)
"""No estimate is longer: two months of hands-on minutes."""
_FEW_LEAVES = 6  # of the spread's trees: it is noisier than the mean


@dataclass(frozen=True)
class WorkTrees:
    """Minutes of one target, from a ticket's features as of then.

    ``mean``, ``spread``: LightGBM's texts, parsed when first used; never a pickle. The first
    gives the mean of the log, the second the mean absolute difference from it. ``sigma_scale``
    makes a sigma of that. ``intercept`` and ``slope`` turn the log of the log-normal's mean
    into the log of the minutes to expect.
    """

    encoder: Encoder
    mean: str
    spread: str
    sigma_scale: float
    intercept: float
    slope: float

    @cached_property
    def boosters(self) -> tuple[Any, Any]:
        """The two parsed ``lightgbm.Booster``."""
        import lightgbm

        return lightgbm.Booster(model_str=self.mean), lightgbm.Booster(model_str=self.spread)

    def estimate(self, features: pd.DataFrame) -> Minutes:
        """One entry per row; raises ModelError where a feature is missing."""
        if features.empty:
            return Minutes(np.empty(0), np.empty(0), np.empty(0))
        matrix = self.encoder.encode(features)
        log_mean, spread = (
            np.asarray(b.predict(matrix, num_threads=threads_for(matrix.size)), np.float64)
            for b in self.boosters
        )
        log_sigma = np.clip(self.sigma_scale * spread, LEAST_SIGMA, 3.0)
        expected = self.intercept + self.slope * (log_mean + log_sigma**2 / 2)
        return Minutes(np.exp(np.clip(expected, 0.0, _LONGEST_LOG)), log_mean, log_sigma)

    def to_json(self) -> dict[str, Any]:
        """Everything but the texts."""
        return {
            "encoder": self.encoder.to_json(),
            "sigma_scale": self.sigma_scale,
            "intercept": self.intercept,
            "slope": self.slope,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, mean: str, spread: str) -> Self:
        encoder = Encoder.from_json(value["encoder"])
        scales = (float(value[name]) for name in ("sigma_scale", "intercept", "slope"))
        return cls(encoder, mean, spread, *scales)


def fit_trees(
    features: pd.DataFrame, minutes: Array, tickets: np.ndarray[Any, Any], *, rounds: int, seed: int
) -> WorkTrees:
    """Trees of these rows; spread and scales come from two halves that foretell each other.

    ``tickets``: per row; a ticket lies in one half.
    """
    encoder = learn_encoder(features, least=5)
    matrix, logs = encoder.encode(features), _logs(minutes)
    half = _half(tickets, seed=seed)
    foretold, spread = np.empty(len(logs)), np.empty(len(logs))
    for part in (0, 1):
        there = half == part
        booster = _boost(matrix[~there], logs[~there], rounds=rounds, seed=seed)
        foretold[there] = booster.predict(matrix[there], num_threads=1)
    off = np.abs(logs - foretold)
    few = max(1, rounds // 2)
    for part in (0, 1):
        there = half == part
        booster = _boost(matrix[~there], off[~there], rounds=few, seed=seed, leaves=_FEW_LEAVES)
        spread[there] = booster.predict(matrix[there], num_threads=1)
    scale = float(np.quantile(off / np.maximum(spread, 0.02), 0.8)) / 1.2815515655446004
    sigma = np.clip(scale * spread, LEAST_SIGMA, 3.0)
    intercept, slope = _calibrate(foretold + sigma**2 / 2, minutes)
    return WorkTrees(
        encoder,
        mean=_boost(matrix, logs, rounds=rounds, seed=seed).model_to_string(num_iteration=-1),
        spread=_boost(matrix, off, rounds=few, seed=seed, leaves=_FEW_LEAVES).model_to_string(
            num_iteration=-1
        ),
        sigma_scale=scale,
        intercept=intercept,
        slope=slope,
    )


def best_rounds(
    features: pd.DataFrame,
    minutes: Array,
    *,
    before: np.ndarray[Any, Any],
    tuned: np.ndarray[Any, Any],
    choices: Sequence[int],
    seed: int,
) -> int:
    """The number of rounds by which what lay before foretells the log of ``tuned`` best."""
    matrix, logs = learn_encoder(features[before], least=5).encode(features), _logs(minutes)
    booster = _boost(matrix[before], logs[before], rounds=max(choices), seed=seed)
    losses = {
        n: float(
            np.mean(
                (booster.predict(matrix[tuned], num_iteration=n, num_threads=1) - logs[tuned]) ** 2
            )
        )
        for n in choices
    }
    return min(losses, key=lambda n: (losses[n], n))


def _logs(minutes: Array) -> Array:
    return np.log(np.maximum(minutes, 0.05))


def _calibrate(log_expected: Array, minutes: Array) -> tuple[float, float]:
    """The line through ten equal-mass groups: log of their mean minutes by that foretold."""
    order = np.argsort(log_expected, kind="stable")
    groups = [g for g in np.array_split(order, 10) if g.size]
    given = np.log([np.exp(log_expected[g]).mean() for g in groups])
    truth = np.log([max(minutes[g].mean(), 0.05) for g in groups])
    spread = given - given.mean()
    if float(spread @ spread) < 1e-3:
        return float(truth.mean() - given.mean()), 1.0
    slope = float(np.clip(spread @ truth / (spread @ spread), 0.5, 1.5))
    return float(truth.mean() - slope * given.mean()), slope


def _half(tickets: np.ndarray[Any, Any], *, seed: int) -> np.ndarray[Any, Any]:
    """0 or 1 per row, drawn per ticket."""
    _, codes = np.unique(tickets, return_inverse=True)
    drawn = np.random.default_rng(seed).integers(0, 2, int(codes.max(initial=-1)) + 1)
    found: np.ndarray[Any, Any] = drawn[codes]
    return found


def _boost(matrix: Array, target: Array, *, rounds: int, seed: int, leaves: int = 15) -> Any:
    import lightgbm

    settings = {
        "objective": "regression",
        "learning_rate": 0.1,
        "num_leaves": leaves,
        "min_child_samples": 40,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.6,
        "lambda_l2": 5.0,
        "max_bin": 63,
        "seed": seed,
        "num_threads": threads_for(matrix.size),
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    return lightgbm.train(settings, lightgbm.Dataset(matrix, target), num_boost_round=rounds)
