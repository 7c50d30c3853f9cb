"""Computing features: the same function for training, scoring runs and single calls."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import declared_features
from features.history import History
from features.measures import MEASURED
from features.sight import Sight
from features.spec import Feature
from features.streams import Hints, Values
from forewarn.errors import DataError
from forewarn.sla.events import microseconds

_SHARD = 1 << 16  # observations that are computed together; their rows of streams fit a cache


def build_features(
    history: History, observations: pd.DataFrame, *, names: Sequence[str] | None = None
) -> pd.DataFrame:
    """One row per observation, on the observations' index; one column per feature.

    ``names``: which, in this order; all declared ones where None. Numbers are float64, texts
    pandas categories; what null means is in the declaration. Only ``clock`` and ``as_of`` of
    the observations are read, and of the history only facts visible before ``as_of``.
    Raises DataError where a name is not declared.
    """
    features = _chosen(history, names)
    clock = observations["clock"].to_numpy(np.int64)
    as_of = microseconds(observations["as_of"])
    columns = [np.empty(clock.size, _dtype_of(history, feature)) for feature in features]
    shards = [slice(i, i + _SHARD) for i in range(0, clock.size, _SHARD)]

    idle: list[Hints] = []  # one per thread after its first shard

    def fill(shard: slice) -> None:
        hints = idle.pop() if idle else Hints()
        sight = Sight(history, clock[shard], as_of[shard], hints=hints)
        for feature, column in zip(features, columns, strict=True):
            column[shard] = MEASURED[feature.measure](sight, feature)
        hints.give_back()
        idle.append(hints)

    if len(shards) > 1:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(fill, shards))
    else:
        for shard in shards:
            fill(shard)
    finished = {f.name: _finish(history, f, c) for f, c in zip(features, columns, strict=True)}
    return pd.DataFrame(finished, index=observations.index, copy=False)


def _chosen(history: History, names: Sequence[str] | None) -> list[Feature]:
    declared = {feature.name: feature for feature in declared_features(history)}
    if names is None:
        return list(declared.values())
    unknown = [name for name in names if name not in declared]
    if unknown:
        raise DataError(
            f"feature {unknown[0]!r} is not declared for this history; "
            f"its features are {', '.join(declared)}"
        )
    return [declared[name] for name in names]


def _dtype_of(history: History, feature: Feature) -> np.dtype[Any]:
    """Of a column while it is filled: codes in the fewest bytes, as pandas itself keeps them."""
    if not feature.is_category:
        return np.dtype(np.float64)
    n_words = len(history.category_dtypes[feature.column].categories)
    return np.min_scalar_type(-max(n_words, 1))


def _finish(history: History, feature: Feature, column: Values) -> object:
    if not feature.is_category:
        return column
    dtype: Any = history.category_dtypes[feature.column]  # the stubs know dtypes of numbers only
    codes: Any = column
    return pd.Categorical.from_codes(codes, dtype=dtype, validate=False)
