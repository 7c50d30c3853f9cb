"""``forewarn sla lint``: policies that can never match, never be kept, or promise too much."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.console import progress_bar, say
from pipelines.cli.options import (
    HERE,
    CsvOption,
    Form,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
)
from pipelines.cli.rows import Column, Row, emit_json, print_table, printable, table_of, to_csv
from pipelines.cli.tables import text_of
from pipelines.cli.words import plural

if TYPE_CHECKING:
    import pandas as pd

    from forewarn.sla.lint import Lint
    from forewarn.tables import Tables
    from forewarn.workspace import Workspace

_COLOURS = {"error": "bold red", "warning": "yellow", "notice": "cyan"}


def lint(
    *,
    threshold: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Warn of promises of which a larger share was missed (n >= 30)."
        ),
    ] = 0.2,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Look over the policies: what can never match, cannot be meant so, or is not kept.

    With ingested data also by the history. Exit code 1 where there are errors.
    """
    from forewarn.sla.lint import lint_policies

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    with progress_bar("lint") as progress:
        found = lint_policies(ws.config, _tables(ws), threshold=threshold, progress=progress)
    _emit(found, form=form)
    if found.has_errors:
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(lint)


def _tables(ws: "Workspace") -> "Tables | None":
    """The ingested data; None where there is none yet."""
    from forewarn.tables import read_tables

    return read_tables(ws.tables) if (ws.tables / "manifest.json").exists() else None


def _emit(found: "Lint", *, form: Form) -> None:
    findings = [asdict(finding) for finding in found.findings]
    promises = _rows(found.figures)
    if form is Form.JSON:
        emit_json({"n_tickets": found.n_tickets, "findings": findings, "promises": promises})
    elif form is Form.CSV:
        rows = [{"row": "finding", **row} for row in findings]
        typer.echo(to_csv([*rows, *({"row": "promise", **row} for row in promises)]), nl=False)
    else:
        _print(findings, promises, n_tickets=found.n_tickets)


def _rows(frame: "pd.DataFrame") -> list[Row]:
    """Rows by name of column; whatever is missing is None."""
    plain = frame.astype(object)
    found = plain.where(plain.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in found]


def _print(findings: Sequence[Row], promises: Sequence[Row], *, n_tickets: int | None) -> None:
    for finding in findings:
        _print_finding(finding)
    if promises:
        title = "Promises beside what the desk did (all of the history, in opening hours)"
        print_table(table_of(promises, columns=_PROMISES, title=title))
    counts = [
        plural(n, severity)
        for severity in _COLOURS
        if (n := sum(finding["severity"] == severity for finding in findings))
    ]
    beside = (
        "by the configuration alone: no data was looked at"
        if n_tickets is None
        else f"by the configuration and {plural(n_tickets, 'ticket')}"
    )
    say(f"{', '.join(counts) or 'Nothing to complain of'}, {beside}.")


def _print_finding(finding: Row) -> None:
    """Severity and what in one line, then why and what to do, so that a file is readable too."""
    whose = f"{finding['policy']}: " if finding["policy"] else ""
    colour = _COLOURS[finding["severity"]]
    from rich.console import Console
    from rich.text import Text

    console = Console(soft_wrap=True, highlight=False)
    severity = Text(f"{finding['severity']:<8}", style=colour)
    console.print(severity + Text(printable(f"{whose}{finding['what']}"), style="bold"))
    console.print(Text(printable(f"        {finding['why']}")))
    console.print(Text(printable(f"        {finding['advice']}"), style="dim"))
    console.print()


def _missed(row: Row) -> str:
    return "" if row["missed_share"] is None else f"{100 * row['missed_share']:.1f} %"


def _interval(row: Row) -> str:
    return "" if row["low"] is None else f"{100 * row['low']:.1f} to {100 * row['high']:.1f} %"


def _hours(row: Row, key: str) -> str:
    """Opening hours are told in hours: a day of them is no day."""
    from forewarn.sla.lint_promises import whole_minutes
    from forewarn.sla.lint_targets import in_hours

    return "" if row[key] is None else in_hours(whole_minutes(row[key]))


def _kept(share: int) -> Column:
    key = f"kept_{share}_seconds"
    return Column(f"{share} % kept in", lambda row: _hours(row, key), "right")


_PROMISES = (
    Column("policy", text_of("policy"), style="bold"),
    Column("promise", lambda row: str(row["metric"]).replace("_", " ")),
    Column("priority", text_of("priority")),
    Column("target", lambda row: _hours(row, "target_seconds"), "right"),
    Column("decided", lambda row: f"{row['n']:,}", "right"),
    Column("missed", _missed, "right", style="bold"),
    Column("95 % interval", _interval, "right"),
    _kept(80),
    _kept(90),
    _kept(95),
    Column("open", lambda row: f"{row['n_open']:,}", "right"),
)
