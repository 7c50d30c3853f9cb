"""``forewarn demo``: a simulated desk, taken through everything."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.console import say, stage_bars
from pipelines.cli.options import open_workspace


def demo(
    *,
    folder: Annotated[Path, typer.Argument(help="The workspace to make, or to run again.")],
) -> None:
    """Simulate a support desk and run everything on it: the quickest way to look around.

    Ends with the top ten of the queue, the model's figures and the report's path. The
    second run finds its work done, is faster and gives the same.
    """
    from forewarn.examples import init_workspace
    from pipelines import orchestration
    from pipelines.cli import summaries
    from pipelines.listening import listening

    root = folder.expanduser().resolve()
    if not (root / "forewarn.yaml").exists():
        say("Simulating a year of a support desk ...")
        init_workspace(root, example="demo", data=None)
    ws = open_workspace(root)
    orchestration.prepare(ws, log_level="CRITICAL")
    say("Starting Prefect, which tracks the run ...")
    with stage_bars() as listener, listening(listener):
        report = orchestration.run_flow("everything", ws)
    summaries.print_demo(ws, report)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Set up")(demo)
