"""``forewarn tune``: settings of the trees, looked for within a stated time."""

from typing import Annotated

import typer

from pipelines.cli.console import progress_bar, say
from pipelines.cli.options import HERE, WorkspaceOption, open_workspace

_MOST_MINUTES = 1440


def tune(
    *,
    minutes: Annotated[
        float, typer.Option(min=0.0, max=_MOST_MINUTES, help="How long to look.")
    ] = 10.0,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Look for better settings of the trees, on windows before the cutoff.

    Run again it goes on where it was. Nothing is changed: it prints lines for forewarn.yaml.
    """
    from pipelines.tuning import run_tune

    ws = open_workspace(workspace)
    with progress_bar("tune") as progress:
        tuned = run_tune(ws, seconds=minutes * 60.0, progress=progress)
    say(
        f"{tuned.n_trials} trials so far ({tuned.n_pruned} ended early); log-loss before the "
        f"cutoff {tuned.loss:.4f}, as configured first {tuned.loss_now:.4f}"
    )
    if tuned.loss >= tuned.loss_now:
        say("Nothing was better than the first settings: leave forewarn.yaml as it is.")
        return
    say("In forewarn.yaml, then 'forewarn train':")
    typer.echo("training:")
    for name, value in sorted(tuned.settings.items()):
        typer.echo(f"  {name}: {value if isinstance(value, int) else round(value, 4)}")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Work")(tune)
