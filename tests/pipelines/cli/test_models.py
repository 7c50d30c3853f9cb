"""``forewarn models`` and ``forewarn feedback`` as a person meets them."""

import datetime as dt
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from forewarn.local_time import local
from forewarn.workspace import Workspace
from pipelines.cli import app
from pipelines.cli.model_watch import CHECKS

ROOT = Path(__file__).parents[3]


def run(ws: Workspace, *arguments: str) -> Result:
    """A command in a workspace."""
    return CliRunner().invoke(app, [*arguments, "-w", str(ws.root)])


def test_without_a_model_lists_are_empty(workspace: Workspace) -> None:
    """People are told what to do; programs get an empty list; nothing is made."""
    shown = run(workspace, "models", "list")
    assert (shown.exit_code, shown.stdout) == (0, "")
    assert "run 'forewarn train'" in shown.stderr
    assert json.loads(run(workspace, "models", "list", "--json").stdout) == []
    assert not (workspace.state / "mlflow.db").exists()


@pytest.mark.parametrize("command", ["compare", "promote", "rollback", "explain"])
def test_what_needs_a_model_says_so(workspace: Workspace, command: str) -> None:
    """The error is typed, and names the command that helps."""
    done = run(workspace, "models", command)
    assert done.exit_code == 1
    assert "run 'forewarn train'" in str(done.exception)


@pytest.mark.parametrize(
    "arguments", [("models", "promote", "--force", " "), ("models", "golden", "--renew", "")]
)
def test_a_reason_must_be_given_in_words(workspace: Workspace, arguments: tuple[str, ...]) -> None:
    """An empty reason is a usage error."""
    done = run(workspace, *arguments)
    assert done.exit_code == 2
    assert "needs a reason in words" in done.stderr


def test_every_check_has_a_word() -> None:
    """What passed is no empty cell."""
    mark = CHECKS[0].show
    assert [mark({"passed": passed}) for passed in (True, False, None)] == [
        "ok", "REFUSED", "cannot tell",
    ]  # fmt: skip


def test_feedback_is_told_once_and_listed(workspace: Workspace) -> None:
    """Told twice it is kept once; CSV keeps a formula from running."""
    told = ("feedback", "record", "T3", "escalated", "--at", "2026-05-02T10:00Z")
    for _ in range(2):
        done = run(workspace, *told, "--by", "ann", "--note", "=1+1")
        assert done.exit_code == 0, done.stderr
    assert "kept: T3 escalated 2026-05-02 10:00 UTC" in done.stderr
    (row,) = json.loads(run(workspace, "feedback", "list", "--json").stdout)
    assert (row["ticket_id"], row["action"], row["actor"]) == ("T3", "escalated", "ann")
    assert "'=1+1" in run(workspace, "feedback", "list", "--csv").stdout
    assert json.loads(run(workspace, "feedback", "list", "--ticket", "T1", "--json").stdout) == []


def test_an_unknown_action_or_a_time_without_zone_is_refused(workspace: Workspace) -> None:
    """Both name what was expected; nothing is kept."""
    unknown = run(workspace, "feedback", "record", "T3", "praised")
    assert unknown.exit_code == 2
    assert "escalated" in unknown.stderr
    zoneless = run(workspace, "feedback", "record", "T3", "worked", "--at", "2026-05-02T10:00")
    assert "has no time zone" in str(zoneless.exception)
    assert json.loads(run(workspace, "feedback", "list", "--json").stdout) == []


@pytest.mark.slow
def test_the_only_version_is_listed_and_explained(finished_desk: Workspace) -> None:
    """It serves; its row has cutoff, seed and digest, its card what it weighs and its sets."""
    (row,) = json.loads(run(finished_desk, "models", "list", "--json").stdout)
    assert (row["version"], row["aliases"], row["seed"], row["gate"]) == (
        "1", ["champion"], "1", None,
    )  # fmt: skip
    assert len(row["digest"]) == 64
    shown = run(finished_desk, "models", "list").stdout
    assert "champion" in shown
    learned = local(dt.datetime.fromisoformat(row["cutoff"]), time_zone="Europe/Berlin")
    assert learned in shown
    card = run(finished_desk, "models", "explain").stdout
    assert card.startswith("# forewarn breach model")
    assert f"{learned}: nothing known later was seen" in card
    assert "The gate has not judged this version." in card
    about = json.loads(run(finished_desk, "models", "explain", "1", "--json").stdout)
    assert set(about["importance"]) == {"first_response", "resolution"}
    decisions = json.loads(run(finished_desk, "models", "list", "--log", "--json").stdout)
    assert [d["kind"] for d in decisions] == ["first"]


@pytest.mark.slow
def test_the_golden_set_is_told(finished_desk: Workspace) -> None:
    """How many tickets, and why it was frozen."""
    assert "(the first one)" in run(finished_desk, "models", "golden").stdout
    found = json.loads(run(finished_desk, "models", "golden", "--json").stdout)
    assert 50 < found["n_tickets"] < 500


@pytest.mark.slow
def test_without_lotteries_no_effect_is_made_up(finished_desk: Workspace) -> None:
    """The table is empty of figures, and says how many picks are needed."""
    done = run(finished_desk, "feedback", "effect")
    assert done.exit_code == 0
    assert "20 of either, decided by now, are needed" in done.stderr
