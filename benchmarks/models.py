"""Part ``models``: ours beside every peer, on the same observations and the same features.

``python -m benchmarks.models [--kept-peers] [DATA SET ...]`` prints the tables of some data sets
and writes ``build/bench/models_tried.md``; with ``--kept-peers`` the peers' answers come from the
last run, where observations, features and peers are still the same. ``make bench PART=models``
fits the peers anew.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks.models_figures import GOALS, Result, figures_of
from benchmarks.models_overhead import measure_overhead
from benchmarks.models_problems import problems
from benchmarks.models_run import run
from benchmarks.models_tables import markdown, print_cells, print_result
from benchmarks.record import ROOT, Measured, middle
from forewarn.files import write_text
from forewarn.progress import Progress as Listener
from models.bootstrap import interval
from models.evaluation_tables import base_rate, macro
from models.metrics import STATISTICS

__all__ = ["GOALS", "measure"]


def measure() -> Measured:
    """All tables, printed as they come, and the figures; the training's overhead at the end."""
    results = run_all()
    write_text(ROOT / "build" / "bench" / "models.md", markdown(results.values()))
    overhead = measure_overhead()
    figures = figures_of(results)
    figures["train_overhead_seconds"] = middle([run["overhead_seconds"] for run in overhead])
    details = {name: details_of(result) for name, result in results.items()}
    return Measured(figures, {"data_sets": details, "overhead": overhead})


def run_all(only: Sequence[str] = (), *, is_reusing: bool = False) -> dict[str, Result]:
    """The results by data set; ``only`` those whose names begin with one of these."""
    console, results = Console(), {}
    with _listening() as progress:
        for problem in problems(progress, only=tuple(only)):
            results[problem.name] = run(problem, is_reusing=is_reusing, progress=progress)
            print_result(results[problem.name], console=console)
    print_cells([cell for result in results.values() for cell in result.cells], console=console)
    return results


def details_of(result: Result) -> dict[str, Any]:
    """All figures with intervals, cells, rules, seconds and settings of one data set."""
    every = {**result.table, "macro": macro(result.table)}
    rates = {
        name: base_rate(result.test, result.test.mask(name))
        for name in result.table
        if name != "all"
    }
    return {
        **result.about,
        "base_rates": rates,
        "figures": {landmark: _intervals(models) for landmark, models in every.items()},
        "cells": [asdict(cell) for cell in result.cells],
        "rules": list(result.rules),
        "split_by_chance_auc": result.chance_auc,
        "seconds": dict(result.answers.seconds),
        "settings": {name: dict(s) for name, s in result.answers.settings.items()},
        "notes": dict(result.answers.notes),
    }


def _intervals(models: Mapping[str, Any]) -> dict[str, Any]:
    return {
        model: {name: interval(rows[:, i]) for i, name in enumerate(STATISTICS)}
        for model, rows in models.items()
    }


@contextmanager
def _listening() -> Iterator[Listener]:
    """A line that says what is being fitted now."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("Models", total=None)
        yield lambda message, _done: bar.update(task, description=message)


if __name__ == "__main__":
    asked = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    tried = run_all(asked, is_reusing="--kept-peers" in sys.argv[1:])
    write_text(ROOT / "build" / "bench" / "models_tried.md", markdown(tried.values()))
    for figure, value in figures_of(tried).items():
        print(f"{figure:30} {value:.4f}")
