"""``forewarn simulate`` on sixteen weeks of the demo's desk."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from forewarn.errors import DataError, ForewarnError
from forewarn.workspace import Workspace
from pipelines.cli import app

SHORT = ("--seeds", "2", "--learn-weeks", "6", "--test-weeks", "2")
TODAY, OURS = "priority, then age (today)", "value index, predicted work"


def simulate(ws: Workspace, *arguments: str) -> Result:
    """What the command did."""
    return CliRunner().invoke(app, ["simulate", *arguments, "--workspace", str(ws.root)])


def orders(ws: Workspace, *arguments: str) -> dict[str, dict[str, Any]]:
    """Per order of the queue its row."""
    done = simulate(ws, *SHORT, "--json", *arguments)
    assert done.exit_code == 0, done.output
    return {row["order"]: row for row in json.loads(done.stdout)["orders"]}


def files(ws: Workspace) -> dict[str, float]:
    """Every file of the workspace with the time of its last change."""
    return {str(p): p.stat().st_mtime_ns for p in ws.root.rglob("*") if p.is_file()}


def test_people_read_a_row_per_order_and_what_stands_behind_it(long_desk: Workspace) -> None:
    """Thirteen orders, with an interval each; stdout holds the table alone; nothing is written."""
    before = files(long_desk)
    done = simulate(long_desk, *SHORT)
    assert done.exit_code == 0, done.output
    assert "Orders of the queue, simulated" in done.stdout
    rows = [line for line in done.stdout.splitlines() if " % (" in line]
    assert len(rows) == 13
    (ours,) = (line for line in rows if OURS in line)
    assert ours.split()[-3].startswith("(")
    assert "Hands-on work is not in a log" in done.stderr
    assert "simulate ..." in done.stderr
    assert files(long_desk) == before


def test_json_holds_the_fitted_desk_and_a_second_run_is_the_same(long_desk: Workspace) -> None:
    """Everything comes from the seeds."""
    first, second = (simulate(long_desk, *SHORT, "--json").stdout for _ in range(2))
    assert first == second
    found = json.loads(first)
    assert found["desk"]["agents"] == 22
    assert found["seeds"] == [101, 102]
    assert found["setting"]["load"] is None
    assert (found["setting"]["learn_weeks"], found["setting"]["test_weeks"]) == (6, 2)
    by_name = {row["order"]: row for row in found["orders"]}
    today, ours = by_name[TODAY], by_name[OURS]
    assert today["fewer_breaches"] == 0.0
    assert ours["first_response"] < today["first_response"] / 2
    assert ours["penalty"] < today["penalty"]
    assert ours["fewer_breaches"] == pytest.approx(1 - ours["resolution"] / today["resolution"])
    assert ours["fewer_breaches_low"] < ours["fewer_breaches"] < ours["fewer_breaches_high"]


def test_csv_has_the_same_rows(long_desk: Workspace) -> None:
    """One line per order, numbers in full."""
    done = simulate(long_desk, *SHORT, "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 13
    assert float(rows[1]["penalty"]) == orders(long_desk)[TODAY]["penalty"]


def test_load_compliance_and_interval_change_what_they_should(long_desk: Workspace) -> None:
    """More work breaks more; without compliance our order is today's; late scores cost."""
    usual = orders(long_desk, "--load", "0.95")
    more = orders(long_desk, "--load", "1.1")
    assert more[TODAY]["resolution"] > usual[TODAY]["resolution"]
    none = orders(long_desk, "--load", "0.95", "--compliance", "0")
    assert {k: v for k, v in none[OURS].items() if k != "order"} == {
        k: v for k, v in none[TODAY].items() if k != "order"
    }
    assert none[TODAY] == usual[TODAY]
    late = orders(long_desk, "--load", "0.95", "--every", "480")
    assert late[OURS]["penalty"] > usual[OURS]["penalty"]
    assert late[TODAY] == usual[TODAY]


def test_a_history_that_is_too_short_is_told_in_weeks(long_desk: Workspace) -> None:
    """Twelve weeks and six are more than there are; the message names the options."""
    done = simulate(long_desk, "--seeds", "2")
    assert isinstance(done.exception, DataError)
    assert str(done.exception).startswith("the history has 12 weeks whose tickets are over")
    assert "--learn-weeks, --test-weeks" in str(done.exception)


def test_a_workspace_without_history_is_told_what_to_do(workspace: Workspace) -> None:
    """Before anything was ingested, and with four tickets."""
    done = simulate(workspace)
    assert isinstance(done.exception, ForewarnError)
    assert "forewarn ingest" in str(done.exception)
    assert CliRunner().invoke(app, ["ingest", "-w", str(workspace.root)]).exit_code == 0
    done = simulate(workspace)
    assert isinstance(done.exception, DataError)
    assert "a simulation needs 500" in str(done.exception)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--load", "7"), "'--load': Input should be less than or equal to 1.5"),
        (("--compliance", "1.5"), "'--compliance': Input should be less than or equal to 1"),
        (("--seeds", "1"), "'--seeds': Input should be greater than or equal to 2"),
        (("--every", "-5"), "'--every': Input should be greater than or equal to 0"),
        (("--test-weeks", "0"), "'--test-weeks': Input should be greater than or equal to 1"),
        (("--learn-weeks", "3"), "'--learn-weeks': Input should be greater than or equal to 4"),
        (("--json", "--csv"), "exclude each other"),
    ],
    ids=str,
)
def test_values_that_cannot_be_are_refused(
    arguments: tuple[str, ...], words: str, long_desk: Workspace
) -> None:
    """The message names the option and what is expected."""
    done = simulate(long_desk, *arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())


def test_a_folder_that_is_no_workspace(tmp_path: Path) -> None:
    """As every command says it."""
    done = CliRunner().invoke(app, ["simulate", "--workspace", str(tmp_path)])
    assert "forewarn.yaml: not found" in str(done.exception)
