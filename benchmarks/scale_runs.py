"""Single measurements of part ``scale``, each in a process of its own; they print JSON."""

import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.features_runs import CONFIG
from benchmarks.generated import generate_tables
from benchmarks.memory import peak_gb
from features.cluster.connect import connected
from features.cluster.local import build_here
from features.cluster.parts import write_parts
from features.cluster.reading import KEY
from features.cluster.run import build_on_cluster
from features.history import build_history

_FEW = 1000
_SLICE = 1000  # facts: so that a small history is cut into as many slices as a large one


def run_equal(n_tickets: str) -> dict[str, float]:
    """Share of the features whose every value equals the single machine's, on 2 x 4 parts."""
    with tempfile.TemporaryDirectory() as folder:
        tables = generate_tables(int(n_tickets))
        history = build_history(tables, CONFIG, folder=Path(folder) / "history")
        build_here(history, CONFIG, output=f"{folder}/here")
        write_parts(tables, f"{folder}/tables", n_parts=8)
        with connected(n_workers=2) as client:
            build_on_cluster(
                client, CONFIG, tables=f"{folder}/tables", output=f"{folder}/there",
                scratch=f"{folder}/scratch", n_parts=8, least=_SLICE,
            )  # fmt: skip
        here, there = _rows(f"{folder}/here"), _rows(f"{folder}/there")
    same = [here[name].equals(there[name]) for name in here]
    return {
        "share_equal": sum(same) / len(same) if list(here) == list(there) else 0.0,
        "n_observations": len(here),
        "n_columns": len(same),
    }


def run_peak(n_tickets: str, n_workers: str) -> dict[str, float]:
    """The highest peak of a worker, and seconds; before it a history of few tickets."""
    n = int(n_workers)
    with tempfile.TemporaryDirectory() as folder, connected(n_workers=n) as client:
        peaks, seconds = [], []
        for size in (_FEW, int(n_tickets)):
            tables = f"{folder}/{size}"
            write_parts(generate_tables(size), tables, n_parts=n)
            begin = perf_counter()
            built = build_on_cluster(
                client, CONFIG, tables=tables, output=f"{folder}/features",
                scratch=f"{folder}/scratch", n_parts=n,
            )  # fmt: skip
            seconds.append(perf_counter() - begin)
            peaks.append(max(client.run(peak_gb).values()))
    return {
        "baseline_gb": peaks[0],
        "peak_gb": peaks[1],
        "seconds": seconds[1],
        "n_observations": built.n_observations,
    }


def _rows(folder: str) -> pd.DataFrame:
    parts = [pq.read_table(path) for path in sorted(Path(folder).glob("*.parquet"))]
    return pa.concat_tables(parts).to_pandas().sort_values(KEY, ignore_index=True)


RUNS = {"equal": run_equal, "peak": run_peak}

if __name__ == "__main__":
    print(json.dumps(RUNS[sys.argv[1]](*sys.argv[2:])))
