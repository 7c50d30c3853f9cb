"""``forewarn score --dry-run`` and ``forewarn undo`` on four tickets, ordered by rule."""

import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from forewarn.files import sha256_of
from forewarn.ingest import ingest
from forewarn.workspace import Workspace
from pipelines import stages
from pipelines.cli import app
from serving.database import now, writing
from serving.former import FormerOrder
from serving.outbox import write_messages
from serving.run import Message
from serving.store import Store, open_store


def run(ws: Workspace, *arguments: str) -> Result:
    """What a command did."""
    return CliRunner().invoke(app, [*arguments, "--workspace", str(ws.root)])


def order(ws: Workspace, of: str = "ranked") -> list[str]:
    """The tickets of a list, in order."""
    rows = json.loads(run(ws, "queue", "--list", of, "--json").stdout)
    return [row["ticket_id"] for row in rows]


@pytest.fixture
def scored(workspace: Workspace) -> Workspace:
    """Two runs: at ten past nine T2 and T3 are open, at a minute past ten T3 and T4."""
    ingest(workspace)
    for minute in ("2026-05-02T09:10Z", "2026-05-02T10:01Z"):
        assert run(workspace, "score", "--as-of", minute).exit_code == 0
    return workspace


def test_a_dry_run_shows_what_would_change_and_publishes_nothing(scored: Workspace) -> None:
    """At 18:00 both are late: T3 would be lost, T4 is of the top priority. Nothing is written."""
    database = scored.state / "forewarn.db"
    before, shown = sha256_of(database), order(scored)
    done = run(scored, "score", "--dry-run", "--as-of", "2026-05-02T18:00Z")
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("Nothing was published. As of 2026-05-02 18:00 UTC")
    assert "2 open tickets, 1 unchanged, 1 moved, 0 new, 0 gone." in done.stdout
    assert "ranked → lost" in done.stdout
    assert (sha256_of(database), order(scored)) == (before, shown)


def test_a_dry_run_before_the_first_run_shows_every_ticket_as_new(workspace: Workspace) -> None:
    """All of them come, against nothing; --json holds the same."""
    ingest(workspace)
    found = json.loads(run(workspace, "score", "--dry-run", "--json").stdout)
    assert (found["shown_as_of"], found["n_open"], found["n_same"]) == (None, 2, 0)
    assert [row["ticket_id"] for row in found["moves"]] == ["T4", "T3"]
    assert {row["position_before"] for row in found["moves"]} == {None}
    assert run(workspace, "queue").exit_code == 1


def test_a_dry_run_of_the_shown_instant_changes_nothing(scored: Workspace) -> None:
    """The same data, the same order."""
    found = json.loads(
        run(scored, "score", "--dry-run", "--json", "--as-of", "2026-05-02T10:01Z").stdout
    )
    assert (found["n_same"], found["moves"]) == (2, [])


def test_a_dry_run_compares_with_the_order_that_it_began_from(
    scored: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Undone while it scores: what is told is still against ten o'clock, read once."""
    read, asked = Store.former_order, []

    def read_then_undo(store: Store) -> FormerOrder | None:
        former = read(store)
        asked.append(former)
        if len(asked) == 1:
            store.undo(actor="ann", reason="a wrong import")
        return former

    monkeypatch.setattr(Store, "former_order", read_then_undo)
    found = stages.run_preview(scored, as_of=dt.datetime(2026, 5, 2, 10, 1, tzinfo=dt.UTC))
    assert len(asked) == 1
    assert str(found["shown_as_of"]) == "2026-05-02 10:01:00+00:00"
    assert (found["n_same"], found["moves"]) == (2, [])


def test_undo_shows_the_former_queue_and_is_written_down(scored: Workspace) -> None:
    """At 9:10 T2 was open and there was no T4 yet; the log names who, and why."""
    assert order(scored) == ["T4", "T3"]
    done = run(scored, "undo", "--reason", "a wrong import", "--by", "ann")
    assert done.exit_code == 0, done.output
    assert "run 1 as of 2026-05-02 09:10 UTC is shown again, instead of run 2" in done.stderr
    assert order(scored) == ["T2", "T3"]
    (row,) = json.loads(run(scored, "undo", "--log", "--json").stdout)
    assert (row["run_id"], row["shown_run_id"]) == (2, 1)
    assert (row["actor"], row["reason"]) == ("ann", "a wrong import")
    assert "a wrong import" in run(scored, "undo", "--log").stdout


def test_undo_tells_what_nobody_will_be_sent(scored: Workspace) -> None:
    """A flag that the second run told of, and that still waited."""
    store = open_store(scored.database_url)
    flagged = Message("customer:C1:W18", "customer:C1", "customer.flagged", {})
    with writing(store.engine) as connection:
        write_messages(connection, [flagged], run_id=2, at=now(connection))
    store.close()
    done = run(scored, "undo", "--reason", "a wrong import")
    assert "withdrawn: 1 message that nobody was sent yet" in done.stderr


def test_there_is_an_end_to_undoing(scored: Workspace) -> None:
    """The second undo has nothing before it; the queue that is shown stays."""
    run(scored, "undo", "--reason", "once")
    again = run(scored, "undo", "--reason", "twice")
    assert again.exit_code != 0
    assert "run 1 is the first that is kept" in str(again.exception)
    assert order(scored) == ["T2", "T3"]


def test_undo_needs_a_reason(scored: Workspace) -> None:
    """Without one it is a usage error."""
    for reason in ((), ("--reason", " ")):
        done = run(scored, "undo", *reason)
        assert done.exit_code == 2
    assert order(scored) == ["T4", "T3"]


def test_score_prints_json_too(scored: Workspace, tmp_path: Path) -> None:
    """The published run's facts."""
    found = json.loads(run(scored, "score", "--as-of", "2026-05-02T11:00Z", "--json").stdout)
    assert (found["run_id"], found["n_ranked"], found["model_version"]) == (3, 2, None)
