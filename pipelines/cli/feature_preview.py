"""``forewarn features preview``: every feature of a ticket's open clocks at an instant."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.feature_list import built_history
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
from pipelines.cli.rows import Column, Row, emit, emit_json, print_table, printable, table_of
from pipelines.cli.tables import text_of
from pipelines.cli.words import local

if TYPE_CHECKING:
    from features.history import History
    from features.preview import Preview

_CLOCK = ("metric", "cycle", "state", "is_breached", "due_at", "remaining_seconds")


def preview(
    *,
    ticket_id: Annotated[str, typer.Argument(metavar="TICKET", help="The ticket's id.")],
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="INSTANT",
            help="By what was known before it; just behind the data's end if none.",
        ),
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show all features of a ticket's open clocks, as scoring would compute them.

    One column per clock; of closed tickets too, at an instant at which they were open.
    """
    from features.preview import preview_ticket

    form = form_of(as_json=as_json, as_csv=as_csv)
    moment = parse_instant(as_of, option="--as-of")
    ws = open_workspace(workspace)
    history = built_history(ws)
    found = preview_ticket(history, ticket_id, as_of=moment)
    rows = _rows(history, found)
    if form is Form.JSON:
        clocks = [{"clock": name, **clock} for name, clock in _clocks(found).items()]
        emit_json(
            {"ticket_id": ticket_id, "as_of": found.as_of, "clocks": clocks, "features": rows}
        )
    elif form is Form.CSV:
        flat = [{**_about(row), **row["values"]} for row in rows]
        emit(flat, columns=(), form=form, title="")
    else:
        _print(rows, found, ticket_id=ticket_id, time_zone=ws.config.report.time_zone)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog="Examples: 'forewarn features preview T1', "
        "'forewarn features preview T1 --as-of 2026-05-25T10:00Z --csv'"
    )(preview)


def _names(found: "Preview") -> list[str]:
    """Per clock its name: metric and cycle."""
    clocks = found.clocks
    return [f"{m}_{c}" for m, c in zip(clocks["metric"], clocks["cycle"], strict=True)]


def _clocks(found: "Preview") -> dict[str, dict[str, Any]]:
    """By name, what a clock said at the instant."""
    records = found.clocks[list(_CLOCK)].to_dict("records")
    return {
        name: {str(k): v for k, v in record.items()}
        for name, record in zip(_names(found), records, strict=True)
    }


def _rows(history: "History", found: "Preview") -> list[Row]:
    """One row per feature, those of one entity together; ``values`` by clock, null is None."""
    from features.catalogue import declared_features
    from features.document import FAMILIES

    plain = found.features.astype(object)
    plain = plain.where(plain.notna(), None)
    names, order = _names(found), list(FAMILIES)
    return [
        {
            "feature": feature.name,
            "entity": feature.entity,
            "unit": feature.unit,
            "values": dict(zip(names, plain[feature.name].tolist(), strict=True)),
        }
        for feature in sorted(declared_features(history), key=lambda f: order.index(f.entity))
    ]


def _about(row: Row) -> Row:
    return {name: row[name] for name in ("feature", "entity", "unit")}


def _print(rows: list[Row], found: "Preview", *, ticket_id: str, time_zone: str) -> None:
    """A table per entity, so that a person finds the way."""
    from features.document import FAMILIES

    moment = local(found.as_of.to_pydatetime(), time_zone=time_zone)
    typer.echo(printable(f"{ticket_id} as of {moment}, by what was known before"))
    for entity, title in FAMILIES.items():
        part = [row for row in rows if row["entity"] == entity]
        if part:
            print_table(table_of(part, columns=_columns(found), title=title))


def _columns(found: "Preview") -> list[Column]:
    def value(name: str) -> Column:
        title = name.replace("_", " ")
        return Column(title, lambda row: _shown(row["values"][name]), "right")

    return [
        Column("feature", text_of("feature"), style="bold"),
        *(value(name) for name in _names(found)),
        Column("unit", text_of("unit")),
    ]


def _shown(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:,.6g}" if isinstance(value, float) else str(value)
