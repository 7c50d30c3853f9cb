"""``forewarn whatif`` on sixteen weeks of the demo's desk, and what it makes of its options."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from forewarn.errors import ConfigError, DataError
from forewarn.simulation.changes import StaffChange
from forewarn.workspace import Workspace
from pipelines.cli import app
from pipelines.cli.whatif_options import read_incident, read_staff

SHORT = ("--seeds", "3", "--learn-weeks", "6", "--test-weeks", "2", "--load", "0.95")
HALVED = """sla:
  calendars:
    business:
      time_zone: Europe/Berlin
      windows: {mon-fri: ["08:00-18:00"]}
  pause_on: {resolution: [pending]}
  policies:
    - name: all
      calendar: business
      targets:
        first_response: {urgent: 30m, high: 1h, normal: 3h, low: 15h}
        resolution: {urgent: 4h, high: 8h, normal: 15h, low: 50h}
"""
ROUND_THE_CLOCK = HALVED.replace('mon-fri: ["08:00-18:00"]', 'mon-sun: ["00:00-24:00"]')


def whatif(ws: Workspace, *arguments: str) -> Result:
    """What the command did."""
    return CliRunner().invoke(app, ["whatif", *arguments, "--workspace", str(ws.root)])


def figures(ws: Workspace, *arguments: str) -> dict[str, dict[str, Any]]:
    """Per figure its row."""
    done = whatif(ws, *SHORT, "--json", *arguments)
    assert done.exit_code == 0, done.output
    return {row["figure"]: row for row in json.loads(done.stdout)}


def staff(ws: Workspace, *arguments: str) -> list[dict[str, Any]]:
    """Numbers of agents that were tried for billing, from the fewest on."""
    done = whatif(ws, *SHORT, "--json", "--group", "billing", *arguments)
    assert done.exit_code == 0, done.output
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return rows


def changes(rows: dict[str, dict[str, Any]]) -> dict[str, float]:
    """The differences that are more than nothing."""
    return {name: row["difference"] for name, row in rows.items() if row["difference"]}


def test_people_read_both_sides_with_intervals(long_desk: Workspace) -> None:
    """Breaches, penalties, waits; more staff breaks less; a second run says the same."""
    asked = (*SHORT, "--agents", "billing=+2", "--agents", "platform=+2")
    done = whatif(long_desk, *asked)
    assert done.exit_code == 0, done.output
    rows = [line for line in done.stdout.splitlines() if " to " in line]
    assert [row.split("  ")[0].strip() for row in rows] == [
        "resolutions broken", "first responses broken", "penalty per ticket",
        "mean wait for the first touch", "longest of 1,000 waits, lowest priority",
        "agents' time at work",
    ]  # fmt: skip
    assert all(row.count(" to ") == 3 for row in rows)
    assert "Hands-on work is not in a log" in done.stderr
    assert whatif(long_desk, *asked).stdout == done.stdout


def test_more_and_fewer_agents(long_desk: Workspace) -> None:
    """Per group, and of one shift; the interval holds the difference."""
    more = figures(long_desk, "--agents", "billing=+3")
    fewer = figures(long_desk, "--agents", "billing@08:00=-1")
    assert more["first_response"]["difference"] < 0 < fewer["first_response"]["difference"]
    assert more["first_response"]["as_it_is"] == fewer["first_response"]["as_it_is"]
    assert more["penalty"]["difference"] < 0
    for row in more.values():
        assert row["difference"] == pytest.approx(row["changed"] - row["as_it_is"])
        assert row["difference_low"] <= row["difference"] <= row["difference_high"]


def test_an_incident_and_the_worst_week(long_desk: Workspace) -> None:
    """Both break more than the usual weeks, and make people wait longer."""
    for change in (("--incident", "platform=120"), ("--worst-week",)):
        found = figures(long_desk, *change)
        assert found["first_response"]["difference"] > 0
        assert found["mean_wait"]["difference"] > 0


def test_other_targets_do_not_move_the_work(long_desk: Workspace) -> None:
    """Today's order does not look at targets: breaches and penalties change, waits do not."""
    found = changes(figures(long_desk, "--targets", "0.5"))
    assert set(found) == {"resolution", "first_response", "penalty"}
    assert all(difference > 0 for difference in found.values())


def test_other_policies_and_calendars(long_desk: Workspace, tmp_path: Path) -> None:
    """A file with half of the targets breaks more; around the clock, still more."""
    paths = []
    for name, text in (("halved", HALVED), ("clock", ROUND_THE_CLOCK)):
        paths.append(tmp_path / f"{name}.yaml")
        paths[-1].write_text(text, "utf-8")
    halved, clock = (figures(long_desk, "--policy", str(path)) for path in paths)
    assert halved["resolution"]["changed"] > halved["resolution"]["as_it_is"]
    assert clock["resolution"]["changed"] > halved["resolution"]["changed"]
    assert clock["resolution"]["as_it_is"] == halved["resolution"]["as_it_is"]
    assert halved["mean_wait"]["difference"] == 0.0


def test_a_policy_on_what_the_data_does_not_have_is_told_of_its_file(
    long_desk: Workspace, tmp_path: Path
) -> None:
    """The file that asks is named, not forewarn.yaml."""
    path = tmp_path / "halved.yaml"
    path.write_text(
        HALVED.replace("- name: all", "- name: all\n      when: {colour: [red]}"), "utf-8"
    )
    done = whatif(long_desk, *SHORT, "--policy", str(path))
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception).startswith("halved.yaml: policy 'all' looks at 'colour', a column")


def test_agents_who_follow_the_queue(long_desk: Workspace) -> None:
    """Fewer first responses break on both sides than by priority and age."""
    today = figures(long_desk, "--incident", "platform=60")["first_response"]
    ours = figures(long_desk, "--incident", "platform=60", "--by-value")["first_response"]
    assert ours["as_it_is"] < today["as_it_is"]
    assert ours["changed"] < today["changed"]


def test_csv_has_a_line_per_figure(long_desk: Workspace) -> None:
    """Numbers in full, as in JSON."""
    done = whatif(long_desk, *SHORT, "--csv", "--targets", "2")
    rows = {row["figure"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert len(rows) == 6
    found = figures(long_desk, "--targets", "2")
    assert float(rows["penalty"]["changed"]) == found["penalty"]["changed"]


def test_the_smallest_staff_that_keeps_a_promise(long_desk: Workspace) -> None:
    """One more after the other; the first number that suffices is marked and told in words."""
    asked = ("--keep", "0.9", "--probability", "1", "--metric", "first_response")
    rows = staff(long_desk, *asked)
    assert [row["n"] for row in rows] == list(range(len(rows)))
    assert [row["is_smallest"] for row in rows] == [False] * (len(rows) - 1) + [True]
    assert rows[-1]["kept"] == 1.0
    done = whatif(long_desk, *SHORT, "--group", "billing", *asked)
    assert "Staff of billing for the promise" in done.stdout
    assert f"The smallest staff that keeps it: {rows[-1]['n']:+d} agents." in done.stderr


def test_less_staff_is_tried_where_the_present_one_suffices(long_desk: Workspace) -> None:
    """Down to the first that does not; the smallest stands above it."""
    rows = staff(long_desk, "--keep", "0.6", "--probability", "0.5")
    assert [row["n"] for row in rows] == list(range(1 - len(rows), 1))
    assert [row["suffices"] for row in rows] == [False] + [True] * (len(rows) - 1)
    assert [row["is_smallest"] for row in rows].index(True) == 1


def test_a_promise_that_no_staff_keeps(long_desk: Workspace) -> None:
    """It ends at twelve more, and says so; with twice the targets fewer are broken."""
    asked = (*SHORT, "--group", "billing", "--keep", "1", "--probability", "1")
    done = whatif(long_desk, *asked)
    assert done.exit_code == 0, done.output
    assert "Not even +12 agents keep it" in done.stderr
    plain = staff(long_desk, "--keep", "1", "--probability", "1")
    eased = staff(long_desk, "--keep", "1", "--probability", "1", "--targets", "2")
    assert eased[0]["broken"] < plain[0]["broken"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "nothing is to be changed; give --agents, --incident"),
        (("--keep", "0.9"), "--keep needs --group"),
        (("--group", "billing"), "--group needs --keep"),
        (("--agents", "billing"), "expected GROUP=+2 or GROUP@08:00=-1"),
        (("--agents", "billing=0"), "expected GROUP=+2 or GROUP@08:00=-1"),
        (("--agents", "billing@25:00=1"), "25:00 is no time of a day"),
        (("--incident", "platform"), "expected GROUP=N, for example platform=40"),
        (("--incident", "platform=0"), "expected GROUP=N, for example platform=40"),
        (("--targets", "0"), "Input should be greater than or equal to 0.05"),
        (("--keep", "1.5", "--group", "billing"), "Input should be less than or equal to 1"),
        (("--keep", "0.5", "--group", "billing", "--probability", "2"), "less than or equal to 1"),
        (("--keep", "0.5", "--group", "billing", "--metric", "smile"), "first_response"),
        (("--worst-week", "--json", "--csv"), "exclude each other"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(
    arguments: tuple[str, ...], words: str, long_desk: Workspace
) -> None:
    """Before anything is read; the message says what is expected."""
    done = whatif(long_desk, *arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--agents", "sales=+1"), "no group 'sales' works in the history; there are: billing"),
        (("--incident", "sales=9"), "no group 'sales' works in the history"),
        (("--keep", "0.9", "--group", "sales"), "no group 'sales' works in the history"),
        (("--agents", "billing=-50"), "-50 is not possible"),
        (("--agents", "billing@03:00=+1"), "of the shift from 03:00 has 0 agents"),
    ],
    ids=str,
)
def test_what_the_desk_does_not_have_is_named(
    arguments: tuple[str, ...], words: str, long_desk: Workspace
) -> None:
    """Groups and shifts that nobody works in."""
    done = whatif(long_desk, *SHORT, *arguments)
    assert isinstance(done.exception, DataError)
    assert words in str(done.exception)


def test_no_history_and_a_missing_file(workspace: Workspace, long_desk: Workspace) -> None:
    """What to do is said in words."""
    done = whatif(workspace, "--worst-week")
    assert "forewarn ingest" in str(done.exception)
    done = whatif(long_desk, *SHORT, "--policy", "nowhere.yaml")
    assert isinstance(done.exception, ConfigError)
    assert "nowhere.yaml: there is no such file" in str(done.exception)


def test_staff_with_and_without_a_shift() -> None:
    """More in a group, fewer in the shift that begins at half past eight (30.6e9 microseconds)."""
    assert read_staff(["billing=+2", "service-desk@08:30=-1"]) == (
        StaffChange("billing", 2, None),
        StaffChange("service-desk", -1, 30_600_000_000),
    )


@pytest.mark.parametrize("text", ["billing", "billing=two", "=3", "billing@8=1", "billing=+0"])
def test_what_is_no_staff_change_is_refused(text: str) -> None:
    """The message shows what is expected."""
    with pytest.raises(typer.BadParameter, match=r"expected GROUP=\+2 or GROUP@08:00=-1"):
        read_staff([text])


def test_incidents() -> None:
    """A group and a number; anything else is refused."""
    assert read_incident("platform=40") == ("platform", 40)
    assert read_incident(None) is None
    with pytest.raises(typer.BadParameter, match="expected GROUP=N"):
        read_incident("platform")
