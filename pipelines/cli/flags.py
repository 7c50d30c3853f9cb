"""``forewarn flags list | ack``: customers' flags that last, and who looks after them."""

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
from pipelines.cli.words import local

app = typer.Typer(help="List and acknowledge the customers' flags.", no_args_is_help=True)


@app.command("list")
def list_all(
    *,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show every flag that stands, and those that rest after an acknowledgement.

    'forewarn customers' tells why each of them was raised.
    """
    from serving.store import open_store

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    rows = open_store(ws.database_url).flags()
    emit(rows, columns=_columns(ws.config.report.time_zone), form=form, title="Customer flags")


@app.command()
def ack(
    *,
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    by: Annotated[str, typer.Option(help="Who looks after the customer.")],
    note: Annotated[str | None, typer.Option(help="What was agreed.")] = None,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Say that somebody looks after a customer: no new flag for 'queue.flag_rest'."""
    from serving.store import open_store

    ws = open_workspace(workspace)
    store = open_store(ws.database_url)
    until = store.acknowledge_flag(customer_id, by=by, note=note, rest=ws.config.queue.flag_rest)
    zone = ws.config.report.time_zone
    say(f"{by} looks after {customer_id}; no new flag before {local(until, time_zone=zone)}")


def _columns(time_zone: str) -> tuple[Column, ...]:
    return (
        Column("customer", text_of("customer_id"), style="bold"),
        Column("since", lambda row: local(row["raised_at"], time_zone=time_zone)),
        Column("week of", lambda row: local(row["week_at"], time_zone=time_zone)),
        Column("acknowledged by", text_of("acknowledged_by")),
        Column("rests until", lambda row: local(row["rests_until"], time_zone=time_zone)),
        Column("note", text_of("note"), ratio=1),
    )
