"""``forewarn health``: the customers' scores as of any instant, and how they came there."""

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import typer

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
from pipelines.cli.rows import Column, emit
from pipelines.cli.tables import health_of, text_of
from pipelines.cli.words import local


def health(
    *,
    customer_id: Annotated[
        str | None, typer.Argument(metavar="[CUSTOMER]", help="Show this customer's history.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Only what was known before it; the data's end."),
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show every customer's health, the least healthy first; or how one's came about."""
    from forewarn.health_view import health_at, health_history
    from forewarn.tables import read_tables

    form = form_of(as_json=as_json, as_csv=as_csv)
    asked = parse_instant(as_of, option="--as-of")
    ws = open_workspace(workspace)
    tables, settings, zone = read_tables(ws.tables), ws.config.health, ws.config.report.time_zone
    instant = asked or tables.watermark.to_pydatetime() + dt.timedelta(microseconds=1)
    until = local(instant, time_zone=zone)
    if customer_id is not None:
        rows = health_history(tables.customer_health, settings, customer_id, as_of=instant)
        title = f"Health of {customer_id} until {until}"
        emit(rows, columns=_history_columns(zone), form=form, title=title)
        return
    rows = health_at(tables.customer_health, settings, as_of=instant)
    emit(rows, columns=_columns(zone), form=form, title=f"Customer health as of {until}")
    if form is Form.TABLE and not rows:
        say("No score was known by then: a source of shape customer_health tells them.")


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Look")(health)


def _columns(zone: str) -> tuple[Column, ...]:
    return (
        Column("customer", text_of("customer_id"), style="bold"),
        Column("health", lambda row: health_of({**row, "health_score": row["score"]}), "right"),
        Column("in a week", lambda row: _points(row["change_7d"]), "right"),
        Column("in 4 weeks", lambda row: _points(row["change_28d"]), "right"),
        Column(
            "measured",
            lambda row: (
                local(row["measured_at"], time_zone=zone) + (" (stale)" if row["is_stale"] else "")
            ),
        ),
        Column("overridden by", lambda row: _override(row, zone=zone)),
        Column("missing", lambda row: ", ".join(row["missing"])),
    )


def _history_columns(zone: str) -> tuple[Column, ...]:
    return (
        Column("since", lambda row: local(row["changed_at"], time_zone=zone), style="bold"),
        Column("known", lambda row: local(row["known_at"], time_zone=zone)),
        Column("health", lambda row: health_of({**row, "health_score": row["score"]}), "right"),
        Column("change", lambda row: _points(row["change"]), "right"),
        Column("", lambda row: "override" if row["is_overridden"] else ""),
    )


def _points(change: float | None) -> str:
    return "" if change is None else f"{change:+.1f}"


def _override(row: Mapping[str, Any], *, zone: str) -> str:
    if not row["is_overridden"]:
        return ""
    until = row["override_expires_at"]
    ends = "" if until is None else f" until {local(until, time_zone=zone)}"
    return f"{row['override_author'] or 'somebody'}{ends}"
