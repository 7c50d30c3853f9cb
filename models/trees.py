"""Boosted trees as a part of a breach model: LightGBM's text, parsed when it is first used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np

from forewarn.config import Config
from models.encoding import Encoder
from models.lesson import Lesson
from models.part import Array, shares

TreeKind = Literal["trees", "extra_trees", "code_trees"]
KINDS: tuple[TreeKind, ...] = ("trees", "extra_trees", "code_trees")
LESS_TIME_MORE_RISK = {
    "clock_remaining_hours": -1, "clock_until_due_hours": -1, "clock_elapsed_share": 1,
}  # fmt: skip
"""The world's own direction: with less time left, and all else as it is, no risk is lower."""
_FEW_VALUES = 64
_VALUES_PER_THREAD = 10_000_000
_MOST_THREADS = 2


@dataclass(frozen=True)
class TreesPart:
    """``extra_trees`` draw their thresholds at random: smoother, and steadier under drift.

    ``code_trees`` part the values of a text with few values by what became of them, in any
    grouping; the others only by their order.
    """

    name: TreeKind
    text: str

    @cached_property
    def booster(self) -> Any:
        """The parsed ``lightgbm.Booster``."""
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    def log_odds(self, matrix: Array) -> Array:
        """One per row."""
        found: Array = self.booster.predict(
            matrix, raw_score=True, num_threads=threads_for(matrix.size)
        )
        return found

    def contributions(self, matrix: Array) -> Array:
        """By TreeSHAP; 10 ms a row: only for a few."""
        found: Array = self.booster.predict(matrix, pred_contrib=True, num_threads=1)
        return found[:, :-1]

    def importance(self) -> Array:
        """Share of the trees' total gain."""
        return shares(np.asarray(self.booster.feature_importance(importance_type="gain"), float))

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name}

    @classmethod
    def from_json(cls, value: Mapping[str, Any], *, text: str) -> Self:
        return cls(value["name"], text)


def tree_settings(
    kind: TreeKind, names: Sequence[str], *, config: Config, seed: int, threads: int
) -> dict[str, Any]:
    """Parameters of ``LGBMClassifier`` but for the rounds; deterministic."""
    training = config.training
    return {
        "learning_rate": training.learning_rate,
        "num_leaves": training.leaves,
        "min_child_samples": training.least_in_leaf,
        "colsample_bytree": training.columns_per_tree,
        "reg_lambda": training.penalty,
        "subsample": 0.8,
        "subsample_freq": 1,
        "max_bin": 63,
        "extra_trees": kind == "extra_trees",
        "monotone_constraints": [LESS_TIME_MORE_RISK.get(name, 0) for name in names],
        "random_state": seed,
        "n_jobs": threads,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }


def grow(
    kind: TreeKind,
    matrix: Array,
    lesson: Lesson,
    encoder: Encoder,
    rounds: int,
    *,
    config: Config,
    seed: int,
) -> Any:
    """The booster, fitted on a lesson whose rows are all decided."""
    from lightgbm import LGBMClassifier

    settings = tree_settings(
        kind, encoder.names, config=config, seed=seed, threads=threads_for(matrix.size)
    )
    trees = LGBMClassifier(n_estimators=rounds, **settings)
    trees.fit(
        matrix,
        lesson.is_breached,
        sample_weight=lesson.weight,
        init_score=lesson.offset,
        categorical_feature=_grouped(encoder) if kind == "code_trees" else [],
    )
    return trees.booster_


def _grouped(encoder: Encoder) -> list[int]:
    """Positions of the texts whose values are grouped: those with few of them."""
    few = {name for name, values in encoder.categories.items() if len(values) <= _FEW_VALUES}
    return [place for place, name in enumerate(encoder.names) if name in few]


def threads_for(n_values: int) -> int:
    """Threads that are worth their waiting for each other: one for small tables.

    LightGBM's threads spin at every step of every tree; on a busy machine a second one
    makes small fits many times slower. The result does not depend on it.
    """
    return min(_MOST_THREADS, max(1, n_values // _VALUES_PER_THREAD))
