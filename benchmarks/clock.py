"""Part ``clock``: clocks and labels of whole histories; open time beside other libraries."""

import json
import math
import subprocess
import sys
from time import perf_counter
from typing import Any

from benchmarks.clock_pairs import compare_pairs
from benchmarks.generated import EVENTS_EACH, generate_tables
from benchmarks.memory import peak_gb
from benchmarks.record import ROOT, RUNS, Goal, Measured, middle
from forewarn.config import SlaConfig
from forewarn.sla.labels import label_clocks
from forewarn.sla.timeline import build_timelines

GOALS = {
    "elapsed_ratio_businesstimedelta": Goal(">=", 20_000),
    "clocks_1m_seconds": Goal("<=", 10),
    "clocks_1m_peak_gb": Goal("<=", 3),
    "clocks_exponent": Goal("<=", 1.1),
}
MILLION = 1_000_000
SLA = SlaConfig.model_validate(
    {
        "calendars": {
            "office": {
                "time_zone": "Europe/Berlin",
                "windows": {"mon-fri": ["08:00-12:00", "13:00-18:00"]},
            }
        },
        "policies": [
            {
                "name": "premium",
                "when": {"tier": ["gold", "platinum"]},
                "calendar": "office",
                "targets": {"first_response": "2h", "resolution": {"1": "4h", "default": "16h"}},
            },
            {
                "name": "usual",
                "calendar": "office",
                "targets": {"first_response": "4h", "resolution": {"1": "8h", "default": "24h"}},
            },
        ],
    }
)


def measure() -> Measured:
    """Pairs beside the peers; histories of one and of ten million tickets, in own processes."""
    pairs = compare_pairs()
    small = [_run(MILLION) for _ in range(RUNS)]
    large = _run(10 * MILLION)
    seconds = middle([run["seconds"] for run in small])
    figures = {
        **pairs.figures,
        "clocks_1m_seconds": seconds,
        "clocks_1m_peak_gb": max(run["peak_gb"] for run in small),
        "clocks_10m_seconds": large["seconds"],
        "clocks_10m_peak_gb": large["peak_gb"],
        "clocks_exponent": math.log10(large["seconds"] / seconds),
    }
    return Measured(figures, {"pairs": pairs.details, "runs_1m": small, "run_10m": large})


def run_once(n_tickets: int) -> dict[str, Any]:
    """Seconds and peak memory of all clocks and labels of a generated history."""
    warm = build_timelines(generate_tables(100), SLA)  # compiles the kernels
    label_clocks(warm, as_of=warm.watermark)
    tables = generate_tables(n_tickets)
    start = perf_counter()
    timelines = build_timelines(tables, SLA)
    built = perf_counter()
    labels = label_clocks(timelines, as_of=timelines.watermark + 1)  # all that is known
    end = perf_counter()
    outcomes = labels["outcome"].value_counts()
    return {
        "seconds": end - start,
        "timelines_seconds": built - start,
        "labels_seconds": end - built,
        "peak_gb": peak_gb(),
        "n_events": n_tickets * EVENTS_EACH,
        "outcomes": {str(name): int(n) for name, n in outcomes.items()},
    }


def _run(n_tickets: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.clock", str(n_tickets)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    print(json.dumps(run_once(int(sys.argv[1]))))
