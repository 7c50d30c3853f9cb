"""Part ``queue``: orders of the queue on a simulated desk, the same tickets for each.

The desk is fitted to the demo's log; models learn on the twelve weeks before the six that are
tested. Figures are ours (value index, predicted work, guards on) against priority, then age.

In the demo's promises the resolution clock runs on while a third party is waited for: some are
broken however the queue is ordered (``out_of_reach_095``: with no time in queues at all). Figures
that end in ``_waits_stop`` are those of the same desk where every wait stops the clock.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from time import perf_counter

from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn
from rich.table import Table

from benchmarks.flags import measure_flags
from benchmarks.queue_desk import DemoDesk, demo_desk, year_seconds
from benchmarks.queue_settings import GRID, GRID_SEEDS, HALF, LOAD, OVERLOAD, SEEDS
from benchmarks.record import Goal, Measured
from forewarn.simulation.compare import Figure, Trials, difference, interval, reduction, values_of
from forewarn.simulation.outcome import Outcome
from forewarn.simulation.policies import AVERAGES, OURS, TABLE, TODAY, Policy
from models.simulated.running import Setting
from models.simulated.trial import Asked, Trial, run_settings

GOALS = {
    "breach_reduction_095": Goal(">=", 0.70),
    "penalty_reduction_095": Goal(">=", 0.75),
    "breach_reduction_102": Goal(">=", 0.65),
    "breach_reduction_half_compliance": Goal(">=", 0.45),
    "predicted_vs_averages": Goal(">=", 0.15),
    "low_priority_wait_ratio": Goal("<=", 2),
    "top_priority_worse": Goal("<=", 0),
    "worst_tier_worse": Goal("<=", 0),
    "flags_precision_of_oracle": Goal(">=", 0.75),
    "flags_margin_low": Goal(">", 0),
    "year_20_agents_seconds": Goal("<=", 2),
    "table_minutes": Goal("<=", 10),
}
PAIR = (TODAY, OURS)
AT_LOAD, OVERLOADED = Setting(load=LOAD), Setting(load=OVERLOAD)
HALF_FOLLOWED = Setting(load=LOAD, compliance=HALF)
STOPPED = Setting(load=LOAD, waits_stop=True)
Row = dict[str, object]
Part = tuple[Setting, int, Trial]
Runs = dict[Setting, list[Trial]]


def measure() -> Measured:
    """The table, overload, half compliance, the sensitivity grid, and the loop's speed."""
    begun = perf_counter()
    with Progress(*Progress.get_default_columns(), TimeElapsedColumn(),
                  console=Console(stderr=True)) as bars:  # fmt: skip
        desk = demo_desk()
        found = run_asked(desk, lambda done: bars.track(done, total=N_TRIALS, description="queue"))
    minutes = (perf_counter() - begun) / 60
    table, stopped = found[AT_LOAD], found[STOPPED]
    grid = [
        _grid_row(title, value, found[setting][: len(GRID_SEEDS)])
        for title, value, setting in grid_settings()
    ]
    rows, rows_stopped = table_rows(table), table_rows(stopped)
    _print_table(rows, "the demo's promises")
    _print_table(rows_stopped, "every wait stops the clock")
    _print_grid(grid)
    figures = {
        **_figures(table),
        "breach_reduction_102": _reduced(found[OVERLOADED]),
        "breach_reduction_half_compliance": _reduced(found[HALF_FOLLOWED]),
        "year_20_agents_seconds": year_seconds(desk),
        "table_minutes": minutes,
        "out_of_reach_095": interval(values_of(table, TODAY.name, _out_of_reach)).mean,
        **{f"{name}_waits_stop": figure for name, figure in _figures(stopped).items()},
    }
    flags = measure_flags()
    figures |= flags.figures
    details = {"table": rows, "grid": grid, "table_waits_stop": rows_stopped,
               "intervals": _intervals(table), "intervals_waits_stop": _intervals(stopped),
               "desk": desk.summary, "seeds": list(SEEDS), "flags": flags.details}  # fmt: skip
    return Measured(figures, details)


def grid_settings() -> list[tuple[str, float, Setting]]:
    """Title, value and setting of each row of the grid; several are that of the table."""
    return [
        (title, value, replace(AT_LOAD, **{field: value}))
        for title, field, values in GRID
        for value in values
    ]


def asked() -> Asked:
    """Every setting once, with the most orders and seeds that anything needs of it."""
    wanted: dict[Setting, tuple[tuple[Policy, ...], tuple[int, ...]]] = {
        setting: (PAIR, GRID_SEEDS) for _, _, setting in grid_settings()
    }
    wanted |= dict.fromkeys((OVERLOADED, HALF_FOLLOWED), (PAIR, SEEDS))
    return wanted | dict.fromkeys((AT_LOAD, STOPPED), (TABLE, SEEDS))


N_TRIALS = sum(len(seeds) for _, seeds in asked().values())


def run_asked(desk: DemoDesk, told: Callable[[Iterable[Part]], Iterable[Part]]) -> Runs:
    """Per setting its trials in the order of the seeds; each passes through ``told`` as it ends."""
    parts = told(run_settings(desk.history, desk.hours, asked()))
    by_seed: dict[Setting, dict[int, Trial]] = {}
    for setting, seed, trial in parts:
        by_seed.setdefault(setting, {})[seed] = trial
    return {setting: [found[seed] for seed in sorted(found)] for setting, found in by_seed.items()}


def resolution(outcome: Outcome) -> float:
    """Share of broken resolutions."""
    return outcome.resolution


def _out_of_reach(outcome: Outcome) -> float:
    return outcome.out_of_reach


def _reduced(trials: Trials) -> float:
    return reduction(trials, OURS.name, TODAY.name, resolution).mean


def _figures(table: Trials) -> dict[str, float]:
    ours, today = OURS.name, TODAY.name
    waits = [sum(values_of(table, name, lambda o: o.low_wait)) for name in (ours, today)]
    tiers = sorted(table[0][ours].by_tier)
    top = next(iter(table[0][ours].by_priority))
    worst = max(difference(table, ours, today, _of_tier(tier)).low for tier in tiers)
    return {
        "breach_reduction_095": _reduced(table),
        "penalty_reduction_095": reduction(table, ours, today, lambda o: o.penalty).mean,
        "predicted_vs_averages": reduction(table, ours, AVERAGES.name, resolution).mean,
        "low_priority_wait_ratio": waits[0] / waits[1],
        "top_priority_worse": difference(table, ours, today, lambda o: o.by_priority[top]).low,
        "worst_tier_worse": worst,
    }


def _of_tier(tier: str) -> Figure:
    return lambda outcome: outcome.by_tier[tier]


def _intervals(table: Trials) -> Row:
    """95 % intervals of what is compared, and of each tier and priority."""
    ours, today = OURS.name, TODAY.name
    found: Row = {
        "breach_reduction_095": vars(reduction(table, ours, today, resolution)),
        "penalty_reduction_095": vars(reduction(table, ours, today, lambda o: o.penalty)),
        "predicted_vs_averages": vars(reduction(table, ours, AVERAGES.name, resolution)),
    }
    for tier in sorted(table[0][ours].by_tier):
        found[f"tier {tier}"] = vars(difference(table, ours, today, _of_tier(tier)))
    for name in table[0][ours].by_priority:
        change = difference(table, ours, today, lambda o, name=name: o.by_priority[name])
        found[f"priority {name}"] = vars(change)
    return found


def table_rows(table: Trials) -> list[Row]:
    """One row per policy: means over seeds, and what it saves against today with its interval."""
    rows: list[Row] = []
    for policy in TABLE:
        saved = reduction(table, policy.name, TODAY.name, resolution)
        rows.append({
            "policy": policy.name,
            "resolution": interval(values_of(table, policy.name, resolution)).mean,
            "first_response": interval(
                values_of(table, policy.name, lambda o: o.first_response)).mean,
            "penalty": interval(values_of(table, policy.name, lambda o: o.penalty)).mean,
            "low_wait_hours": interval(values_of(table, policy.name, lambda o: o.low_wait)).mean,
            "fewer": saved.mean, "fewer_low": saved.low, "fewer_high": saved.high,
        })  # fmt: skip
    return rows


def _grid_row(title: str, value: float, trials: Trials) -> Row:
    saved = reduction(trials, OURS.name, TODAY.name, resolution)
    return {
        "what": title, "value": value,
        "today": interval(values_of(trials, TODAY.name, resolution)).mean,
        "ours": interval(values_of(trials, OURS.name, resolution)).mean,
        "fewer": saved.mean, "fewer_low": saved.low, "fewer_high": saved.high,
        "less_penalty": reduction(trials, OURS.name, TODAY.name, lambda o: o.penalty).mean,
    }  # fmt: skip


def _print_table(rows: list[Row], what: str) -> None:
    shown = Table(title=f"Orders of the queue at {LOAD:.0%} load, {what}", title_justify="left")
    for name in ("order", "resolution", "first response", "penalty", "fewer breaches (95 %)"):
        shown.add_column(name, justify="left" if name == "order" else "right")
    for r in rows:
        shown.add_row(str(r["policy"]), f"{r['resolution']:.2%}", f"{r['first_response']:.1%}",
                      f"{r['penalty']:.3f}", _saved(r))  # fmt: skip
    Console().print(shown)


def _print_grid(grid: list[Row]) -> None:
    shown = Table(title="What it depends on", title_justify="left")
    for name in ("", "", "today", "ours", "fewer breaches (95 %)", "less penalty"):
        shown.add_column(name, justify="right")
    for r in grid:
        shown.add_row(str(r["what"]), f"{r['value']:g}", f"{r['today']:.2%}", f"{r['ours']:.2%}",
                      _saved(r), f"{r['less_penalty']:.0%}")  # fmt: skip
    Console().print(shown)


def _saved(row: Row) -> str:
    return f"{row['fewer']:.0%} ({row['fewer_low']:.0%} to {row['fewer_high']:.0%})"
