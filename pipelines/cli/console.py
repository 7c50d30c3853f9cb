"""What a person sees while work goes on: all of it on stderr, results alone on stdout."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from forewarn.progress import Progress
from pipelines.cli.interrupts import heed_interrupt
from pipelines.listening import Listener

if TYPE_CHECKING:
    from rich.progress import TaskID

LINE_EVERY = 30.0
"""Seconds between two lines of one stage where there is no terminal for bars."""


def complain(message: str) -> None:
    """Say what went wrong, in red where the terminal has colours."""
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, soft_wrap=True)
    console.print(Text.assemble(("forewarn: ", "bold red"), message))


def say(message: str) -> None:
    """Tell on stderr how it went, so that stdout can be piped."""
    from rich.console import Console

    Console(stderr=True, soft_wrap=True).print(message, markup=False, highlight=False)


@contextmanager
def progress_bar(stage: str) -> Iterator[Progress]:
    """Yield a listener that draws one bar on stderr; lines where stderr is no terminal."""
    with stage_bars() as tell:
        yield lambda message, done: tell(stage, message, done)
        tell(stage, "", 1.0)


@contextmanager
def stage_bars() -> Iterator[Listener]:
    """Yield a listener that draws a bar per stage on stderr.

    Where stderr is no terminal, a stage's beginning is told in a line, and from then on how
    far it is, twice a minute.
    """
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    columns = (
        TextColumn("[bold]{task.fields[stage]:<9}"),
        BarColumn(bar_width=24),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    with Bars(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}
        told_at: dict[str, float] = {}

        def tell(stage: str, message: str, done: float) -> None:
            heed_interrupt()
            completed = min(max(done, 0.0), 1.0)
            if stage not in tasks:
                tasks[stage] = bars.add_task("", total=1.0, stage=stage)
                say_line(stage, f"{stage} ...")
            elif monotonic() - told_at[stage] >= LINE_EVERY:
                say_line(stage, f"{stage}: {completed:.0%}, {message}")
            bars.update(tasks[stage], completed=completed, description=message)

        def say_line(stage: str, line: str) -> None:
            told_at[stage] = monotonic()
            if not console.is_terminal:
                console.print(line, markup=False, highlight=False)

        yield tell
