"""Part ``features``: streams and features of whole histories beside Polars; scoring at now.

Both engines begin with the canonical tables in memory, in their own kind of frames. Ours makes
all streams of tickets, customers and load, since it cannot make only those that the thirty
features need; clocks are not in the figures, for Polars makes none. *All* has the outcomes of
clocks too, which rates are made of.

Memory is touched before the clock runs, for both engines alike (see ``benchmarks.memory``):
without that, times on a virtual machine differ by seconds from run to run.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks.record import ROOT, RUNS, Goal, Measured, middle

GOALS = {
    "ratio_polars_1m": Goal(">=", 2),
    "all_over_30": Goal("<=", 3),
    "peak_gb_1m": Goal("<=", 4),
    "exponent_200k_5m": Goal("<=", 1.1),
    "score_2000_warm_ms": Goal("<=", 15),
    "score_2000_mapped_ms": Goal("<=", 50),
    "score_one_ms": Goal("<=", 1.5),
    "append_10k_ms": Goal("<=", 200),
}
SMALL, MILLION, LARGE = 200_000, 1_000_000, 5_000_000
_STREAMS = ("facts", "streams", "thirty")
_ALL = ("facts", "streams", "outcomes", "every")
_PEER_THREADS = "2"
_VOID_AFTER = 25.0  # seconds: a peer that takes longer was disturbed, or is written badly

Run = dict[str, float]


def measure() -> Measured:
    """Ours and the peer in turns at a million tickets, growth, and scoring."""
    small = [_run("ours", SMALL, "thirty") for _ in range(RUNS)]  # these compile, and warm up
    ours, peer = [], []
    for _ in range(RUNS):
        ours.append(_run("ours", MILLION, "all"))
        peer.append(_run("peer", MILLION))
    large = [_run("ours", LARGE, "thirty") for _ in range(RUNS)]
    scored, mapped = _score()
    appended = _append()
    seconds, theirs = _middle(ours, _STREAMS), middle([run["seconds"] for run in peer])
    figures = {
        "ratio_polars_1m": theirs / seconds,
        "thirty_1m_seconds": seconds,
        "polars_1m_seconds": theirs,
        "all_over_30": _middle(ours, _ALL) / seconds,
        "peak_gb_1m": max(run["peak_gb"] for run in ours),
        "peak_all_gb_1m": max(run["peak_all_gb"] for run in ours),
        "exponent_200k_5m": _exponent(_middle(small, _STREAMS), _middle(large, _STREAMS)),
        "score_2000_warm_ms": scored["warm_ms"],
        "score_2000_all_warm_ms": scored["warm_all_ms"],
        "score_2000_mapped_ms": middle([run["open_ms"] + run["first_ms"] for run in mapped]),
        "score_one_ms": scored["one_ms"],
        "score_one_all_ms": scored["one_all_ms"],
        "append_10k_ms": appended["append_ms"],
    }
    return Measured(
        figures,
        {
            "ours_1m": ours,
            "polars_1m": peer,
            "ours_200k": small,
            "ours_5m": large,
            "score": scored,
            "mapped": mapped,
            "append": appended,
            "is_ratio_void": theirs > _VOID_AFTER,
        },
    )


def _score() -> tuple[Run, list[Run]]:
    """Warm scoring of a million tickets' history; then from its files, each time anew."""
    with tempfile.TemporaryDirectory() as folder:
        scored = _run("score", MILLION, folder)
        return scored, [_run("mapped", folder) for _ in range(RUNS)]


def _append() -> Run:
    with tempfile.TemporaryDirectory() as folder:
        return _run("append", MILLION, folder)


def _exponent(small: float, large: float) -> float:
    return math.log(large / small) / math.log(LARGE / SMALL)


def _middle(runs: list[Run], parts: tuple[str, ...]) -> float:
    return middle([_sum(run, parts) for run in runs])


def _sum(run: Run, parts: tuple[str, ...]) -> float:
    return sum(run[part] for part in parts)


def _run(*arguments: object) -> Run:
    command = [sys.executable, "-m", "benchmarks.features_runs", *map(str, arguments)]
    environment = {**os.environ, "POLARS_MAX_THREADS": _PEER_THREADS}
    done = subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True, env=environment
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
