"""``forewarn sla replay`` on small workspaces and on the demo desk."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from forewarn.errors import ConfigError
from forewarn.ingest import ingest
from forewarn.workspace import Workspace
from pipelines.cli import app

NEW = """sla:
  pause_on: {}
  policies:
    - name: all
      targets: {resolution: 30h}
"""
VAIN_EXCUSE = """\
  excuses:
    - {name: storm, when: {colour: [red]}, author: ann, reason: rain}
"""
LONG_PAST = """\
  calendars:
    past: {time_zone: UTC, windows: {}, special_days: {1999-05-01: ["09:00-10:00"]}}
"""


def run(ws: Workspace, policy: Path, *arguments: str) -> Result:
    """What the command did."""
    asked = ["sla", "replay", "--policy", str(policy), "--workspace", str(ws.root), *arguments]
    return CliRunner().invoke(app, asked)


@pytest.fixture
def new(workspace: Workspace) -> Path:
    """A file with thirty hours instead of eight, beside an ingested workspace."""
    ingest(workspace)
    path = workspace.root / "new.yaml"
    path.write_text(NEW, "utf-8")
    return path


def test_people_read_what_changes_and_what_is_assumed(workspace: Workspace, new: Path) -> None:
    """T2, solved after 25 h, would have been in time."""
    done = run(workspace, new)
    assert done.exit_code == 0, done.output
    assert "1 clock would not have been broken." in done.stdout
    assert "People's behaviour is taken as it was" in done.stdout
    assert "Verdicts that change" in done.stdout
    (row,) = (line for line in done.stdout.splitlines() if line.lstrip().startswith("T2 "))
    assert row.split()[:3] == ["T2", "resolution", "1"]
    assert "25h of 8h" in row
    assert "25h of 30h" in row


def test_json_holds_figures_and_changes(workspace: Workspace, new: Path) -> None:
    """Of all four clocks two were decided; afterwards one more is kept."""
    found = json.loads(run(workspace, new, "--json").stdout)
    row = found["figures"][0]
    assert (row["by"], row["metric"], row["n_promises_before"], row["n_decided_before"]) == (
        "all", "resolution", 4, 2,
    )  # fmt: skip
    assert (row["n_broken_before"], row["n_broken_after"], row["n_no_longer_broken"]) == (1, 0, 1)
    assert [(c["ticket_id"], c["change"]) for c in found["changes"]] == [("T2", "no_longer_broken")]
    assert found["caveat"].startswith("People's behaviour is taken as it was")
    assert (found["from"], found["until"]) == (
        "2026-01-31T10:00:00+00:00", "2026-05-02T10:00:00+00:00",
    )  # fmt: skip


def test_csv_holds_the_same_rows(workspace: Workspace, new: Path) -> None:
    """Figures, then the clocks that change; what is assumed goes to stderr."""
    done = run(workspace, new, "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {r["row"] for r in rows} == {"figure", "change"}
    assert [(r["ticket_id"], r["outcome_before"], r["outcome_after"]) for r in rows
            if r["row"] == "change"] == [("T2", "breached", "met")]  # fmt: skip
    assert "People's behaviour is taken as it was" in done.stderr


def test_dates_are_days_of_the_reports_zone(workspace: Workspace, new: Path) -> None:
    """On 2 May in Auckland, 1 May 12:00 to 2 May 12:00 UTC, T3 and T4 started."""
    text = workspace.config_path.read_text("utf-8")
    workspace.config_path.write_text(text + "report: {time_zone: Pacific/Auckland}\n", "utf-8")
    asked = ("--from", "2026-05-02", "--until", "2026-05-03", "--json")
    found = json.loads(run(workspace, new, *asked).stdout)
    assert found["from"] == "2026-05-01T12:00:00+00:00"
    assert found["figures"][0]["n_promises_before"] == 2


@pytest.mark.parametrize(
    ("option", "text", "message"),
    [
        ("--from", "yesterday", "is not an ISO 8601"),
        ("--until", "2026-05-01T10:00", "no time zone"),
    ],
)
def test_what_is_no_date_is_refused(
    workspace: Workspace, new: Path, option: str, text: str, message: str
) -> None:
    """By option and text."""
    done = run(workspace, new, option, text)
    assert done.exit_code != 0
    assert message in str(done.exception)


def test_mistakes_of_the_file_are_told_by_line(workspace: Workspace, new: Path) -> None:
    """As those of forewarn.yaml."""
    new.write_text(NEW.replace("30h", "long"), "utf-8")
    done = run(workspace, new)
    assert "new.yaml:5: sla.policies.0.targets.resolution" in str(done.exception)


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("      when: {colour: [red]}\n", "policy 'all' looks at 'colour', a column"),
        (VAIN_EXCUSE, "excuse 'storm' looks at 'colour', a column"),
        (LONG_PAST, "calendar 'past' is not open once"),
    ],
    ids=["policy", "excuse", "calendar"],
)
def test_what_does_not_fit_the_data_is_told_of_the_file_that_asks(
    workspace: Workspace, new: Path, mistake: str, words: str
) -> None:
    """The other file is named, not forewarn.yaml."""
    new.write_text(NEW + mistake, "utf-8")
    done = run(workspace, new)
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception).startswith(f"new.yaml: {words}")


def test_what_the_present_policies_ask_for_in_vain_is_told_of_forewarn_yaml(
    workspace: Workspace, new: Path
) -> None:
    """An excuse of the workspace's own, whatever the other file says."""
    text = workspace.config_path.read_text("utf-8")
    workspace.config_path.write_text(text.replace("sla:\n", f"sla:\n{VAIN_EXCUSE}"), "utf-8")
    done = run(workspace, new)
    assert str(done.exception).startswith("forewarn.yaml: excuse 'storm' looks at 'colour'")


def test_its_own_policies_change_nothing_on_the_demo_desk(desk: Workspace) -> None:
    """The whole forewarn.yaml is taken as it is; twice gives the same text."""
    ingest(desk)
    first, second = (run(desk, desk.config_path) for _ in range(2))
    assert first.exit_code == 0, first.output
    assert "No verdict changes." in first.stdout
    assert "By team" in first.stdout
    assert first.stdout == second.stdout
