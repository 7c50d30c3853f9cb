"""Features that a cluster has written, for the observations that somebody asks about."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import declared_features
from features.cluster import storage
from features.cluster.parts import MANIFEST
from features.history import History
from forewarn.errors import DataError

KEY = ["ticket_id", "metric", "cycle", "landmark", "as_of"]
"""What tells one observation from another."""


def read_features(
    address: str, history: History, observations: pd.DataFrame, *, names: Sequence[str]
) -> pd.DataFrame:
    """As ``build_features`` gives them: the observations' index, numbers float64, categories.

    Raises DataError where the files lack an observation or a feature.
    """
    manifest = storage.read_json(storage.place(address, MANIFEST))
    missing = [name for name in names if name not in manifest["features"]]
    if missing:
        raise DataError(f"{address} has no feature {missing[0]!r}: build it again with that")
    asked = _keyed(observations)
    parts = [_part(address, n, asked, names) for n in range(manifest["n_parts"])]
    found = pd.concat(parts).reindex(range(len(observations)))
    if sum(len(part) for part in parts) != len(observations):
        raise DataError(
            f"{address} has features of {sum(len(p) for p in parts)} of the {len(observations)} "
            "observations that are asked about: it is of other tables, build it again"
        )
    return _typed(found, history, names).set_axis(observations.index)


def _keyed(observations: pd.DataFrame) -> pd.DataFrame:
    keys = observations[KEY].astype({"metric": "str", "landmark": "str", "cycle": np.int64})
    return keys.assign(place=np.arange(len(observations)))


def _part(address: str, number: int, asked: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The part's rows that are asked about, by their place among the asked."""
    place = storage.place(address, f"part-{number:05d}.parquet")
    rows: pd.DataFrame = storage.read_table(place, [*KEY, *names]).to_pandas()
    rows = rows.astype({"cycle": np.int64})
    return rows.merge(asked, on=KEY).set_index("place")[list(names)]


def _typed(found: pd.DataFrame, history: History, names: Sequence[str]) -> pd.DataFrame:
    declared = {f.name: f for f in declared_features(history)}
    columns = {}
    for name in names:
        feature = declared[name]
        if feature.is_category:
            dtype: Any = history.category_dtypes[feature.column]
            columns[name] = pd.Series(pd.Categorical(found[name], dtype=dtype))
        else:
            columns[name] = found[name].astype(np.float64).reset_index(drop=True)
    return pd.DataFrame(columns, copy=False)
