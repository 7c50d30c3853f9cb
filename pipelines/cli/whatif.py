"""``forewarn whatif``: the desk as it is beside the desk with something changed."""

import re
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
from pipelines.cli.rows import Column, Row, emit_json, print_table, table_of, to_csv
from pipelines.cli.simulate import CAVEAT, LearnOption, TestOption

if TYPE_CHECKING:
    from forewarn.simulation.changes import StaffChange
    from forewarn.simulation.compare import Trials

_FIRST_SEED = 101
_AGENTS = re.compile(r"(?P<group>[^@=]+)(?:@(?P<hour>\d{1,2}):(?P<minute>\d{2}))?=(?P<n>[+-]?\d+)")
_FIGURES = {
    "resolution": ("resolutions broken", 100, " %"),
    "first_response": ("first responses broken", 100, " %"),
    "penalty": ("penalty per ticket", 1, ""),
    "mean_wait": ("mean wait for the first touch", 1, " h"),
    "low_wait": ("longest of 1,000 waits, lowest priority", 1, " h"),
    "busy": ("agents' time at work", 100, " %"),
}


def whatif(
    *,
    agents: Annotated[
        list[str] | None,
        typer.Option(help="GROUP=+2, or GROUP@08:00=-1 for the shift that begins then; repeat."),
    ] = None,
    incident: Annotated[
        str | None, typer.Option(help="GROUP=N further tickets within an hour.")
    ] = None,
    targets: Annotated[float, typer.Option(min=0.05, max=20, help="Every target times this.")] = 1,
    policy: Annotated[
        Path | None, typer.Option(help="File with another sla section: targets, calendars.")
    ] = None,
    worst_week: Annotated[
        bool, typer.Option("--worst-week", help="The week in which most work arrived, again.")
    ] = False,
    keep: Annotated[
        float | None, typer.Option(min=0, max=1, help="Resolutions to keep: find the staff for it.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="With --keep: the group to staff.")] = None,
    probability: Annotated[
        float, typer.Option(min=0, max=1, help="With --keep: how surely.")
    ] = 0.9,
    by_value: Annotated[
        bool, typer.Option("--by-value", help="Agents follow the queue; else priority, then age.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=2, max=200, help="How often to draw the weeks.")] = 12,
    load: Annotated[float | None, typer.Option(min=0.3, max=1.5, help="As in simulate.")] = None,
    learn_weeks: LearnOption = 12,
    test_weeks: TestOption = 6,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Simulate the desk with other staff, an incident, other promises or its worst week again.

    Both sides meet the same tickets; intervals are over drawn weeks. Nothing is written.
    """
    from forewarn.config.policy_file import load_policies
    from forewarn.simulation.policies import OURS, TODAY
    from forewarn.tables import read_tables
    from models.simulated.desk import fit_promised
    from models.simulated.running import Setting
    from models.simulated.whatif import Change, compare_seed, staffing

    form = form_of(as_json=as_json, as_csv=as_csv)
    if keep is not None and group is None:
        raise typer.BadParameter("--keep needs --group, the group to staff")
    ws = open_workspace(workspace)
    order = OURS if by_value else TODAY
    drawn = range(_FIRST_SEED, _FIRST_SEED + seeds)
    change = Change(_staff(agents or []), _incident(incident), targets, worst_week)
    setting = Setting(load=load, learn_weeks=learn_weeks, test_weeks=test_weeks)
    rows: list[dict[str, Any]] = []
    with progress_bar("whatif") as progress:
        progress("fitting the desk to the history", 0.0)
        tables = read_tables(ws.tables)
        desk = fit_promised(tables, ws.config)
        if keep is not None and group is not None:
            tried = staffing(desk, group, keep=keep, probability=probability, seeds=drawn,
                             setting=setting, policy=order)  # fmt: skip
            for number, found in enumerate(tried):
                progress(f"{found.n:+d} agents in {group}", (number + 1) / 12)
                rows.append({**vars(found), "suffices": found.kept >= probability})
        else:
            other = desk
            if policy is not None:
                other = fit_promised(tables, ws.config, load_policies(policy.expanduser()).sla)
            trials = []
            for seed in drawn:
                trials.append(
                    compare_seed(desk, other, change, seed=seed, setting=setting, policy=order)
                )
                progress(f"weeks drawn: {len(trials)} of {seeds}", len(trials) / seeds)
            rows = _rows(trials)
    columns = _STAFFING if keep is not None else _COLUMNS
    title = "Staff for the promise" if keep is not None else "What if"
    if form is Form.JSON:
        emit_json(rows)
    elif form is Form.CSV:
        typer.echo(to_csv(rows), nl=False)
    else:
        print_table(table_of(rows, columns=columns, title=title))
        say(CAVEAT)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Look")(whatif)


def _staff(texts: list[str]) -> "tuple[StaffChange, ...]":
    from forewarn.simulation.changes import HOUR, StaffChange

    changes = []
    for text in texts:
        match = _AGENTS.fullmatch(text.strip())
        if match is None:
            raise typer.BadParameter(
                f"--agents {text!r}: expected GROUP=+2 or GROUP@08:00=-1, for example billing=+1"
            )
        begins = None
        if match["hour"]:
            begins = int(match["hour"]) * HOUR + int(match["minute"]) * HOUR // 60
        changes.append(StaffChange(match["group"], int(match["n"]), begins))
    return tuple(changes)


def _incident(text: str | None) -> tuple[str, int] | None:
    if text is None:
        return None
    group, _, number = text.rpartition("=")
    if not group or not number.isdigit():
        raise typer.BadParameter(f"--incident {text!r}: expected GROUP=N, for example platform=40")
    return group, int(number)


def _rows(trials: "Trials") -> list[dict[str, Any]]:
    """One row per figure: as it is, changed, and the difference with its interval."""
    from forewarn.simulation.compare import difference, interval, values_of
    from models.simulated.whatif import AS_IS, CHANGED

    rows = []
    for name in _FIGURES:
        sides = [interval(values_of(trials, side, attrgetter(name))) for side in (AS_IS, CHANGED)]
        change = difference(trials, CHANGED, AS_IS, attrgetter(name))
        rows.append({
            "figure": name,
            "as_it_is": sides[0].mean, "as_it_is_low": sides[0].low, "as_it_is_high": sides[0].high,
            "changed": sides[1].mean, "changed_low": sides[1].low, "changed_high": sides[1].high,
            "difference": change.mean, "difference_low": change.low,
            "difference_high": change.high,
        })  # fmt: skip
    return rows


def _shown(row: Row, key: str) -> str:
    _, factor, unit = _FIGURES[row["figure"]]
    mean, low, high = (factor * row[key + side] for side in ("", "_low", "_high"))
    return f"{mean:,.2f}{unit} ({low:,.2f} to {high:,.2f})"


_COLUMNS = (
    Column("", lambda row: _FIGURES[row["figure"]][0], style="bold"),
    Column("as it is (95 %)", lambda row: _shown(row, "as_it_is"), "right"),
    Column("changed", lambda row: _shown(row, "changed"), "right"),
    Column("difference", lambda row: _shown(row, "difference"), "right"),
)
_STAFFING = (
    Column("agents", lambda row: f"{row['n']:+d}", "right", style="bold"),
    Column("resolutions broken", lambda row: f"{100 * row['resolution']:.2f} %", "right"),
    Column("promise kept in", lambda row: f"{100 * row['kept']:.0f} % of the draws", "right"),
    Column("", lambda row: "enough" if row["suffices"] else ""),
)
