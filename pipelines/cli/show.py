"""``forewarn queue | customers | ticket``: what the current run says."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli import tables
from pipelines.cli.console import say
from pipelines.cli.options import (
    HERE,
    CsvOption,
    Form,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
    parse_instant,
)
from pipelines.cli.rows import emit, emit_json
from pipelines.cli.timeline import show_timeline
from pipelines.cli.words import plural

if TYPE_CHECKING:
    from forewarn.workspace import Workspace
    from serving.queries import Page
    from serving.store import Store

_PANEL = "Look"


def queue(
    *,
    group: Annotated[str | None, typer.Option(help="Only tickets of this group.")] = None,
    agent: Annotated[
        str | None, typer.Option(help="Only tickets of the groups that this agent serves.")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many tickets.")] = None,
    list_name: Annotated[
        tables.QueueList, typer.Option("--list", help="Which of the queue's lists.")
    ] = tables.QueueList.RANKED,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show the tickets to act on, best first, each with its reason.

    Of one group, or of an agent's only one, a line marks where today's work ends: what those who
    are at work can be expected to finish. Lost: no promise can be met; who is to tell the customer.
    Waiting: paused, nothing to do now. Child: another ticket of its incident stands for it.
    """
    from serving import queries

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    page = queries.queue_page(
        _store(ws), group=group, agent=agent, limit=_shown(limit, form), list=list_name.value
    )
    title = tables.run_title(f"Queue ({list_name.value})", page.run, time_zone=_zone(ws))
    columns = tables.queue_columns(page.run, list_name=list_name)
    if form is Form.TABLE:
        tables.print_queue(page.rows, columns=columns, title=title, capacity=page.capacity)
        _tell_page(page, of=group, list_name=list_name)
    else:
        emit(page.rows, columns=columns, form=form, title=title)
    _warn(page.run)


def customers(
    *,
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many customers.")] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show the customers to talk to early, most at risk first."""
    from serving import queries

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    run, rows = queries.customers_page(_store(ws), limit=_shown(limit, form))
    title = tables.run_title("Customers at risk", run, time_zone=_zone(ws))
    emit(rows, columns=tables.CUSTOMER_COLUMNS, form=form, title=title)
    _tell_rest(len(rows), run["n_flags"], "customer")
    _warn(run)


def ticket(
    *,
    ticket_id: Annotated[str, typer.Argument(metavar="ID", help="The ticket's id.")],
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Each clock step by step, of closed tickets too.")
    ] = False,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="With --timeline: only what was known before it."),
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show one open ticket: its place in the queue, why, and each of its clocks."""
    from serving import queries

    form = form_of(as_json=as_json, as_csv=as_csv)
    instant = parse_instant(as_of, option="--as-of")
    ws = open_workspace(workspace)
    if timeline:
        show_timeline(ws, ticket_id, as_of=instant, form=form)
        return
    if instant is not None:
        raise typer.BadParameter("--as-of goes with --timeline")
    found = queries.ticket(_store(ws), ticket_id)
    if form is Form.JSON:
        emit_json(found)
    elif form is Form.CSV:
        emit(found["clocks"], columns=(), form=form, title="")
    else:
        tables.print_ticket(found, time_zone=_zone(ws))
    _warn(found["run"])


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (queue, customers, ticket):
        app.command(rich_help_panel=_PANEL)(command)


def _store(ws: "Workspace") -> "Store":
    from serving.store import open_store

    return open_store(ws.database_url)


def _zone(ws: "Workspace") -> str:
    return ws.config.report.time_zone


def _tell_page(page: "Page", *, of: str | None, list_name: tables.QueueList) -> None:
    """Say on stderr who is at work, how much of the list is shown, and why there is nothing."""
    if page.agent is not None:
        say(tables.agent_words(page.agent))
    for capacity in page.capacities:
        say(tables.capacity_words(capacity))
    _tell_rest(len(page.rows), page.total, "ticket")
    if page.total == 0:
        say(tables.nothing_words(page, group=of, list_name=list_name))


def _shown(limit: int | None, form: Form) -> int | None:
    """How many rows are asked for; None, all of them, where no person has to read a table."""
    return limit if limit or form is not Form.TABLE else tables.ROWS_OF_A_TABLE


def _tell_rest(n: int, total: int, noun: str) -> None:
    if n < total:
        say(f"{n} of {plural(total, noun)}; --limit shows more")


def _warn(run: dict[str, Any]) -> None:
    """Say on stderr when the order comes from rules alone."""
    if run.get("degraded"):
        say(f"Ordered by rules, not by the model: {run['degraded']}")
