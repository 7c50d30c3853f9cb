"""``forewarn init | check | ingest | train | evaluate | score | report``: the stages by hand."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forewarn.errors import ModelError
from pipelines.cli import summaries
from pipelines.cli.console import progress_bar, say
from pipelines.cli.engines import (
    Engine,
    EngineOption,
    PerWorkerOption,
    SchedulerOption,
    StorageOption,
    TlsCaOption,
    TlsCertOption,
    TlsKeyOption,
    WorkersOption,
    cluster_of,
)
from pipelines.cli.options import (
    HERE,
    JsonOption,
    WorkspaceOption,
    open_workspace,
    parse_instant,
)
from pipelines.cli.order_moves import print_moves
from pipelines.cli.rows import emit_json


class Example(StrEnum):
    """Configurations that come with forewarn."""

    DEMO = "demo"
    UCI = "uci"
    BOSTON = "boston"


def init(
    *,
    folder: Annotated[Path, typer.Argument(help="Where to make the workspace.")] = HERE,
    example: Annotated[
        Example | None,
        typer.Option(help="Begin with a known log; uci and boston need --data."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The example's data file, as its publisher offers it.")
    ] = None,
) -> None:
    """Write a commented forewarn.yaml to start from; nothing is overwritten."""
    from forewarn.examples import init_workspace

    written = init_workspace(
        folder.expanduser().resolve(), example=example.value if example else None, data=data
    )
    for path in written:
        say(f"wrote {path}")
    say("Next: edit forewarn.yaml if need be, then 'forewarn check'.")


def check(*, workspace: WorkspaceOption = HERE) -> None:
    """Validate the configuration and a sample of the data; say what was understood."""
    from forewarn.check import check_workspace

    for line in check_workspace(open_workspace(workspace)):
        typer.echo(line)


def ingest(
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Read everything again, not only what is new.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Read the sources into canonical tables; refused rows go to quarantine."""
    from pipelines import stages

    ws = open_workspace(workspace)
    with progress_bar("ingest") as progress:
        report = stages.run_ingest(ws, rebuild=rebuild, progress=progress)
    summaries.print_ingest(report, time_zone=ws.config.report.time_zone)


def train(
    *,
    cutoff: Annotated[
        str | None, typer.Option(help="Learn from what was decided before this instant.")
    ] = None,
    promote: Annotated[
        bool, typer.Option("--promote", help="Let the new version serve if the gate lets it pass.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Train even if nothing has changed.")
    ] = False,
    engine: EngineOption = Engine.LOCAL,
    scheduler: SchedulerOption = None,
    workers: WorkersOption = None,
    per_worker: PerWorkerOption = 1,
    storage: StorageOption = None,
    tls_ca: TlsCaOption = None,
    tls_cert: TlsCertOption = None,
    tls_key: TlsKeyOption = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Fit the breach models and register them; nothing is done when nothing has changed.

    The first version serves as champion; later ones wait as challenger to be promoted. With
    --promote, exit code 5 says that the gate refused; the version waits as challenger then.
    """
    from pipelines import stages

    before = parse_instant(cutoff, option="--cutoff")
    cluster = cluster_of(
        engine, scheduler=scheduler, workers=workers, per_worker=per_worker, storage=storage,
        tls=(tls_ca, tls_cert, tls_key),
    )  # fmt: skip
    ws = open_workspace(workspace)
    with progress_bar("train") as progress:
        outcome = stages.run_train(
            ws, cutoff=before, promote=promote, again=again, cluster=cluster, progress=progress
        )
    summaries.print_train(outcome, time_zone=ws.config.report.time_zone)
    if outcome.get("gate"):
        raise ModelError(outcome["gate"])


def evaluate(
    *,
    as_json: JsonOption = False,
    again: Annotated[
        bool, typer.Option("--again", help="Measure even if nothing has changed.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Measure the models and every baseline on later data; all figures with --json."""
    from pipelines import stages

    ws = open_workspace(workspace)
    with progress_bar("evaluate") as progress:
        figures = stages.run_evaluate(ws, again=again, progress=progress)
    if as_json:
        emit_json(figures)
    else:
        summaries.print_evaluation(figures, time_zone=ws.config.report.time_zone)


def score(
    *,
    as_of: Annotated[
        str | None, typer.Option(help="Score as of this instant, such as 2026-05-25T10:00Z.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; publish nothing.")
    ] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Score every open ticket and publish the queue, in one transaction.

    With --dry-run it shows which tickets would move against the queue that is shown now, come
    and go, and publishes nothing. 'forewarn undo' shows the former queue again.
    """
    from pipelines import stages

    moment = parse_instant(as_of, option="--as-of")
    ws = open_workspace(workspace)
    if dry_run:
        with progress_bar("score") as progress:
            found = stages.run_preview(ws, as_of=moment, progress=progress)
        if as_json:
            emit_json(found)
        else:
            print_moves(found, time_zone=ws.config.report.time_zone)
        return
    with progress_bar("score") as progress:
        run = stages.run_score(ws, as_of=moment, progress=progress)
    if as_json:
        emit_json(run)
        return
    summaries.print_score(run, time_zone=ws.config.report.time_zone)


def report(*, workspace: WorkspaceOption = HERE) -> None:
    """Write the managers' report, one HTML file; its path is printed."""
    from pipelines import stages

    ws = open_workspace(workspace)
    with progress_bar("report") as progress:
        path = stages.run_report(ws, progress=progress)
    typer.echo(path)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    set_up = app.command(rich_help_panel="Set up")
    set_up(init)
    set_up(check)
    for command in (ingest, train, evaluate, score, report):
        app.command(rich_help_panel="Work")(command)
