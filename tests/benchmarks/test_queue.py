"""What the part queue runs, and the page that it fills."""

import pytest

from benchmarks import queue, queue_page
from benchmarks.queue import AT_LOAD, HALF_FOLLOWED, OVERLOADED, PAIR, STOPPED, asked, grid_settings
from benchmarks.queue_settings import GRID_SEEDS, SEEDS
from forewarn.simulation.outcome import Outcome
from forewarn.simulation.policies import OURS, TABLE, TODAY


def test_every_setting_is_run_once_and_often_enough() -> None:
    """24 rows of the grid, six of them the table's; half compliance needs all seeds."""
    wanted = asked()
    rows = [setting for _, _, setting in grid_settings()]
    assert len(rows) == 24
    assert rows.count(AT_LOAD) == 6
    assert set(rows) | {OVERLOADED, STOPPED} == set(wanted)
    assert wanted[AT_LOAD] == wanted[STOPPED] == (TABLE, SEEDS)
    assert wanted[OVERLOADED] == wanted[HALF_FOLLOWED] == (PAIR, SEEDS)
    others = set(rows) - {AT_LOAD, HALF_FOLLOWED}
    assert {wanted[setting] for setting in others} == {(PAIR, GRID_SEEDS)}
    assert queue.N_TRIALS == 17 * 6 + 4 * 12


def outcome(broken: float, penalty: float) -> Outcome:
    """Of one run."""
    return Outcome(broken, 0.1, penalty, 2.0, 30.0)


def test_a_row_of_the_grid_compares_ours_with_today() -> None:
    """Three of eight fewer over both seeds; half of the penalty."""
    trials = [
        {TODAY.name: outcome(0.03, 8.0), OURS.name: outcome(0.02, 4.0)},
        {TODAY.name: outcome(0.05, 8.0), OURS.name: outcome(0.03, 4.0)},
    ]
    row = queue._grid_row("load", 0.9, trials)
    assert row["today"] == pytest.approx(0.04)
    assert row["ours"] == pytest.approx(0.025)
    assert row["fewer"] == pytest.approx(0.375)
    assert row["less_penalty"] == 0.5
    assert (
        queue_page.grid_table([row])
        .splitlines()[2]
        .startswith("| load | 0.9 | 4.00 % | 2.50 % | 38 % (")
    )


def test_the_page_has_a_place_for_each_table() -> None:
    """Markers, each with an end."""
    text = queue_page.PAGE.read_text("utf-8")
    for name in ("table", "waits", "grid"):
        assert text.count(f"<!-- {name} -->") == 1
    assert text.count("<!-- end -->") == 3
