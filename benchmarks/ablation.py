"""Part ``ablation``: which families of features earn their place, by windows before the test."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.ablation_data import observed_sets
from benchmarks.ablation_families import Variant, variants
from benchmarks.ablation_fits import Data, Judged, fit_variants, judged_windows
from benchmarks.record import ROOT, Goal, Measured
from features.history import History
from forewarn.config import Config
from forewarn.files import write_text
from forewarn.progress import Progress as Listener
from models.bootstrap import Interval, interval
from models.metrics import Floats

GOALS: dict[str, Goal] = {}
FIGURES = ("auc", "average_precision")


@dataclass(frozen=True)
class Row:
    """A variant's macro figures on some windows, and each less that of the default features."""

    kind: str
    family: str
    n_features: int
    auc: float
    average_precision: float
    auc_difference: Interval
    average_precision_difference: Interval


@dataclass(frozen=True)
class Table:
    """The rows of one data set on its windows before the test, or on the test window.

    ``windows``: cutoff, end, n and base rate (the mean over landmarks) of each.
    """

    name: str
    is_test: bool
    seeds: tuple[int, ...]
    windows: tuple[dict[str, Any], ...]
    rows: tuple[Row, ...]


def measure() -> Measured:
    """Every table; the figures are the differences in AUC that the choice is made by."""
    tables = []
    with _listening() as progress:
        for data, history, config in observed_sets(progress):
            tables += ablate(data, history, config, progress=progress)
    text = "\n".join(markdown(table) for table in tables)
    write_text(ROOT / "build" / "bench" / "ablation.md", text)
    return Measured(
        figures={
            f"{table.name}, {row.kind} {row.family}".strip(): row.auc_difference["value"] or 0.0
            for table in tables
            for row in table.rows
            if not table.is_test
        },
        details={"tables": [asdict(table) for table in tables]},
    )


def ablate(
    data: Data, history: History, config: Config, *, progress: Listener
) -> tuple[Table, Table]:
    """Two tables: on the windows before the test, by which to choose, and on the test window."""
    chosen = variants(history, config)
    reported = [variant for variant in chosen if variant.kind != "alone"]
    before = judged_windows(data, names=chosen[0].names, config=config)
    test = judged_windows(data, names=chosen[0].names, config=config, is_test=True)
    return (
        _table(data, before, chosen, config=config, progress=progress),
        _table(data, test, reported, config=config, progress=progress, is_test=True),
    )


def _table(
    data: Data,
    judged: Sequence[Judged],
    chosen: Sequence[Variant],
    *,
    config: Config,
    progress: Listener,
    is_test: bool = False,
) -> Table:
    seeds = config.training.seeds
    found = fit_variants(data, judged, chosen, seeds=seeds, config=config, progress=progress)
    rows = [_row(variant, f, base=found[0]) for variant, f in zip(chosen, found, strict=True)]
    windows = tuple(_window(part) for part in judged)
    return Table(data.name, is_test, seeds, windows, tuple(rows))


def _row(variant: Variant, figures: Floats, *, base: Floats) -> Row:
    return Row(
        kind=variant.kind,
        family=variant.family,
        n_features=len(variant.names),
        auc=float(figures[0, 0]),
        average_precision=float(figures[0, 1]),
        auc_difference=interval(figures[:, 0] - base[:, 0]),
        average_precision_difference=interval(figures[:, 1] - base[:, 1]),
    )


def _window(part: Judged) -> dict[str, Any]:
    by_landmark = part.later["is_breached"].groupby(part.later["landmark"].astype(str)).mean()
    return {
        "cutoff": part.window.cutoff.isoformat(),
        "until": part.window.test_until.isoformat(),
        "n_train": len(part.train),
        "n": len(part.later),
        "n_tickets": int(part.later["ticket"].nunique()),
        "base_rate": float(by_landmark.mean()),
        "rounds": part.rounds,
    }


def markdown(table: Table) -> str:
    """The table as it stands in ``docs/ablation.md``."""
    where = "test window" if table.is_test else "windows before the test"
    lines = [f"### {table.name}, {where}", ""]
    lines += [_window_line(w) for w in table.windows]
    lines += [
        "",
        "| features | n | AUC | less the default's | AP | less the default's |",
        "|---|--:|--:|---|--:|---|",
    ]
    lines += [_line(row) for row in table.rows]
    return "\n".join(lines) + "\n"


def _window_line(window: dict[str, Any]) -> str:
    return (
        f"- Opened {_day(window['cutoff'])} to {_day(window['until'])}: {window['n']:,} "
        f"observations of {window['n_tickets']:,} tickets, base rate "
        f"{_figure(window['base_rate'])}; {window['n_train']:,} observations to learn from, "
        f"{window['rounds']} rounds"
    )


def _line(row: Row) -> str:
    name = f"{row.kind} {row.family}".strip()
    cells = [name, str(row.n_features), _figure(row.auc), _span(row.auc_difference)]
    cells += [_figure(row.average_precision), _span(row.average_precision_difference)]
    return "| " + " | ".join(cells) + " |"


def _span(difference: Interval) -> str:
    """The difference with its interval; bold where the interval leaves out zero."""
    value, low, high = (difference[k] for k in ("value", "low", "high"))
    if value is None or low is None or high is None or low == high:
        return ""
    text = f"{value:+.3f} ({low:+.3f} to {high:+.3f})"
    return f"**{text}**" if low > 0 or high < 0 else text


def _figure(value: float) -> str:
    return f"{value:.3f}".lstrip("0")


def _day(instant: str) -> str:
    return str(pd.Timestamp(instant).date())


@contextmanager
def _listening() -> Iterator[Listener]:
    """A bar of what is being fitted now and how far it is."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr), transient=True) as bar:
        task = bar.add_task("Ablation", total=1.0)
        yield lambda message, done: bar.update(task, description=message, completed=done)
