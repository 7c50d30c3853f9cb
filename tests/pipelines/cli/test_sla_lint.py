"""``forewarn sla lint`` on small workspaces and on the demo desk."""

import csv
import io
import json
from pathlib import Path

from click.testing import Result
from typer.testing import CliRunner

from forewarn.ingest import ingest
from forewarn.workspace import Workspace
from pipelines.cli import app

SHADOWED = "    - name: late\n      targets: {resolution: 1h}\n"


def run(folder: Path, *arguments: str) -> Result:
    """What the command did."""
    return CliRunner().invoke(app, ["sla", "lint", *arguments, "--workspace", str(folder)])


def add_policy(ws: Workspace, text: str) -> None:
    """A further policy behind the one of the workspace."""
    before = ws.config_path.read_text("utf-8")
    ws.config_path.write_text(before.replace("scoring:", f"{text}scoring:"), "utf-8")


def test_without_data_the_configuration_alone_is_looked_over(workspace: Workspace) -> None:
    """Nothing to complain of is exit code 0; what was looked at is told on stderr."""
    done = run(workspace.root)
    assert (done.exit_code, done.stdout) == (0, "")
    assert "Nothing to complain of, by the configuration alone" in done.stderr


def test_errors_give_exit_code_1_and_are_told_with_a_remedy(workspace: Workspace) -> None:
    """Behind a policy that takes everything another never gets a ticket."""
    add_policy(workspace, SHADOWED)
    done = run(workspace.root)
    assert done.exit_code == 1
    why = "Before it policy all takes every ticket that it matches, and the first policy"
    assert done.stdout.splitlines() == [
        "error   late: never gets a ticket",
        f"        {why} that matches wins.",
        "        Move it up, narrow the earlier ones, or remove it.",
        "",
    ]
    assert "1 error, by the configuration alone" in done.stderr


def test_json_holds_findings_and_promises(workspace: Workspace) -> None:
    """T1 was solved in 2 h of 8, T2 and T4 of priority 1 late or open for long, T3 too."""
    ingest(workspace)
    add_policy(workspace, SHADOWED)
    done = run(workspace.root, "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found["n_tickets"] == 4
    assert [(f["severity"], f["code"], f["policy"]) for f in found["findings"]] == [
        ("error", "shadowed", "late"), ("warning", "won-none", "late"),
    ]  # fmt: skip
    assert {(p["priority"], p["n"], p["n_missed"], p["n_open"]) for p in found["promises"]} == {
        ("1", 1, 1, 1), ("2", 1, 0, 1),
    }  # fmt: skip
    assert found["promises"][0]["kept_80_seconds"] == 90_000.0  # T2 took 25 h, T4 was seen 30 min


def test_csv_holds_the_same_rows(workspace: Workspace) -> None:
    """One kind of row after the other."""
    ingest(workspace)
    add_policy(workspace, SHADOWED)
    rows = list(csv.DictReader(io.StringIO(run(workspace.root, "--csv").stdout)))
    assert [(r["row"], r["policy"], r["code"], r["n"]) for r in rows] == [
        ("finding", "late", "shadowed", ""), ("finding", "late", "won-none", ""),
        ("promise", "all", "", "1"), ("promise", "all", "", "1"),
    ]  # fmt: skip


def test_the_demo_desk_has_warnings_but_no_errors(desk: Workspace) -> None:
    """Low priority waits long for its first response; half of those promises and more is missed."""
    ingest(desk)
    done = run(desk.root)
    assert done.exit_code == 0
    assert "error" not in done.stdout
    assert "premium: first response of 20h (low) is missed by" in done.stdout
    assert "Promises beside what the desk did" in done.stdout
    tame = run(desk.root, "--threshold", "1")
    assert "is missed by" not in tame.stdout
