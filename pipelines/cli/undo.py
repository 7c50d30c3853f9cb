"""``forewarn undo``: the queue that was shown before is shown again."""

from typing import Annotated

import typer

from pipelines.cli.console import say
from pipelines.cli.options import (
    HERE,
    CsvOption,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
)
from pipelines.cli.rows import Column, emit
from pipelines.cli.tables import text_of
from pipelines.cli.words import local, plural


def undo(
    *,
    reason: Annotated[str | None, typer.Option(help="Why; it is written down.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Who wants it.", show_default="this account")
    ] = None,
    log: Annotated[
        bool, typer.Option("--log", help="Show who undid what, when and why; change nothing.")
    ] = False,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show the former queue again, until the next scoring run; --reason TEXT is needed.

    A second undo goes one queue further back, as far as 'storage.keep_runs' queues are kept.
    """
    from pipelines import stages

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    zone = ws.config.report.time_zone
    if log:
        from serving.store import open_store

        emit(
            open_store(ws.database_url).undone(), columns=_columns(zone), form=form, title="Undone"
        )
        return
    if reason is None or not reason.strip():
        raise typer.BadParameter("--reason TEXT is needed: an undo is written down")
    done = stages.run_undo(ws, actor=by, reason=reason)
    say(
        f"run {done['shown_run_id']} as of {local(done['as_of'], time_zone=zone)} is shown again, "
        f"instead of run {done['run_id']} as of {local(done['undone_as_of'], time_zone=zone)}"
    )
    if done["n_withdrawn"]:
        say(f"withdrawn: {plural(done['n_withdrawn'], 'message')} that nobody was sent yet")
    say("the next scoring run orders anew, beginning from this order")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Work")(undo)


def _columns(time_zone: str) -> tuple[Column, ...]:
    return (
        Column("when", lambda row: local(row["happened_at"], time_zone=time_zone)),
        Column("undone run", text_of("run_id"), "right"),
        Column("shown again", text_of("shown_run_id"), "right"),
        Column("by", text_of("actor"), style="bold"),
        Column("why", text_of("reason"), ratio=1),
    )
