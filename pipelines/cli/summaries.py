"""What the commands say when they have done their work."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from pipelines.cli.console import say
from pipelines.cli.rows import Column, print_table, printable, table_of
from pipelines.cli.tables import queue_columns, run_title, text_of
from pipelines.cli.words import local, plural
from pipelines.figures import headline_rows, interval, sentences

if TYPE_CHECKING:
    from forewarn.ingest import IngestReport
    from forewarn.workspace import Workspace

_DEMO_ROWS = 10
_EXAMPLES_SHOWN = 5


def print_ingest(report: "IngestReport", *, time_zone: str) -> None:
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
    typer.echo(f"Complete up to {local(report.watermark, time_zone=time_zone)}.")


def print_train(outcome: Mapping[str, Any], *, time_zone: str) -> None:
    """The version that was made, and who serves."""
    if outcome.get("note"):
        typer.echo(printable(f"No model: {outcome['note']}. The rules serve."))
        return
    done = "Trained" if outcome["is_new"] else "Nothing has changed; trained already:"
    cutoff = local(dt.datetime.fromisoformat(outcome["cutoff"]), time_zone=time_zone)
    typer.echo(
        f"{done} version {outcome['version']} ({outcome['alias']}), "
        f"on what was decided before {cutoff}."
    )
    for metric, why in outcome["refused"].items():
        typer.echo(printable(f"  no model for {metric}: {why}"))
    for reason in outcome.get("failed_checks", ()):
        typer.echo(printable(f"  look at the data: {reason}"))
    if outcome.get("treated_share"):
        share = f"{outcome['treated_share']:.1%}"
        typer.echo(f"  {share} of the clocks were saved by acting on a warning, and weigh less.")
    if outcome["alias"] == "challenger":
        typer.echo(
            "The champion still serves; 'forewarn models compare' compares the two, "
            f"'forewarn models promote {outcome['version']}' lets it serve if the gate does."
        )


def print_evaluation(
    figures: Mapping[str, Any], *, time_zone: str, most: int | None = None
) -> None:
    """Per metric a table of models and baselines, then what it says in words."""
    columns = (
        Column("model", text_of("model"), style="bold"),
        *(
            Column(title, lambda row, key=key: interval(row[key]), "right")  # type: ignore[misc]
            for title, key in (
                ("AUC at opening", "opening_auc"),
                ("AUC", "macro_auc"),
                ("average precision", "macro_average_precision"),
                ("Brier", "brier"),
            )
        ),
    )
    for name, metric in figures["metrics"].items():
        rows = headline_rows(metric)
        if rows:
            title = f"{name.replace('_', ' ')}: our model beside the baselines (95 % intervals)"
            print_table(table_of(rows[:most], columns=columns, title=title))
        for sentence in sentences(metric, time_zone=time_zone):
            typer.echo(printable(f"{name.replace('_', ' ')}: {sentence}"))


def print_score(run: Mapping[str, Any], *, time_zone: str) -> None:
    """How many tickets were ranked, by what, as of when."""
    as_of = local(dt.datetime.fromisoformat(run["as_of"]), time_zone=time_zone)
    by = f"model {run['model_version']}" if run["model_version"] else "rules"
    typer.echo(
        f"Published run {run['run_id']} as of {as_of}, by {by}: "
        f"{plural(run['n_ranked'], 'ticket')} ranked, {run['n_lost']:,} lost, "
        f"{run['n_waiting']:,} waiting; {plural(run['n_flags'], 'customer')} flagged."
    )
    if run["degraded"]:
        say(f"Ordered by rules, not by the model: {run['degraded']}")


def print_demo(ws: "Workspace", report: str) -> None:
    """The top ten with reasons, the model beside the baselines, the report's path."""
    from serving import queries
    from serving.store import open_store

    store = open_store(ws.database_url)
    page = queries.queue_page(store, limit=_DEMO_ROWS, list="ranked")
    zone = ws.config.report.time_zone
    title = run_title("Top ten of the queue", page.run, time_zone=zone)
    print_table(table_of(page.rows, columns=queue_columns(page.run), title=title))
    typer.echo(f"{plural(page.total, 'ticket')} ranked.\n")
    figures = json.loads((ws.models / "evaluation.json").read_text("utf-8"))
    print_evaluation(figures, time_zone=zone)
    typer.echo(f"\nReport: {report}")
    typer.echo(f"Look around: forewarn queue --workspace {ws.root}")
