"""The desk of the part ``queue``: fitted to the demo's log; and a year of twenty agents."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import forewarn
from benchmarks.record import middle, time_runs
from forewarn.config import Config
from forewarn.config.load import load_config
from forewarn.demo import simulate_desk
from forewarn.simulation.donors import DeskHistory, summary
from forewarn.simulation.draw import draw_desk
from forewarn.simulation.loop import run_desk
from forewarn.simulation.plan import no_estimates
from forewarn.simulation.policies import OURS, TODAY, rules_of
from forewarn.sla.openings import Openings
from forewarn.sla.timeline import build_timelines
from forewarn.tables import SPECS, Tables
from models.simulated.history import fit_desk
from models.simulated.work import believe_averages

DEMO_SEED, DEMO_WEEKS = 7, 52
YEAR_WEEKS = 46
"""Of the demo's 53 weeks, those whose tickets are over."""


@dataclass(frozen=True)
class DemoDesk:
    """A fitted desk, its opening hours, and its parameters in numbers."""

    history: DeskHistory
    hours: Openings
    summary: dict[str, object]


def demo_desk() -> DemoDesk:
    """The desk of the demo's log, as ``forewarn simulate`` fits it to anybody's."""
    tables, config = demo_tables(seed=DEMO_SEED, weeks=DEMO_WEEKS)
    timelines = build_timelines(tables, config.sla, health=config.health)
    history = fit_desk(
        tables, timelines, config.sla, config.health,
        priorities=config.queue.priorities, zone=config.report.time_zone,
    )  # fmt: skip
    return DemoDesk(history, timelines.openings, summary(history))


def demo_tables(*, seed: int, weeks: int) -> tuple[Tables, Config]:
    """The demo's log of a seed, and what its desk promises."""
    made = simulate_desk(seed=seed, weeks=weeks)
    frames = {name: made[name] for name in SPECS}
    watermark = max(made[name]["known_at"].max() for name in ("tickets", "ticket_events"))
    config = load_config(Path(forewarn.__file__).parent / "examples" / "demo.yaml")
    return Tables(**frames, watermark=watermark, digest="demo"), config


def year_seconds(desk: DemoDesk) -> float:
    """Seconds of one simulated year of this desk (22 agents) under the value index, compiled.

    Scaled from the weeks that the history has to 52.
    """
    drawn = draw_desk(desk.history, seed=1, load=0.95, warm_weeks=YEAR_WEEKS - 6, test_weeks=4,
                      tail_weeks=2)  # fmt: skip
    whims = np.zeros(1)

    def run() -> object:
        return run_desk(
            drawn.plan, drawn.staff, desk.hours, believed=believed,
            rules=rules_of(OURS), end=drawn.end, whims=whims,
        )  # fmt: skip

    today = run_desk(
        drawn.plan, drawn.staff, desk.hours, believed=no_estimates(drawn.plan.work.size),
        rules=rules_of(TODAY), end=drawn.end, whims=whims,
    )  # fmt: skip
    believed = believe_averages(desk.history, drawn, today)
    run()
    return middle(time_runs(run)) * 52 / YEAR_WEEKS
