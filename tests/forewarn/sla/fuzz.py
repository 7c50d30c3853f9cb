"""``make fuzz``: the engine against the oracle over very many random histories.

``python fuzz.py TIMELINES [SEED]`` draws histories until so many tickets are told, compares every
clock at a few instants each, and says how many readings were compared. The first disagreement
ends it, made as small as can be.
"""

import math
import sys
from typing import Any

import numpy as np
from clock_oracle import Oracle
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from sla_strategies import DAY, HOUR, histories
from sla_tables import make_tables
from test_oracle import found_by, reading_at

from forewarn.sla.clock import read_clocks
from forewarn.sla.timeline import build_timelines

LEAST = 4
"""Tickets of a history, up to twice as many: they share the cost of its calendar."""
QUARTERS = st.lists(st.integers(0, 9 * 96), min_size=2, max_size=4)


def compare(history: Any, quarters: list[int]) -> int:
    """Read every clock of a history at some instants, fast and slowly; how many there were."""
    tables, compared = make_tables(**history["facts"]), 0
    oracle, ids = Oracle(tables, history["sla"]), tables.tickets["ticket_id"].tolist()
    timelines = build_timelines(tables, history["sla"])
    for quarter in quarters:
        as_of = history["base"] + quarter * HOUR // 4 + quarter % 3 - 1
        readings = read_clocks(timelines, np.arange(len(timelines)), as_of=as_of)
        found = {
            key: [reading_at(readings, clock, limit=as_of + 60 * DAY) for clock in clocks]
            for key, clocks in found_by(timelines, ids, readings).items()
        }
        slow = oracle.readings(as_of=as_of)
        assert found == slow
        compared += sum(len(clocks) for clocks in slow.values())
    return compared


def main(timelines: int, start: int) -> None:
    """Draw, compare, and show how far it is. ``timelines``: of tickets, at least so many."""
    bar = Progress(BarColumn(), MofNCompleteColumn(), "timelines", TimeRemainingColumn())
    task, told, compared = bar.add_task("", total=timelines), 0, 0

    @seed(start)
    @settings(
        max_examples=math.ceil(timelines / LEAST),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(least=LEAST, most=2 * LEAST), QUARTERS)
    def run(history: Any, quarters: list[int]) -> None:
        nonlocal told, compared
        if told < timelines:
            compared += compare(history, quarters)
            told += len(history["facts"]["tickets"])
            bar.update(task, completed=min(told, timelines))

    with bar:
        run()
    bar.print(f"{told:,} timelines, {compared:,} readings of clocks: all equal (seed {start})")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
