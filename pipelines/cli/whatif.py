"""``forewarn whatif``: the desk as it is beside the desk with something changed."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipelines.cli.console import progress_bar, say
from pipelines.cli.options import (
    HERE,
    CsvOption,
    JsonOption,
    WorkspaceOption,
    form_of,
    open_workspace,
)
from pipelines.cli.rows import emit
from pipelines.cli.simulate import CAVEAT, FIRST_SEED, LearnOption, LoadOption, TestOption
from pipelines.cli.whatif_options import read_incident, read_staff, refuse_half_asked
from pipelines.cli.whatif_rows import COLUMNS, STAFFING, answer, rows_of, staff_rows

if TYPE_CHECKING:
    from forewarn.progress import Progress
    from forewarn.workspace import Workspace
    from models.simulated.whatif import Promised


class Metric(StrEnum):
    """What is promised."""

    FIRST_RESPONSE = "first_response"
    RESOLUTION = "resolution"


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
        float | None, typer.Option(min=0, max=1, help="Promises to keep: find the staff for it.")
    ] = None,
    group: Annotated[str | None, typer.Option(help="With --keep: the group to staff.")] = None,
    metric: Annotated[
        Metric, typer.Option(help="With --keep: which promise of the group's tickets.")
    ] = Metric.RESOLUTION,
    probability: Annotated[
        float, typer.Option(min=0, max=1, help="With --keep: how surely.")
    ] = 0.9,
    by_value: Annotated[
        bool, typer.Option("--by-value", help="Agents follow the queue; else priority, then age.")
    ] = False,
    seeds: Annotated[int, typer.Option(min=2, max=200, help="How often to draw the weeks.")] = 12,
    load: LoadOption = None,
    learn_weeks: LearnOption = 12,
    test_weeks: TestOption = 6,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Simulate the desk with other staff, an incident, other promises or its worst week again.

    Both sides meet the same tickets; intervals are over drawn weeks. Nothing is written.
    """
    from forewarn.simulation.policies import OURS, TODAY
    from models.simulated.running import Setting
    from models.simulated.staffing import Wanted
    from models.simulated.whatif import Change

    form = form_of(as_json=as_json, as_csv=as_csv)
    change = Change(read_staff(agents or []), read_incident(incident), targets, worst_week)
    is_changed = change != Change() or policy is not None
    refuse_half_asked(keep=keep, group=group, is_changed=is_changed)
    ws = open_workspace(workspace)
    how: dict[str, Any] = {
        "change": change,
        "setting": Setting(load=load, learn_weeks=learn_weeks, test_weeks=test_weeks),
        "policy": OURS if by_value else TODAY,
    }
    drawn = range(FIRST_SEED, FIRST_SEED + seeds)
    with progress_bar("whatif") as progress:
        progress("fitting the desk to the history", 0.0)
        present, other = _desks(ws, policy)
        if keep is not None and group is not None:
            wanted = Wanted(group, keep, probability, metric.value)
            rows = _staff_rows(other, wanted, drawn, how, progress)
        else:
            rows = _compared(present, other, drawn, how, progress)
    if keep is None:
        emit(rows, columns=COLUMNS, form=form, title="What if")
    else:
        emit(rows, columns=STAFFING, form=form, title=f"Staff of {group} for the promise")
        say(answer(rows))
    say(CAVEAT)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Look")(whatif)


def _desks(ws: "Workspace", policy: Path | None) -> "tuple[Promised, Promised]":
    """The desk as it is, and under other policies (the same where there are none).

    Raises ConfigError, with the file of the policies, where they do not fit the data.
    """
    from forewarn.config.policy_file import load_policies, named_in_mistakes
    from forewarn.tables import read_tables
    from models.simulated.desk import fit_promised
    from models.simulated.whatif import on_days_of

    wanted = None if policy is None else load_policies(policy.expanduser())
    tables = read_tables(ws.tables)
    with named_in_mistakes(ws.config_path.name):
        present = fit_promised(tables, ws.config)
    if policy is None or wanted is None:
        return present, present
    with named_in_mistakes(policy.name):
        other = fit_promised(tables, ws.config, wanted.sla, health=wanted.health)
    return present, on_days_of(other, present)


def _compared(
    present: "Promised",
    other: "Promised",
    seeds: Sequence[int],
    how: dict[str, Any],
    progress: "Progress",
) -> list[dict[str, Any]]:
    from models.simulated.whatif import compare_seed

    trials = []
    for seed in seeds:
        trials.append(compare_seed(present, other, seed=seed, **how))
        progress(f"weeks drawn: {len(trials)} of {len(seeds)}", len(trials) / len(seeds))
    return rows_of(trials)


def _staff_rows(
    desk: "Promised", wanted: Any, seeds: Sequence[int], how: dict[str, Any], progress: "Progress"
) -> list[dict[str, Any]]:
    from models.simulated.staffing import MOST_MORE, staffing

    tried = []
    for found in staffing(desk, wanted, seeds=seeds, **how):
        tried.append(found)
        progress(f"{found.n:+d} agents in {wanted.group}", len(tried) / (MOST_MORE + 1))
    return staff_rows(tried)
