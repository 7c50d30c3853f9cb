"""``forewarn sla preview`` on four tickets and on the demo desk."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from forewarn.errors import ConfigError, DataError
from forewarn.ingest import ingest
from forewarn.workspace import Workspace
from pipelines.cli import app

RULES = """sla:
  policies:
    - {name: all, targets: {resolution: 8h}}
  tighten:
    most_moved: MOST
    rules:
      - {name: first, when: {priority: "1"}, shares: {resolution: 0.5}}
"""


def run(ws: Workspace, *arguments: str) -> Result:
    """What the command did."""
    return CliRunner().invoke(app, ["sla", "preview", "--workspace", str(ws.root), *arguments])


def rules(ws: Workspace, *, most: float) -> str:
    """A file with one rule: the first priority in half of the time."""
    path = ws.root / "rules.yaml"
    path.write_text(RULES.replace("MOST", str(most)), "utf-8")
    return str(path)


def test_people_read_what_would_be_tightened(workspace: Workspace) -> None:
    """T2 and T4 of four; T2, solved after 25 h, missed both targets."""
    ingest(workspace)
    done = run(workspace, "--policy", rules(workspace, most=0.6))
    assert done.exit_code == 0, done.output
    assert "2 of 4 promises tightened" in done.stdout
    assert "work due earlier: 50.0 % (1 of 2 hours; 60 % is the most)" in done.stdout
    (row,) = (line for line in done.stdout.splitlines() if line.lstrip().startswith("first "))
    assert row.split() == ["first", "resolution", "2", "2", "4.0", "h", "1", "h", "1", "1"]
    assert "breaks no promise and costs nothing" in done.stdout


def test_too_much_is_refused_with_the_figures(workspace: Workspace) -> None:
    """The tables are printed all the same; the exit code is that of data."""
    ingest(workspace)
    done = run(workspace, "--policy", rules(workspace, most=0.3))
    assert "By rule" in done.stdout
    assert isinstance(done.exception, DataError)
    assert "50 % of the work would be due earlier (1 of 2 hours)" in str(done.exception)
    assert "most_moved allows 30 %" in str(done.exception)


def test_json_and_csv_hold_the_figures(workspace: Workspace) -> None:
    """JSON says whether it is refused; CSV has a row per rule, figure and change."""
    ingest(workspace)
    path = rules(workspace, most=0.6)
    found = json.loads(run(workspace, "--policy", path, "--json").stdout)
    assert (found["n_clocks"], found["moved_share"], found["is_refused"]) == (4, 0.5, False)
    assert found["rules"][0]["hours_earlier"] == 4.0
    rows = list(csv.DictReader(io.StringIO(run(workspace, "--policy", path, "--csv").stdout)))
    assert {row["row"] for row in rows} == {"rule", "figure"}


def test_without_rules_there_is_nothing_to_show(workspace: Workspace) -> None:
    """It is said where rules are written."""
    ingest(workspace)
    with pytest.raises(DataError, match=r"^forewarn\.yaml: there is no rule in sla\.tighten"):
        CliRunner().invoke(
            app, ["sla", "preview", "--workspace", str(workspace.root)], catch_exceptions=False
        )


def test_a_looser_rule_is_told_by_line(workspace: Workspace) -> None:
    """A share of 1.5 is no share."""
    path = Path(rules(workspace, most=0.3))
    path.write_text(path.read_text("utf-8").replace("0.5}", "1.5}"), "utf-8")
    done = run(workspace, "--policy", str(path))
    assert isinstance(done.exception, ConfigError)
    assert "rules.yaml:7: sla.tighten.rules.0.shares.resolution" in str(done.exception)


def test_what_the_data_does_not_have_is_told_of_the_file_that_asks(workspace: Workspace) -> None:
    """A rule on a column that is not there: the file with the rule is named, not forewarn.yaml."""
    ingest(workspace)
    path = Path(rules(workspace, most=0.6))
    text = path.read_text("utf-8")
    path.write_text(text.replace("{priority:", "{colour:"), "utf-8")
    done = run(workspace, "--policy", str(path))
    assert isinstance(done.exception, ConfigError)
    assert str(done.exception).startswith(
        "rules.yaml: sla.tighten: rule 'first' looks at 'colour', a column that neither"
    )
    path.write_text(text[: text.index("  tighten:")], "utf-8")
    done = run(workspace, "--policy", str(path))
    assert str(done.exception).startswith("rules.yaml: there is no rule in sla.tighten;")


def test_the_demo_desk_tightens_for_customers_at_risk(desk: Workspace) -> None:
    """Rules of forewarn.yaml; internal misses come on top of broken promises, which stay."""
    text = desk.config_path.read_text("utf-8")
    more = (
        "  tighten:\n    rules:\n      - name: at-risk\n        when: {health_segment: at_risk}\n"
        "        shares: {first_response: 0.5}\n"
    )
    desk.config_path.write_text(text.replace("\nhealth:", f"\n{more}\nhealth:", 1), "utf-8")
    ingest(desk)
    found = json.loads(run(desk, "--json").stdout)
    (row,) = found["rules"]
    assert row["n_missed"] > row["n_broken"] > 0
    assert 0 < found["moved_share"] < 0.2
    changed = {change["change"] for change in found["changes"]}
    assert changed <= {"newly_broken", "other"}
    assert all(c["penalty_before"] == c["penalty_after"] for c in found["changes"])
