"""What training costs beside LightGBM: a large generated table of every declared feature.

The time inside LightGBM (making its data sets, boosting, predicting, writing trees) is measured
where it is entered and taken off. Few rounds are enough: only that time grows with them.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.features_runs import CONFIG
from benchmarks.memory import peak_gb
from benchmarks.record import ROOT, RUNS
from features.catalogue import fixed_features
from models.breach import fit_breach_model

N_TICKETS = 1_000_000
LANDMARKS = ("opening", "0.25", "0.5")
"""Three observations per ticket."""
ROUNDS = 16
CODES = 40
"""Values of each category."""
_ENTERED = {
    "Booster": ("__init__", "update", "predict", "eval_valid", "eval_train", "model_to_string"),
    "Dataset": ("construct",),
}
"""Where LightGBM is entered; what one of these calls of the others counts once."""


@dataclass
class Spent:
    """Seconds on the wall, and of the processors whatever else runs here."""

    wall: float = 0.0
    processor: float = 0.0


def measure_overhead(n_tickets: int = N_TICKETS, *, runs: int = RUNS) -> list[dict[str, float]]:
    """Each run in a process of its own: seconds in all, LightGBM's, the difference; peak memory."""
    command = [sys.executable, "-m", "benchmarks.models_overhead", str(n_tickets)]
    found = []
    for _ in range(runs):
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    return found


def run_overhead(n_tickets: int) -> dict[str, float]:
    """One training of a table of this size, after a small one that loads everything."""
    config = CONFIG.model_copy(
        update={"training": CONFIG.training.model_copy(update={"trees": ROUNDS})}
    )
    _fit(*generate(2_000), config)
    features, outcomes = generate(n_tickets)
    with timed_lightgbm() as spent:
        begin, processor = perf_counter(), process_time()
        _fit(features, outcomes, config)
        seconds, processor = perf_counter() - begin, process_time() - processor
    return {
        "seconds": seconds,
        "lightgbm_seconds": spent.wall,
        "overhead_seconds": seconds - spent.wall,
        "overhead_processor_seconds": processor - spent.processor,
        "n_observations": len(outcomes),
        "n_features": features.shape[1],
        "peak_gb": peak_gb(),
    }


def generate(n_tickets: int, *, seed: int = 11) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features and outcomes; breaches depend on a few numbers, tickets open over a year."""
    draw = np.random.default_rng(seed)
    n = n_tickets * len(LANDMARKS)
    columns: dict[str, Any] = {}
    words = pd.Index([f"value {i:02d}" for i in range(CODES)])
    for feature in fixed_features():
        if feature.is_category:
            codes = draw.integers(0, CODES, n)
            columns[feature.name] = pd.Categorical.from_codes(codes, words)
        else:
            columns[feature.name] = draw.normal(size=n)
    columns["clock_target_hours"] = np.full(n, 8.0)
    columns["clock_elapsed_share"] = np.tile([0.0, 0.25, 0.5], n_tickets)
    features = pd.DataFrame(columns, copy=False)
    signal = sum(columns[name] for name in ("ticket_status_hours", "ticket_groups"))
    breached = (signal.reshape(n_tickets, -1).sum(axis=1) + draw.normal(size=n_tickets)) > 1.0
    return features, _outcomes(n_tickets, breached)


def _outcomes(n_tickets: int, breached: np.ndarray) -> pd.DataFrame:
    every = len(LANDMARKS)
    opened = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(
        np.linspace(0, 365 * 86_400, n_tickets).astype(np.int64), unit="s"
    )
    opened = opened.as_unit("us").repeat(every)
    step = np.tile(np.arange(every), n_tickets)
    due_at = opened + pd.Timedelta(hours=8)
    return pd.DataFrame(
        {
            "clock": np.repeat(np.arange(n_tickets), every),
            "ticket": np.repeat(np.arange(n_tickets), every),
            "metric": "resolution",
            "landmark": pd.Categorical.from_codes(step, list(LANDMARKS)),
            "is_paused": False,
            "as_of": opened + pd.to_timedelta(step * 2, unit="h"),
            "opened_at": opened,
            "due_at": due_at,
            "outcome": np.where(np.repeat(breached, every), "breached", "met"),
            "label_known_at": due_at,
            "is_breached": np.repeat(breached, every).astype(np.float64),
            "is_censored": False,
            "weight": 1.0 / every,
        }
    )


@contextmanager
def timed_lightgbm() -> Iterator[Spent]:
    """What grows by the seconds that are spent inside LightGBM."""
    import lightgbm  # noqa: PLC0415  # only who measures needs it

    spent, depth, before = Spent(), [0], []

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def call(*arguments: Any, **named: Any) -> Any:
            depth[0] += 1
            begin, processor = perf_counter(), process_time()
            try:
                return method(*arguments, **named)
            finally:
                depth[0] -= 1
                if depth[0] == 0:
                    spent.wall += perf_counter() - begin
                    spent.processor += process_time() - processor

        return call

    for owner, names in _ENTERED.items():
        kind = getattr(lightgbm, owner)
        for name in names:
            before.append((kind, name, getattr(kind, name)))
            setattr(kind, name, timed(getattr(kind, name)))
    try:
        yield spent
    finally:
        for kind, name, method in before:
            setattr(kind, name, method)


def _fit(features: pd.DataFrame, outcomes: pd.DataFrame, config: Any) -> None:
    fit_breach_model(features, outcomes, metric="resolution", config=config, seed=1)


if __name__ == "__main__":
    print(json.dumps(run_overhead(int(sys.argv[1]))))
