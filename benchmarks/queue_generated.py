"""How near a fitted desk comes to the one whose log it was fitted to.

The part ``queue`` simulates a desk that was fitted to the demo's log. Here the demo's generator
draws a desk per seed, and the simulator runs that itself: true touches, waits and shifts, nothing
read from a log, its weeks one after the other as they come. Weeks and policies are those of the
table. Once the load of the tested weeks is set, as there; once it swings as it does on the
generated desk, where it is 95 % over all the weeks.
"""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.queue import resolution
from benchmarks.queue_desk import demo_tables
from benchmarks.queue_settings import LOAD, SEEDS
from forewarn.demo.as_plan import SECOND, plan_desk
from forewarn.demo.catalogue import GROUPS
from forewarn.demo.desk import draw_world
from forewarn.simulation.compare import interval, reduction, values_of
from forewarn.simulation.draw import TAIL_WEEKS, TEST_WEEKS, WARM_WEEKS, Drawn, capacity
from forewarn.simulation.outcome import Outcome, judge
from forewarn.simulation.plan import Plan, Staff
from forewarn.simulation.policies import TABLE, TODAY
from forewarn.sla.timeline import build_timelines
from models.simulated.history import read_attributes
from models.simulated.promises import promises_by_priority
from models.simulated.running import Setting, run_policy, tiers_of
from models.simulated.trial import Trial
from models.simulated.work import believe_averages, believe_model, know_truth

WEEK = 7 * 86_400 * SECOND
WEEKS = WARM_WEEKS + TEST_WEEKS + TAIL_WEEKS
POLICIES = tuple(p for p in TABLE if p.belief != "breach")


def main() -> None:
    """Run the seeds and print the two tables."""
    for is_set, title in ((True, "in the tested weeks"), (False, "over all weeks, as it swings")):
        trials = [run_seed(seed, is_set=is_set) for seed in track(SEEDS, description="desks")]
        _print(trials, f"The demo's generated desks: {LOAD:.0%} load {title}")


def _print(trials: Sequence[Trial], title: str) -> None:
    shown = Table(title=title, title_justify="left")
    for name in ("order", "resolution", "first response", "penalty", "fewer (95 %)", "cheaper"):
        shown.add_column(name, no_wrap=True)
    for policy in POLICIES:
        fewer, cheaper = (
            reduction(trials, policy.name, TODAY.name, figure) for figure in (resolution, penalty)
        )
        means = [
            interval(values_of(trials, policy.name, figure)).mean
            for figure in (resolution, lambda o: o.first_response, penalty)
        ]
        shown.add_row(
            policy.name, f"{means[0]:.2%}", f"{means[1]:.1%}", f"{means[2]:.2f}",
            f"{fewer.mean:.0%} ({fewer.low:.0%} to {fewer.high:.0%})",
            f"{cheaper.mean:.0%} ({cheaper.low:.0%} to {cheaper.high:.0%})",
        )  # fmt: skip
    Console(width=140).print(shown)


def penalty(outcome: Outcome) -> float:
    """Per ticket."""
    return outcome.penalty


def run_seed(seed: int, *, is_set: bool) -> Trial:
    """Every order on the desk that the generator draws for a seed; ``is_set``: its load."""
    history, drawn, hours = generated_desk(seed, is_set=is_set)
    setting = Setting(load=LOAD)
    today = run_policy(drawn, hours, TODAY, None, setting)
    told = {
        "none": None,
        "averages": believe_averages(history, drawn, today),
        "predicted": believe_model(history, drawn, today),
        "true": know_truth(drawn),
    }
    tier = tiers_of(history, drawn)
    return {
        p.name: judge(
            drawn, run_policy(drawn, hours, p, told[p.belief], setting), hours,
            priorities=history.priorities, tier=tier,
        )
        for p in POLICIES
    }  # fmt: skip


def generated_desk(seed: int, *, is_set: bool) -> tuple[Any, Drawn, Any]:
    """What models may know of its tickets, the desk, and its opening hours.

    Promises are those of the demo's own log, as for a fitted desk.
    """
    world = draw_world(seed=seed, weeks=WEEKS)
    plan, staff, order, *_ = plan_desk(world.arrivals, world.plans, world.staff, end=world.end)
    tables, config = demo_tables(seed=seed, weeks=WEEKS)
    timelines = build_timelines(tables, config.sla, health=config.health)
    promised = promises_by_priority(
        tables, timelines, config.sla, config.health, priorities=config.queue.priorities
    )
    target, penalty, calendar = (column[order] for column in promised)
    plan = plan._replace(target=target, penalty=penalty, calendar=calendar)
    end = SECOND * world.end
    begins, ends = end - (TEST_WEEKS + TAIL_WEEKS) * WEEK, end - TAIL_WEEKS * WEEK
    if is_set:
        plan = _loaded(plan, staff, begins=begins, end=end)
    names = tuple(name for name, _, _ in GROUPS)
    known = SimpleNamespace(
        attributes=read_attributes(tables, np.arange(len(tables.tickets))),
        groups=names, priorities=config.queue.priorities,
    )  # fmt: skip
    return known, Drawn(plan, staff, order, begins, ends, end, seed), timelines.openings


def _loaded(plan: Plan, staff: Staff, *, begins: int, end: int) -> Plan:
    """The same touches with so much work that each group is offered LOAD, before and from then."""
    of_touch = np.repeat(plan.arrived, np.diff(plan.start))
    work = plan.work.astype(np.float64)
    for since, until in ((end - WEEKS * WEEK, begins), (begins, end)):
        mine = (of_touch >= since) & (of_touch < until)
        offered = np.bincount(plan.group[mine], work[mine], len(GROUPS))
        there = capacity(staff, len(GROUPS), since=since, until=until)
        work[mine] *= (LOAD * there / offered)[plan.group[mine]]
    return plan._replace(work=np.maximum(np.rint(work), 1).astype(np.int64))


if __name__ == "__main__":
    main()
