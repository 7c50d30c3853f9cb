"""How figures are kept and shown."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent
RUNS = 3


@dataclass(frozen=True)
class Goal:
    """What a figure should be; ``sense`` says on which side of ``value``."""

    sense: Literal["<=", ">=", "<", ">"]
    value: float

    def is_met(self, figure: float) -> bool:
        """Whether a measured figure lies on the right side."""
        return {
            "<=": figure <= self.value,
            ">=": figure >= self.value,
            "<": figure < self.value,
            ">": figure > self.value,
        }[self.sense]


@dataclass(frozen=True)
class Measured:
    """Figures of one part; ``details`` is whatever explains them."""

    figures: Mapping[str, float]
    details: Mapping[str, Any] = field(default_factory=dict)


def time_runs(action: Callable[[], object], *, runs: int = RUNS) -> list[float]:
    """Seconds of each run."""
    seconds = []
    for _ in range(runs):
        start = perf_counter()
        action()
        seconds.append(perf_counter() - start)
    return seconds


def middle(seconds: list[float]) -> float:
    """The median of at least three runs."""
    if len(seconds) < RUNS:
        raise ValueError(f"a time needs at least {RUNS} runs, got {len(seconds)}")
    return median(seconds)


def write_figures(part: str, measured: Measured, *, root: Path = ROOT) -> Path:
    """Keep the figures as ``build/bench/<part>.json``."""
    path = root / "build" / "bench" / f"{part}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {**asdict(measured), "commit": _commit(), "machine": _machine()}
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return path


def print_figures(part: str, measured: Measured, *, goals: Mapping[str, Goal]) -> bool:
    """Show the figures beside their goals; whether all goals were met."""
    table = Table(title=f"bench {part}", title_justify="left")
    for name in ("figure", "measured", "goal", ""):
        table.add_column(name, justify="left" if name == "figure" else "right")
    for name, figure in measured.figures.items():
        goal = goals.get(name)
        text = f"{goal.sense} {goal.value:g}" if goal else ""
        mark = "" if goal is None else "ok" if goal.is_met(figure) else "MISSED"
        table.add_row(name, f"{figure:.4g}", text, mark)
    for name in (name for name in goals if name not in measured.figures):
        table.add_row(name, "", f"{goals[name].sense} {goals[name].value:g}", "NOT MEASURED")
    Console().print(table)
    figures = measured.figures
    return all(name in figures and goal.is_met(figures[name]) for name, goal in goals.items())


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=40"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def _machine() -> dict[str, str | int]:
    return {
        "cores": os.cpu_count() or 0,
        "processor": platform.machine(),
        "python": platform.python_version(),
        "system": platform.system(),
    }
