"""Single measurements of part ``features``, each in a process of its own; they print JSON."""

import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.clock import SLA
from benchmarks.features_thirty import THIRTY
from benchmarks.generated import generate_tables
from benchmarks.memory import back_memory, peak_gb
from benchmarks.record import RUNS
from features.build import build_features
from features.history import History, build_history, open_history
from features.live.built import append, build
from features.observations import open_observations
from features.recording import record
from forewarn.config import Config
from forewarn.progress import silent
from forewarn.sla.events import microseconds
from forewarn.sla.labels import as_instants
from forewarn.tables import Tables

CONFIG = Config.model_validate(
    {
        "sources": [{"name": "generated", "shape": "tickets", "path": "generated.csv"}],
        "sla": SLA,
    }
)
N_SCORED = 2000
MILLION = 1_000_000
_STAGE_GB, _THIRTY_GB, _ALL_GB, _PEER_GB = 1.5, 1.5, 4.5, 5  # more than each touches
_HOUR = 3_600_000_000
_DELAYS = np.array([0, 4 * _HOUR, 24 * _HOUR])
_ONE_BY_ONE = 50
_NOW = 0.95  # of the year, so that tickets are open
_APPENDED = 10_000
_PHASES = ("History: tickets", "History: streams", "History: outcomes")
_OBSERVED = "observed.npz"


def run_ours(n_tickets: str, how_many: str) -> dict[str, float]:
    """Seconds of the streams and of the 30 features (``all``: then of all features), and peaks."""
    _warm_up()
    tables = generate_tables(int(n_tickets))
    millions = int(n_tickets) / MILLION
    history, seconds = record_timed(tables)
    seconds["peak_gb"] = max(seconds["peak_gb"], peak_gb())
    del tables
    observations = draw_observations(history)
    back_memory(_THIRTY_GB * millions)
    seconds["thirty"] = _seconds(lambda: build_features(history, observations, names=THIRTY))
    seconds["peak_gb"] = max(seconds["peak_gb"], peak_gb())
    if how_many == "all":
        back_memory(_ALL_GB * millions)
        seconds["every"] = _seconds(lambda: build_features(history, observations))
        seconds["peak_all_gb"] = max(seconds["peak_gb"], peak_gb())
    return seconds


def run_peer(n_tickets: str) -> dict[str, float]:
    """Seconds and peak of Polars, from frames that are its own already."""
    import polars as pl  # noqa: PLC0415  # our processes need no Polars

    from benchmarks import features_peer, features_peer_facts  # noqa: PLC0415

    tables = generate_tables(int(n_tickets))
    known_at = microseconds(tables.tickets["known_at"])
    observed = draw_instants(known_at)
    frames = features_peer_facts.read_frames(tables)
    observations = features_peer_facts.read_observations(observed)
    del tables
    top = CONFIG.queue.priorities[0]
    back_memory(_PEER_GB * int(n_tickets) / MILLION)
    seconds = _seconds(lambda: features_peer.build_thirty(frames, observations, top_priority=top))
    return {
        "seconds": seconds,
        "peak_gb": peak_gb(),
        "threads": pl.thread_pool_size(),
    }


def run_score(n_tickets: str, folder: str) -> dict[str, float]:
    """Milliseconds to score open tickets with a warm history; leaves it in the folder."""
    _warm_up()
    history = build_history(generate_tables(int(n_tickets)), CONFIG, folder=Path(folder))
    created_at = history.ticket_created_at
    now = int(created_at[0] + _NOW * (created_at[-1] - created_at[0]))
    is_open = open_observations(history, as_of=pd.Timestamp(now, unit="us", tz="UTC"))
    rows = is_open[is_open["metric"] == "resolution"].head(N_SCORED).reset_index(drop=True)
    np.savez(Path(folder) / _OBSERVED, clock=rows["clock"], now=now)
    singles = [rows.iloc[[i]] for i in range(0, len(rows), max(len(rows) // _ONE_BY_ONE, 1))]
    one = [_milliseconds(partial(build_features, history, row, names=THIRTY)) for row in singles]
    return {
        "n": len(rows),
        "warm_ms": _median(lambda: build_features(history, rows, names=THIRTY)),
        "warm_all_ms": _median(lambda: build_features(history, rows)),
        "one_ms": float(np.median(one)),
        "one_all_ms": _median(lambda: build_features(history, singles[0])),
    }


def run_mapped(folder: str) -> dict[str, float]:
    """Milliseconds to open the history in the folder, and of the first call then."""
    _warm_up()
    place = next(path for path in Path(folder).iterdir() if path.is_dir())
    with np.load(Path(folder) / _OBSERVED) as observed:
        clock, now = observed["clock"], int(observed["now"])
    rows = _observations(clock, np.full(clock.size, now))
    begin = perf_counter()
    history = open_history(place)
    opened = perf_counter()
    build_features(history, rows, names=THIRTY)
    end = perf_counter()
    return {"open_ms": 1e3 * (opened - begin), "first_ms": 1e3 * (end - opened)}


def run_append(n_tickets: str, folder: str) -> dict[str, float]:
    """Milliseconds to write the 10,000 events that came last, and to read the open tickets then.

    ``append_ms``: both; the middle of some batches, each the first on the same base.
    """
    _warm_up()
    tables, batches = _part_news(generate_tables(int(n_tickets)))
    built = build(tables, CONFIG, folder=Path(folder))
    del tables
    append(built, batches.pop(0)).live(CONFIG)  # compiles the kernels
    spent = []
    for news in batches:
        begin = perf_counter()
        told = append(built, news)
        written = perf_counter()
        told.live(CONFIG)
        spent.append((written - begin, perf_counter() - written))
    write_ms, read_ms = (1e3 * float(np.median(part)) for part in zip(*spent, strict=True))
    return {"append_ms": write_ms + read_ms, "write_ms": write_ms, "n": _APPENDED}


def _part_news(tables: Tables) -> tuple[Tables, list[dict[str, pd.DataFrame]]]:
    """All but the last events, and these, each time with other notes among them."""
    known_at = tables.ticket_events["known_at"]
    cut = known_at.nlargest(_APPENDED).min()
    frames = {name: getattr(tables, name) for name in ("tickets", "ticket_events")}
    old = {name: frame[frame["known_at"] < cut] for name, frame in frames.items()}
    new = {name: frame[frame["known_at"] >= cut] for name, frame in frames.items()}
    batches = []
    for batch in range(1 + RUNS):
        events = new["ticket_events"]
        batches.append({**new, "ticket_events": events.assign(from_value=f"batch {batch}")})
    return replace(tables, **old, watermark=old["ticket_events"]["known_at"].max()), batches


def record_timed(tables: Tables) -> tuple[History, dict[str, float]]:
    """The history in memory; seconds of the clocks, the streams and the outcomes; its peak."""
    ended, begun = [], [perf_counter()]
    peaks = []

    def note(stage: str, _share: float) -> None:
        if stage in _PHASES:
            ended.append(perf_counter())
            peaks.append(peak_gb())
            back_memory(_STAGE_GB * len(tables.tickets) / MILLION)
            begun.append(perf_counter())

    arrays, texts, about = record(tables, CONFIG, progress=note)
    ended.append(perf_counter())
    history = History("generated", tables.watermark, (), about, arrays, texts)
    stages = ("clocks", "facts", "streams", "outcomes")
    seconds = {stage: end - begin for stage, begin, end in zip(stages, begun, ended, strict=True)}
    return history, seconds | {"peak_gb": max(peaks)}


def draw_observations(history: History) -> pd.DataFrame:
    """Three per ticket, of its first clock; the same every time."""
    observed = draw_instants(history.ticket_known_at)
    first = np.searchsorted(history.timelines.clock_ticket, observed["ticket"])
    return observed.assign(clock=first)


def draw_instants(known_at: np.ndarray, *, seed: int = 3) -> pd.DataFrame:
    """``ticket`` and ``as_of``: just after each opening, and some 4 and 24 hours later."""
    random = np.random.default_rng(seed)
    late = random.integers(1, _HOUR, (known_at.size, _DELAYS.size))
    as_of = known_at[:, np.newaxis] + _DELAYS + late
    ticket = np.repeat(np.arange(known_at.size), _DELAYS.size)
    return pd.DataFrame({"ticket": ticket, "as_of": as_instants(as_of.ravel())})


def _observations(clock: np.ndarray, as_of: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"clock": clock, "as_of": as_instants(as_of)})


def _warm_up() -> None:
    """Load or compile every kernel on a history of its own."""
    with tempfile.TemporaryDirectory() as folder:
        history = build_history(generate_tables(100), CONFIG, folder=Path(folder), progress=silent)
        build_features(history, draw_observations(history))


def _seconds(action: Callable[[], object]) -> float:
    begin = perf_counter()
    action()
    return perf_counter() - begin


def _milliseconds(action: Callable[[], object]) -> float:
    begin = perf_counter()
    action()
    return 1e3 * (perf_counter() - begin)


def _median(action: Callable[[], object], *, runs: int = 15) -> float:
    action()
    return float(np.median([_milliseconds(action) for _ in range(runs)]))


_RUNS: dict[str, Callable[..., dict[str, Any]]] = {
    "ours": run_ours,
    "peer": run_peer,
    "score": run_score,
    "mapped": run_mapped,
    "append": run_append,
}

if __name__ == "__main__":
    print(json.dumps(_RUNS[sys.argv[1]](*sys.argv[2:])))
