"""The time inside LightGBM is told from the time around it."""

from time import perf_counter

import lightgbm
import numpy as np

from benchmarks.models_overhead import generate, run_overhead, timed_lightgbm
from features.catalogue import fixed_features


def test_the_table_has_every_declared_feature() -> None:
    """Three observations per ticket, both outcomes, labels known at the deadline."""
    features, outcomes = generate(400)
    assert list(features) == [feature.name for feature in fixed_features()]
    assert len(features) == len(outcomes) == 1200
    assert 0.1 < outcomes["is_breached"].mean() < 0.9
    assert outcomes.groupby("ticket")["weight"].sum().round(9).eq(1.0).all()


def test_time_inside_lightgbm_is_counted_once() -> None:
    """Calls inside calls add nothing; afterwards the library is as it was."""
    before = lightgbm.Booster.update
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=(2000, 5)), draw.integers(0, 2, 2000)
    begin = perf_counter()
    with timed_lightgbm() as spent:
        model = lightgbm.LGBMClassifier(n_estimators=20, n_jobs=1, verbosity=-1).fit(x, y)
        fitted = spent.wall
        model.predict_proba(x)
    assert 0 < fitted < spent.wall < perf_counter() - begin
    assert lightgbm.Booster.update is before


def test_overhead_is_the_rest() -> None:
    """Seconds in all less LightGBM's; the table's size stands beside it."""
    found = run_overhead(600)
    rest = found["seconds"] - found["lightgbm_seconds"]
    assert found["overhead_seconds"] == rest > 0
    assert found["n_observations"] == 1800
    assert found["n_features"] == len(fixed_features())
