"""Part ``scale``: features on worker processes; whether values are equal, and memory per worker.

One part of the history per worker, so that a worker's memory is what it needs for its share. A
worker's peak includes Python, the libraries and compiled kernels: *baseline* is the peak of a
worker after a history of a few tickets.
"""

import json
import subprocess
import sys
from typing import Any

from benchmarks.record import ROOT, Goal, Measured

GOALS = {
    "dask_equal": Goal(">=", 1),
    "dask_memory_ratio": Goal("<=", 0.5),
}
N_EQUAL, N_PEAK = 50_000, 500_000
WORKERS = (1, 2, 4)

Run = dict[str, float]


def measure() -> Measured:
    """Equality on a smaller history, then peaks with 1, 2 and 4 workers on a larger one."""
    equal = _run("equal", N_EQUAL)
    peaks = {n: _run("peak", N_PEAK, n) for n in WORKERS}
    figures = {
        "dask_equal": equal["share_equal"],
        "dask_memory_ratio": peaks[4]["peak_gb"] / peaks[1]["peak_gb"],
        "baseline_gb": max(run["baseline_gb"] for run in peaks.values()),
    }
    figures |= {f"peak_gb_{n}_workers": run["peak_gb"] for n, run in peaks.items()}
    figures |= {f"seconds_{n}_workers": run["seconds"] for n, run in peaks.items()}
    return Measured(figures, {"equal": equal, "peaks": {str(n): run for n, run in peaks.items()}})


def _run(*arguments: object) -> Run:
    command = [sys.executable, "-m", "benchmarks.scale_runs", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
