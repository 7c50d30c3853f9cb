"""People read every instant in the report's zone; programs get ISO 8601 in UTC."""

import json

import pytest
from click.testing import Result
from typer.testing import CliRunner

from forewarn.errors import ForewarnError
from forewarn.ingest import ingest
from forewarn.workspace import Workspace
from pipelines.cli import app


def run(ws: Workspace, *arguments: str) -> Result:
    """What a command did."""
    return CliRunner().invoke(app, [*arguments, "--workspace", str(ws.root)])


@pytest.fixture
def berlin(workspace: Workspace) -> Workspace:
    """Four tickets, read by people in Berlin; in May they are two hours ahead of UTC."""
    text = workspace.config_path.read_text("utf-8")
    workspace.config_path.write_text(text + "report: {time_zone: Europe/Berlin}\n", "utf-8")
    ingest(workspace)
    assert run(workspace, "score", "--as-of", "2026-05-02T09:10:07Z").exit_code == 0
    return workspace


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ticket", "T9"), "in the queue as of 2026-05-02 11:10:07 CEST; --timeline"),
        (("queue", "--agent", "A9"), "in no group as of 2026-05-02 11:10:07 CEST; the"),
        (("health", "C9", "--as-of", "2026-05-02T10:00Z"), "known before 2026-05-02 12:00 CEST;"),
        (
            ("sla", "replay", "--policy", "forewarn.yaml", "--from", "2027-01-01"),
            "the window from 2027-01-01 00:00 CET until 2026-05-02 12:00 CEST is empty",
        ),
        (
            ("features", "preview", "T1", "--as-of", "2026-05-01T10:00:07Z"),
            "no open clock at 2026-05-01 12:00:07 CEST: its clocks were known from 2026-05-01 10",
        ),
        (
            ("feedback", "record", "T3", "worked", "--at", "2999-07-01T10:00Z"),
            "acted_at 2999-07-01 12:00 CEST lies in the future",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_errors_tell_instants_in_the_reports_zone(
    berlin: Workspace, arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever raises them, and however the instant was given."""
    monkeypatch.chdir(berlin.root)
    done = run(berlin, *arguments)
    assert isinstance(done.exception, ForewarnError)
    assert said in str(done.exception)


def test_reports_of_work_tell_them_so_too(berlin: Workspace) -> None:
    """What was read, and what a check finds; the last fact is T2's end, at ten UTC."""
    assert "Complete up to 2026-05-02 12:00 CEST." in run(berlin, "ingest").stdout
    said = run(berlin, "check").stdout
    assert "4 tickets from 2026-05-01 10:00 CEST to 2026-05-02 11:30 CEST" in said
    assert "complete up to 2026-05-02 12:00 CEST." in said


def test_programs_get_utc(berlin: Workspace) -> None:
    """JSON and CSV hold instants with their offset, whatever the report's zone."""
    found = json.loads(run(berlin, "ticket", "T3", "--json").stdout)
    assert found["run"]["as_of"] == "2026-05-02T09:10:07+00:00"
    assert "2026-05-02T17:00:00+00:00" in run(berlin, "ticket", "T3", "--csv").stdout
