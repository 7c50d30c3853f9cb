"""``make fuzz``: the engine against the oracle over very many random histories.

``python fuzz.py EXAMPLES [SEED]`` draws so many histories, compares every clock at a few
instants each, and says how many readings were compared. The first disagreement ends it, made
as small as can be.
"""

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


def main(examples: int, start: int) -> None:
    """Draw, compare, and show how far it is."""
    bar = Progress(BarColumn(), MofNCompleteColumn(), "timelines", TimeRemainingColumn())
    task, compared = bar.add_task("", total=examples), 0

    @seed(start)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(histories(), QUARTERS)
    def run(history: Any, quarters: list[int]) -> None:
        nonlocal compared
        compared += compare(history, quarters)
        bar.advance(task)

    with bar:
        run()
    bar.print(f"{examples:,} histories, {compared:,} readings of clocks: all equal (seed {start})")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
