"""``forewarn simulate``: the desk of the history under every order of the queue."""

from operator import attrgetter
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

if TYPE_CHECKING:
    from forewarn.simulation.compare import Trials
    from models.simulated.running import Setting

FIRST_SEED = 101
LearnOption = Annotated[int, typer.Option(min=4, help="Weeks that models learn from.")]
LoadOption = Annotated[
    float | None,
    typer.Option(
        min=0.3, max=1.5, help="Work offered, as a share of the agents' time; else as it was."
    ),
]
TestOption = Annotated[int, typer.Option(min=1, help="Weeks after them that are judged.")]


def simulate(
    *,
    load: LoadOption = None,
    seeds: Annotated[int, typer.Option(min=2, max=200, help="How often to draw the weeks.")] = 12,
    compliance: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the picks that follow the queue.")
    ] = 1.0,
    every: Annotated[
        float, typer.Option(min=0, help="Minutes between two scorings; 0: at every pick.")
    ] = 5.0,
    learn_weeks: LearnOption = 12,
    test_weeks: TestOption = 6,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Simulate the desk under each order of the queue: breaches, penalties, waits.

    The desk is fitted to the history; models learn on twelve weeks, six are tested, each order
    on the same tickets. Nothing is written.
    """
    from forewarn.simulation.donors import summary
    from forewarn.simulation.policies import TABLE
    from forewarn.tables import read_tables
    from models.simulated.desk import fit_promised
    from models.simulated.running import Setting
    from models.simulated.trial import run_trials

    form = form_of(as_json=as_json, as_csv=as_csv)
    ws = open_workspace(workspace)
    setting = Setting(
        load=load,
        compliance=compliance,
        interval_minutes=every,
        learn_weeks=learn_weeks,
        test_weeks=test_weeks,
    )
    trials = []
    with progress_bar("simulate") as progress:
        progress("fitting the desk to the history", 0.0)
        desk = fit_promised(read_tables(ws.tables), ws.config)
        drawn = range(FIRST_SEED, FIRST_SEED + seeds)
        runs = run_trials(desk.history, desk.hours, TABLE, seeds=drawn, setting=setting)
        for trial in runs:
            trials.append(trial)
            progress(f"weeks drawn: {len(trials)} of {seeds}", len(trials) / seeds)
    rows = _rows(trials)
    if form is Form.JSON:
        about = {"desk": summary(desk.history), "setting": vars(setting), "seeds": list(drawn)}
        emit_json({**about, "orders": rows})
    elif form is Form.CSV:
        typer.echo(to_csv(rows), nl=False)
    else:
        title = f"Orders of the queue, simulated {_words(setting, seeds)}"
        print_table(table_of(rows, columns=_COLUMNS, title=title))
        say(CAVEAT)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Look")(simulate)


CAVEAT = (
    "Simulated on weeks of the history. Hands-on work is not in a log: the time from pick-up to "
    "the last act of the same agent stands in for it. Intervals are over the drawn weeks (95 %)."
)


def _rows(trials: "Trials") -> list[dict[str, Any]]:
    """One row per order; ``fewer_breaches`` against priority, then age."""
    from forewarn.simulation.compare import interval, reduction, values_of
    from forewarn.simulation.policies import TABLE, TODAY

    rows = []
    for policy in TABLE:
        saved = reduction(trials, policy.name, TODAY.name, lambda o: o.resolution)
        means = {
            name: interval(values_of(trials, policy.name, attrgetter(name)))
            for name in ("resolution", "first_response", "penalty", "mean_wait", "low_wait")
        }
        rows.append(
            {"order": policy.name}
            | {name: found.mean for name, found in means.items()}
            | {
                "fewer_breaches": saved.mean,
                "fewer_breaches_low": saved.low,
                "fewer_breaches_high": saved.high,
            }
        )
    return rows


def _words(setting: "Setting", seeds: int) -> str:
    """At which load, over how many weeks, how often."""
    load = "as busy as the history" if setting.load is None else f"at {setting.load:.0%} load"
    return f"{load}: {setting.test_weeks} weeks, drawn {seeds} times"


def _fewer(row: Row) -> str:
    low, high = (100 * row[f"fewer_breaches_{side}"] for side in ("low", "high"))
    return f"{100 * row['fewer_breaches']:.0f} % ({low:.0f} to {high:.0f})"


_COLUMNS = (
    Column("order", lambda row: str(row["order"]), style="bold"),
    Column("resolution broken", lambda row: f"{100 * row['resolution']:.2f} %", "right"),
    Column("first response", lambda row: f"{100 * row['first_response']:.1f} %", "right"),
    Column("penalty per ticket", lambda row: f"{row['penalty']:,.2f}", "right"),
    Column("mean wait", lambda row: f"{row['mean_wait']:.1f} h", "right"),
    Column("fewer broken (95 %)", _fewer, "right"),
)
