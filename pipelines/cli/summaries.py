"""What the commands say when they have done their work."""

from typing import TYPE_CHECKING

import typer

from pipelines.cli.rows import Column, print_table, printable, table_of
from pipelines.cli.tables import text_of
from pipelines.cli.words import plural

if TYPE_CHECKING:
    from forewarn.ingest import IngestReport

_EXAMPLES_SHOWN = 5


def print_ingest(report: "IngestReport") -> None:
    """Rows by source, refused ones by reason, and the tables that came out."""
    rows = [
        {"source": s.name, "inputs": s.n_inputs, "new": s.n_new, "read": f"{s.n_read:,}",
         "refused": f"{s.n_refused:,}"}
        for s in report.sources
    ]  # fmt: skip
    columns = (
        Column("source", text_of("source"), style="bold"),
        Column("files or queries", text_of("inputs"), "right"),
        Column("new", text_of("new"), "right"),
        Column("rows read", text_of("read"), "right"),
        Column("refused", text_of("refused"), "right"),
    )
    print_table(table_of(rows, columns=columns, title="Ingest"))
    for reason, count in report.reasons.items():
        typer.echo(printable(f"  {count:,} x {reason}"))
    for line in report.examples[:_EXAMPLES_SHOWN]:
        typer.echo(printable(f"    {line}"))
    made = ", ".join(f"{n:,} {name}" for name, n in report.rows.items() if n)
    typer.echo(f"Tables: {made}" + ("" if report.is_changed else " (nothing new)"))
    typer.echo(f"Complete up to {report.watermark:%Y-%m-%d %H:%M} UTC.")
