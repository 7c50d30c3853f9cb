"""Every feature equals its naive reading: whole numbers and texts exactly, others to 1e-12."""

import importlib.util
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.build import build_features
from features.catalogue import declared_features
from features.history import History
from features.observations import landmark_observations, open_observations
from forewarn.config import Config
from forewarn.tables import Tables


def _load(name: str) -> ModuleType:
    path = Path(__file__).parent / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"features_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def naive(small_tables: Tables, small_config: Config, small_history: History) -> Any:
    """The naive reading of the small world."""
    world = _load("naive_world").World(small_tables, small_config, small_history)
    return _load("naive").Naive(world)


def some_observations(history: History) -> pd.DataFrame:
    """Forty landmarks, and all clocks that are open at two instants, breached ones too."""
    landmarks = landmark_observations(history, landmarks=(0.25, 0.75))
    chosen = landmarks.iloc[:: len(landmarks) // 40]
    instants = landmarks["as_of"].quantile([0.3, 0.8])
    snapshots = [open_observations(history, as_of=instant).iloc[::4] for instant in instants]
    return pd.concat([chosen, *snapshots])[["clock", "as_of"]].reset_index(drop=True)


def test_every_feature_equals_its_naive_reading(small_history: History, naive: Any) -> None:
    """The engine against plain loops, feature by feature, observation by observation."""
    asked = some_observations(small_history)
    assert len(asked) > 60
    frame = build_features(small_history, asked)
    clocks = asked["clock"].tolist()
    instants = asked["as_of"].dt.tz_convert(None).to_numpy("datetime64[us]").view(np.int64).tolist()
    wrong = [
        (feature.name, clock, instant, expected, found)
        for feature in declared_features(small_history)
        for clock, instant, found in zip(clocks, instants, frame[feature.name], strict=True)
        if not _equal(expected := naive.value(feature, clock, instant), found)
    ]
    assert wrong == []


def _equal(expected: Any, found: Any) -> bool:
    if expected is None:
        return bool(pd.isna(found))
    if isinstance(expected, str):
        return bool(found == expected)
    return math.isclose(expected, found, rel_tol=1e-12, abs_tol=1e-12)
