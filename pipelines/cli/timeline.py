"""``forewarn ticket ID --timeline``: a ticket's clocks step by step, open or closed."""

import datetime as dt
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from pipelines.cli.options import Form
from pipelines.cli.rows import Column, Row, emit, emit_json, print_table, printable, table_of
from pipelines.cli.words import duration, local, service_time

if TYPE_CHECKING:
    from forewarn.workspace import Workspace

_ENDED = ("completed", "cancelled")


def show_timeline(
    ws: "Workspace", ticket_id: str, *, as_of: dt.datetime | None, form: Form
) -> None:
    """Print every clock of the ticket; by what was known before ``as_of``, or by all there is.

    Raises DataError where there is no such ticket.
    """
    clocks = read_timeline(ws, ticket_id, as_of=as_of)
    if form is Form.JSON:
        emit_json(clocks)
    elif form is Form.CSV:
        rows = [{"clock": c["clock"], **step} for c in clocks for step in c["steps"]]
        emit(rows, columns=(), form=form, title="")
    else:
        _print(clocks, time_zone=ws.config.report.time_zone)


def read_timeline(
    ws: "Workspace", ticket_id: str, *, as_of: dt.datetime | None
) -> list[dict[str, Any]]:
    """One entry per clock that has started: ``clock`` (its name) and ``steps``, see Step."""
    from forewarn.errors import DataError
    from forewarn.sla.events import instant_of
    from forewarn.sla.timeline import build_timelines
    from forewarn.sla.trace import one_ticket, trace_ticket
    from forewarn.tables import read_tables

    tables = one_ticket(read_tables(ws.tables), ticket_id)
    if tables.tickets.empty:
        raise DataError(f"no ticket {ticket_id!r} in the tables of this workspace")
    timelines = build_timelines(tables, ws.config.sla, health=ws.config.health)
    instant = timelines.watermark + 1 if as_of is None else instant_of(as_of)
    found = trace_ticket(timelines, 0, as_of=instant)
    return [{"clock": name, "steps": [asdict(s) for s in steps]} for name, steps in found.items()]


def _print(clocks: list[dict[str, Any]], *, time_zone: str) -> None:
    if not clocks:
        typer.echo("Nothing is promised for this ticket yet.")
    for clock in clocks:
        last = clock["steps"][-1]
        broken = local(last["breached_at"], time_zone=time_zone)
        verdict = f"breached {broken}" if broken else "not breached"
        title = f"{clock['clock'].replace('_', ' ')}: {last['state']}, {verdict}"
        print_table(table_of(clock["steps"], columns=_columns(time_zone), title=printable(title)))


def _columns(time_zone: str) -> tuple[Column, ...]:
    def instant(key: str) -> Callable[[Row], str]:
        return lambda row: local(row[key], time_zone=time_zone)

    return (
        Column("at", instant("at"), style="bold"),
        Column("what", _what),
        Column("then", lambda row: str(row["state"])),
        Column("until", lambda row: "" if row["state"] in _ENDED else instant("until")(row)),
        Column("elapsed", lambda row: service_time(row["elapsed_seconds"]), "right"),
        Column("held", lambda row: service_time(row["held_seconds"]), "right"),
        Column("of", lambda row: service_time(row["target_seconds"]), "right"),
        Column("due", instant("due_at")),
        Column("policy", lambda row: str(row["policy"] or "imported deadline")),
    )


def _what(row: Row) -> str:
    """What happened, and how much later it was told where that was late."""
    late = (row["told_at"] - row["at"]).total_seconds()
    return f"{row['what']} (told {duration(late)} later)" if late > 0 else str(row["what"])
