"""``forewarn sla preview``: what internal targets would have done to the history."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forewarn.errors import DataError
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
from pipelines.cli.rows import Column, Row, emit_json, print_table, table_of, to_csv
from pipelines.cli.sla_replay import group_names, midnight
from pipelines.cli.sla_replay_tables import CAVEAT, print_comparison
from pipelines.cli.tables import text_of
from pipelines.cli.words import local, plural

if TYPE_CHECKING:
    from serving.replay import Window
    from serving.tighten_preview import Preview


def preview(
    *,
    policy: Annotated[
        Path | None,
        typer.Option(help="File whose sla section has the rules; forewarn.yaml if not given."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="Clocks that started on this day or later."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="And before this day; the data's end if not given."),
    ] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Show what internal targets (sla.tighten) would have done: promises, work, misses.

    Without dates over the last 13 weeks of the data. Exit code 4 where more work would be due
    earlier than 'sla.tighten.most_moved' allows. Nothing is changed.
    """
    from forewarn.config.policy_file import load_policies
    from pipelines.tightening import preview_tightening

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    zone = ws.config.report.time_zone
    settings, file = ws.config.sla.tighten, ws.config_path.name
    if policy is not None:
        settings, file = load_policies(policy.expanduser()).sla.tighten, policy.name
    begin, end = midnight(since, "--from", zone), midnight(until, "--until", zone)
    with progress_bar("preview") as progress:
        found, window, tables = preview_tightening(
            ws, settings, since=begin, until=end, file=file, progress=progress
        )
    names = [rule.name for rule in settings.rules]
    _emit(found, window, rules=names, names=group_names(tables), form=form, time_zone=zone,
          priorities=ws.config.queue.priorities)  # fmt: skip
    if found.is_too_much:
        raise DataError(_refusal(found))


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(preview)


def _refusal(found: "Preview") -> str:
    return (
        f"refused: {100 * found.moved_share:.0f} % of the work would be due earlier "
        f"({found.minutes_moved / 60:,.0f} of {found.minutes / 60:,.0f} hours), "
        f"sla.tighten.most_moved allows {100 * found.most_moved:.0f} %. Scoring would not use "
        "these rules: narrow their conditions, or raise the bound"
    )


def _emit(
    found: "Preview",
    window: "Window",
    *,
    rules: list[str],
    names: dict[str, str],
    form: Form,
    time_zone: str,
    priorities: tuple[str, ...],
) -> None:
    from serving.replay_figures import changed_clocks, replay_figures
    from serving.tighten_preview import rule_figures

    by_rule = rule_figures(found, rules=rules)
    figures = replay_figures(found.pairs, priorities=priorities)
    changes = changed_clocks(found.pairs)
    if form is Form.CSV:
        kinds = (("rule", by_rule), ("figure", figures), ("change", changes))
        typer.echo(to_csv([{"row": kind, **row} for kind, rows in kinds for row in rows]), nl=False)
        say(CAVEAT)
    elif form is Form.JSON:
        about = {
            "from": window.since, "until": window.until, "as_of": window.as_of,
            "n_clocks": found.n_clocks, "moved_share": found.moved_share,
            "most_moved": found.most_moved, "is_refused": found.is_too_much,
            "hours_moved": found.minutes_moved / 60, "hours": found.minutes / 60,
            "caveat": CAVEAT,
        }  # fmt: skip
        emit_json({**about, "rules": by_rule, "figures": figures, "changes": changes})
    else:
        _print(found, window, by_rule, time_zone=time_zone)
        print_comparison(figures, changes, names=names)


def _print(found: "Preview", window: "Window", by_rule: Sequence[Row], *, time_zone: str) -> None:
    since, until = (local(at, time_zone=time_zone) for at in (window.since, window.until))
    typer.echo(
        f"Internal targets, had they held for clocks that opened {since} to {until}:\n"
        f"  {len(found.pairs):,} of {plural(found.n_clocks, 'promise')} tightened; work due "
        f"earlier: {100 * found.moved_share:.1f} % ({found.minutes_moved / 60:,.0f} of "
        f"{found.minutes / 60:,.0f} hours; {100 * found.most_moved:.0f} % is the most).\n"
        "  Before is the promise, after the internal target. A missed internal target breaks no "
        f"promise and costs nothing.\n  {CAVEAT}\n"
    )
    print_table(table_of(by_rule, columns=_COLUMNS, title="By rule"))


_COLUMNS = (
    Column("rule", text_of("rule"), style="bold"),
    Column("promise", lambda row: str(row["metric"]).replace("_", " ")),
    Column("clocks", lambda row: f"{row['n_clocks']:,}", "right"),
    Column("tickets", lambda row: f"{row['n_tickets']:,}", "right"),
    Column("earlier by", lambda row: f"{row['hours_earlier']:.1f} h", "right"),
    Column("work moved", lambda row: f"{row['hours_moved']:,.0f} h", "right"),
    Column("promises broken", lambda row: f"{row['n_broken']:,}", "right"),
    Column("internal targets missed", lambda row: f"{row['n_missed']:,}", "right"),
)
