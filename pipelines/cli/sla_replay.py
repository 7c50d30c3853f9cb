"""``forewarn sla replay``: what other policies would have done to the history."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

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
    parse_instant,
)
from pipelines.cli.rows import Row, emit_json, to_csv
from pipelines.cli.sla_replay_tables import CAVEAT, print_replay

if TYPE_CHECKING:
    import pandas as pd

    from forewarn.config import Config
    from forewarn.tables import Tables
    from serving.replay import Window


def replay(
    *,
    policy: Annotated[
        Path, typer.Option(help="File with the other sla section, or a whole forewarn.yaml.")
    ],
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
    """Compare what a changed policy would have done with what was: breaches, penalties, tickets.

    Without dates the last 13 weeks of the data. People's behaviour is taken as it was. Nothing
    is written.
    """
    from forewarn.config.policy_file import load_policies
    from forewarn.tables import read_tables
    from serving.replay import Rules, window_of
    from serving.replay import replay as compare

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    zone = ws.config.report.time_zone
    begin, end = (midnight(since, "--from", zone), midnight(until, "--until", zone))
    other = load_policies(policy.expanduser())
    before = Rules(ws.config.sla, ws.config.health, ws.config_path.name)
    after = Rules(other.sla, other.health or ws.config.health, policy.name)
    with progress_bar("replay") as progress:
        tables = read_tables(ws.tables)
        window = window_of(tables, since=begin, until=end)
        pairs = compare(tables, before=before, after=after, window=window, progress=progress)
    _emit(ws.config, tables, pairs, window=window, policy=policy, form=form)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(replay)


def _emit(
    config: "Config",
    tables: "Tables",
    pairs: "pd.DataFrame",
    *,
    window: "Window",
    policy: Path,
    form: Form,
) -> None:
    from serving.replay_figures import changed_clocks, replay_figures

    figures = replay_figures(pairs, priorities=config.queue.priorities)
    changes = changed_clocks(pairs)
    if form is Form.TABLE:
        names = group_names(tables)
        print_replay(figures, changes, window=window, policy=policy.name, names=names,
                     time_zone=config.report.time_zone)  # fmt: skip
    elif form is Form.JSON:
        about = {"policy": str(policy), "from": window.since, "until": window.until,
                 "as_of": window.as_of, "caveat": CAVEAT}  # fmt: skip
        emit_json({**about, "figures": figures, "changes": changes})
    else:
        say(CAVEAT)
        typer.echo(to_csv([*_kind("figure", figures), *_kind("change", changes)]), nl=False)


def _kind(name: str, rows: Sequence[Row]) -> list[Row]:
    return [{"row": name, **row} for row in rows]


def group_names(tables: "Tables") -> dict[str, str]:
    """The last known name of each group that has one."""
    named = tables.groups.dropna(subset="name").drop_duplicates("group_id", keep="last")
    return dict(zip(named["group_id"], named["name"], strict=True))


def midnight(text: str | None, option: str, zone: str) -> "pd.Timestamp | None":
    """A date as its first instant in the report's zone; an instant as it is."""
    if text is None:
        return None
    import pandas as pd

    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        instant = parse_instant(text, option=option)
        return None if instant is None else pd.Timestamp(instant)
    return pd.Timestamp(dt.datetime.combine(day, dt.time(), ZoneInfo(zone))).tz_convert("UTC")
