"""``forewarn feedback record | list | effect``: what people did, and what it was good for."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from pipelines.cli.console import progress_bar, say
from pipelines.cli.options import (
    HERE,
    CsvOption,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
    parse_instant,
)
from pipelines.cli.rows import Column, emit, emit_json, print_table, table_of
from pipelines.cli.tables import text_of
from pipelines.cli.words import local
from pipelines.figures import interval

app = typer.Typer(
    help="What people did about tickets, so that training knows whom a warning saved.",
    no_args_is_help=True,
)


class Action(StrEnum):
    """What can be told."""

    ESCALATED = "escalated"
    ASSIGNED = "assigned"
    CONTACTED = "contacted"
    WORKED = "worked"
    DISMISSED = "dismissed"


@app.command(epilog="Example: 'forewarn feedback record T000123 escalated --note \"called them\"'")
def record(
    *,
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="The ticket's id.")],
    action: Annotated[Action, typer.Argument(help="What was done.")],
    at: Annotated[
        str | None, typer.Option(help="When, such as 2026-05-25T10:00Z; now if not given.")
    ] = None,
    by: Annotated[str, typer.Option(help="Who did or tells it.")] = "",
    note: Annotated[str | None, typer.Option(help="In words.")] = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Keep that somebody acted upon a ticket; the same told twice is kept once.

    Assignments and escalations that the help desk logs itself need not be told again.
    """
    from pipelines.promoting import opened_store
    from serving.feedback import record_action

    moment = parse_instant(at, option="--at")
    ws = open_workspace(workspace)
    with opened_store(ws) as store:
        row = record_action(
            store, ticket_id=ticket, action=action.value, acted_at=moment, actor=by, note=note
        )
    when = local(row["acted_at"], time_zone=ws.config.report.time_zone)
    say(f"kept: {row['ticket_id']} {row['action']} {when}")


@app.command("list")
def list_all(
    *,
    ticket: Annotated[str | None, typer.Option(help="Only of this ticket.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="So many, newest first.")] = 100,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show what was told, newest first."""
    from pipelines.promoting import opened_store
    from serving.feedback import list_actions

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    zone = ws.config.report.time_zone
    with opened_store(ws) as store:
        rows = list_actions(store, ticket_id=ticket, limit=limit)
    columns = (
        Column("when", lambda row: local(row["acted_at"], time_zone=zone)),
        Column("ticket", text_of("ticket_id"), style="bold"),
        Column("action", text_of("action")),
        Column("by", text_of("actor")),
        Column("note", text_of("note"), ratio=1),
    )
    emit(rows, columns=columns, form=form, title="Actions")


@app.command()
def effect(*, as_json: JsonOption = False, workspace: WorkspaceOption = HERE) -> None:
    """Estimate what acting does to breaches, by picks that a lottery made.

    Each pick weighs the inverse of the chance with which it was made. Without lotteries in the
    log, or with too few that have matured, it says so.
    """
    from pipelines import stages

    ws = open_workspace(workspace)
    with progress_bar("effect") as progress:
        found = stages.run_effect(ws, progress=progress)
    if as_json:
        emit_json(found)
        return
    rows: list[dict[str, Any]] = [{"metric": m, **figures} for m, figures in found.items()]
    print_table(table_of(rows, columns=_EFFECT, title="Effect of acting, 95 % intervals"))
    for row in rows:
        if row["note"]:
            say(f"{row['metric'].replace('_', ' ')}: {row['note']}")


_EFFECT = (
    Column("promise", lambda row: str(row["metric"]).replace("_", " "), style="bold"),
    Column("acted upon", text_of("n_act"), "right"),
    Column("left", text_of("n_wait"), "right"),
    Column("breach, all acted upon", lambda row: interval(row["act"]), "right"),
    Column("breach, all left", lambda row: interval(row["wait"]), "right"),
    Column("difference", lambda row: interval(row["effect"]), "right"),
)
