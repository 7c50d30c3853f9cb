"""``forewarn models compare | evidence | golden``: looking, without changing who serves."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from pipelines.cli.console import progress_bar
from pipelines.cli.model_list import VersionArgument
from pipelines.cli.options import HERE, Form, JsonOption, WorkspaceOption, open_workspace
from pipelines.cli.rows import Column, Row, emit, emit_json, print_table, printable, table_of
from pipelines.cli.tables import text_of
from pipelines.cli.words import local, share
from pipelines.figures import interval

_SHOWN_FEATURES = 15


def compare(
    *,
    version: VersionArgument = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show how the gate would judge a version, and how it does beside the champion.

    While a challenger waits, every scoring run also asks it, without effect: how far the two
    agree, and how well either did on what has matured since. Nothing is changed.
    """
    from pipelines import stages

    ws = open_workspace(workspace)
    with progress_bar("compare") as progress:
        found = stages.run_compare(ws, version=version, progress=progress)
    if as_json:
        emit_json(found)
        return
    verdict = found["verdict"]
    title = f"Version {found['challenger']} against version {found['champion']}, which serves"
    print_table(table_of(verdict["checks"], columns=CHECKS, title=title))
    if verdict["passed"]:
        typer.echo(f"The gate would let version {found['challenger']} pass.")
    else:
        typer.echo(f"The gate refuses version {found['challenger']}:")
        for reason in verdict["reasons"]:
            typer.echo(printable(f"  - {reason}"))
    _print_shadow(found["shadow"])


def evidence(*, as_json: JsonOption = False, workspace: WorkspaceOption = HERE) -> None:
    """Look for evidence that the champion no longer fits: features, scores, calibration, volume.

    Nothing is trained; the flow retrain does that where there is evidence, and never promotes.
    """
    from pipelines import stages

    ws = open_workspace(workspace)
    with progress_bar("evidence") as progress:
        found = stages.run_evidence(ws, progress=progress)
    if as_json:
        emit_json(found)
        return
    if found["note"]:
        typer.echo(f"Nothing to look at: {found['note']}.")
        return
    cutoff = local(found["cutoff"], time_zone=ws.config.report.time_zone)
    title = f"Version {found['champion']} since {cutoff}, its cutoff"
    print_table(table_of(found["checks"], columns=_EVIDENCE, title=title))
    if found["features"]:
        rows = found["features"][:_SHOWN_FEATURES]
        print_table(table_of(rows, columns=_FEATURES, title="What it leans on most"))
    _print_advice(found)


def golden(
    *,
    renew: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Freeze it anew as labels are told today, and why."),
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show the golden set: tickets whose labels were frozen and signed, never learned from."""
    from pipelines import promoting

    ws = open_workspace(workspace)
    if renew is not None and not renew.strip():
        raise typer.BadParameter("--renew needs a reason in words")
    with progress_bar("golden") as progress:
        found = (
            promoting.run_golden(ws, progress=progress)
            if renew is None
            else promoting.run_freeze(ws, reason=renew, progress=progress)
        )
    if as_json:
        emit_json(found)
        return
    if found is None:
        typer.echo("There is no golden set yet: 'forewarn train' freezes the first.")
        return
    zone = ws.config.report.time_zone
    typer.echo(
        f"{found['n_tickets']:,} tickets, {found['n_observations']:,} observations, "
        f"{found['n_breached']:,} of them breached; frozen as of "
        f"{local(found['frozen_at'], time_zone=zone)} ({printable(found['reason'])})."
    )


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (compare, evidence, golden):
        app.command()(command)


def _print_shadow(shadow: Mapping[str, Mapping[str, Any]]) -> None:
    if not shadow:
        typer.echo("No scoring run has asked both yet: 'forewarn score' does.")
        return
    rows = [{"metric": metric, **figures} for metric, figures in shadow.items()]
    emit(rows, columns=_SHADOW, form=Form.TABLE, title="Of the same clocks in the same runs")


def _print_advice(found: Mapping[str, Any]) -> None:
    if found["advice"] == "train":
        typer.echo(f"{len(found['evidence'])} kinds of evidence: 'forewarn train' is due.")
    elif found["advice"] == "wait":
        typer.echo(
            f"There is evidence, and version {found['challenger']} was trained lately: "
            "'forewarn models compare' shows whether it is better."
        )
    elif any(check["passed"] for check in found["checks"]):
        typer.echo("No evidence of change.")
    else:
        typer.echo("It cannot be told yet.")


def _mark(row: Row, *, failed: str) -> str:
    return {None: "cannot tell", True: "ok", False: failed}[row["passed"]]


def _ends(key: str) -> Any:
    return lambda row: interval(row.get(key), digits=4)


def _figure(key: str) -> Any:
    return lambda row: "" if row.get(key) is None else f"{row[key]:.3f}"


CHECKS = (
    Column("", lambda row: _mark(row, failed="REFUSED"), style="bold"),
    Column("what was found", text_of("reason"), ratio=1),
)
_EVIDENCE = (
    Column("", lambda row: _mark(row, failed="EVIDENCE"), style="bold"),
    Column("of", text_of("name")),
    Column("what was found", text_of("reason"), ratio=1),
)
_FEATURES = (
    Column("feature", text_of("feature"), style="bold"),
    Column("share of gain", lambda row: share(row["gain"]), "right"),
    Column("PSI", _figure("psi"), "right"),
    Column("divergence (bits)", _figure("divergence"), "right"),
    Column("null before", lambda row: share(row["null_before"]), "right"),
    Column("null since", lambda row: share(row["null_after"]), "right"),
    Column("new words", lambda row: share(row["unseen"]), "right"),
)
_SHADOW = (
    Column("promise", lambda row: str(row["metric"]).replace("_", " "), style="bold"),
    Column("clocks", text_of("n"), "right"),
    Column("runs", text_of("n_runs"), "right"),
    Column("agree", lambda row: share(row["agreement"]), "right"),
    Column("mean |difference|", _figure("mean_difference"), "right"),
    Column("matured", text_of("n_matured"), "right"),
    Column("Brier, champion", _figure("brier_champion"), "right"),
    Column("challenger", _figure("brier_challenger"), "right"),
    Column("difference", _ends("brier_difference"), "right"),
)
