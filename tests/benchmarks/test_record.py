"""The contract of the benchmarks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.record import Goal, Measured, middle, print_figures, write_figures

ROOT = Path(__file__).parents[2]


def test_figures_are_kept_as_json(tmp_path: Path) -> None:
    """A part's file holds figures, details, commit and machine."""
    path = write_figures("some", Measured({"x_seconds": 1.5}, {"runs": [1, 2]}), root=tmp_path)
    kept = json.loads(path.read_text("utf-8"))
    assert path == tmp_path / "build" / "bench" / "some.json"
    assert kept["figures"] == {"x_seconds": 1.5}
    assert kept["details"] == {"runs": [1, 2]}
    assert set(kept) == {"figures", "details", "commit", "machine"}


@pytest.mark.parametrize(
    ("sense", "figure", "is_met"),
    [("<=", 2.0, True), ("<=", 2.1, False), (">=", 2.0, True), ("<", 2.0, False), (">", 2.1, True)],
)
def test_goal_has_a_side(sense: str, figure: float, is_met: bool) -> None:  # noqa: FBT001 - a case
    """A goal of 2 is met on its own side only."""
    assert Goal(sense, 2.0).is_met(figure) is is_met  # type: ignore[arg-type]


def test_missed_goal_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    """The table marks a missed goal, and the part counts as not met."""
    assert not print_figures("some", Measured({"x": 3.0}), goals={"x": Goal("<=", 2)})
    assert "MISSED" in capsys.readouterr().out


def test_two_runs_are_too_few() -> None:
    """A time is a median of at least three runs."""
    with pytest.raises(ValueError, match="at least 3 runs, got 2"):
        middle([1.0, 2.0])


def test_unknown_part_lists_the_known_ones() -> None:
    """A part that does not exist gives a message and exit code 2."""
    command = [sys.executable, "-m", "benchmarks", "nonsense"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert (
        "there are: setup, clock, features, models, queue, scale, ablation, gate, all"
        in done.stderr
    )
