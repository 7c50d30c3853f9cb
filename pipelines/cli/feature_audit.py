"""``forewarn features audit``: features that say nothing, say the same, drift, or know too much."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.console import progress_bar
from pipelines.cli.feature_list import built_history
from pipelines.cli.options import (
    HERE,
    CsvOption,
    Form,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
)
from pipelines.cli.rows import Column, Row, emit, emit_json, print_table, table_of
from pipelines.cli.tables import text_of
from pipelines.cli.words import share

if TYPE_CHECKING:
    import pandas as pd


def audit(
    *,
    sample: Annotated[
        int, typer.Option(min=1, max=100_000, help="At most so many observations, drawn by lot.")
    ] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="Of the lot.")] = 0,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Look over all features: constant, alike, drifting, suspiciously close to the outcome.

    By observations whose outcome was known at the data's end. Ends with a summary in words.
    """
    from features.audit import audit_features
    from features.audit_words import remarks, summarise_audit

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    history = built_history(ws)
    with progress_bar("audit") as progress:
        found = audit_features(history, ws.config, seed=seed, at_most=sample, progress=progress)
    summary = summarise_audit(found)
    rows = [{**row, "remarks": remarks(row)} for row in _rows(found)]
    if form is Form.JSON:
        emit_json({"summary": summary, "features": rows})
    elif form is Form.CSV:
        emit(rows, columns=(), form=form, title="")
    else:
        print_table(table_of(rows, columns=_columns(found), title="Audit of the features"))
        for sentence in summary:
            typer.echo(sentence)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(
        epilog="Examples: 'forewarn features audit', "
        "'forewarn features audit --sample 20000 --csv > audit.csv'"
    )(audit)


def _rows(found: "pd.DataFrame") -> list[Row]:
    """Rows by name of column; whatever is missing is None."""
    plain = found.astype(object)
    records = plain.where(plain.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in records]


def _columns(found: "pd.DataFrame") -> list[Column]:
    metrics = [str(name) for name in found if str(name).startswith("auc_")]
    return [
        Column("feature", text_of("feature"), style="bold"),
        Column("seen", lambda row: "yes" if row["is_seen"] else "no"),
        Column("known", lambda row: share(row["coverage"]), "right"),
        Column("values", lambda row: f"{row['n_values']:,}", "right"),
        Column("drift", lambda row: _figure(row, "drift"), "right"),
        *(_close(name) for name in metrics),
        Column("ms per 1,000", lambda row: _figure(row, "milliseconds"), "right"),
        Column("remarks", text_of("remarks"), ratio=1),
    ]


def _close(name: str) -> Column:
    title = name.removeprefix("auc_").replace("_", " ")
    return Column(f"AUC {title}", lambda row: _figure(row, name), "right")


def _figure(row: Row, key: str) -> str:
    return "" if row[key] is None else f"{row[key]:.2f}"
