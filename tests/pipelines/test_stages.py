"""The stages, one after the other, on a small desk."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from forewarn.errors import DataError
from forewarn.files import sha256_of
from forewarn.workspace import Workspace
from pipelines import stages
from serving import queries
from serving.store import open_store

pytestmark = pytest.mark.slow


def read_queue(ws: Workspace) -> list[dict[str, Any]]:
    """The whole published queue, but for what it remembers of the one before."""
    store = open_store(ws.database_url)
    try:
        rows = queries.queue(store)
    finally:
        store.close()
    return [{k: v for k, v in row.items() if k != "previous_position"} for row in rows]


def test_every_stage_leaves_what_the_next_one_needs(finished_desk: Workspace) -> None:
    """After all stages there are a queue by the model, figures, and a report."""
    rows = read_queue(finished_desk)
    assert [row["position"] for row in rows] == list(range(1, len(rows) + 1))
    assert any(row["breach_probability"] is not None for row in rows)
    assert all(row["reason"] for row in rows)
    figures = json.loads((finished_desk.models / "evaluation.json").read_text("utf-8"))
    assert set(figures["metrics"]) == {"first_response", "resolution"}
    assert (finished_desk.reports / "report.html").stat().st_size > 10_000


def test_repeated_stages_do_nothing_and_give_the_same(finished_desk: Workspace) -> None:
    """Nothing is read, trained or measured again, and the queue and report stay equal."""
    ws = finished_desk
    stages.run_report(ws)  # the file there may be older than what another test has scored
    queue, report = read_queue(ws), sha256_of(ws.reports / "report.html")
    assert not stages.run_ingest(ws).is_changed
    trained = stages.run_train(ws)
    assert (trained["version"], trained["is_new"]) == ("1", False)
    before = (ws.models / "evaluation.json").stat().st_mtime_ns
    stages.run_evaluate(ws)
    assert (ws.models / "evaluation.json").stat().st_mtime_ns == before
    assert sha256_of(stages.run_report(ws)) == report  # a diff of two pages would take minutes
    stages.run_score(ws)
    assert read_queue(ws) == queue


def test_person_may_score_an_earlier_instant(finished_desk: Workspace) -> None:
    """An as_of before the model's cutoff is ordered by rules, and the run says why."""
    earlier = dt.datetime(2026, 6, 10, 10, tzinfo=dt.UTC)
    run = stages.run_score(finished_desk, as_of=earlier)
    assert run["as_of"] == "2026-06-10T10:00:00+00:00"
    assert run["model_version"] is None
    assert run["n_ranked"] > 0
    assert "which was not known at 2026-06-10 12:00 CEST" in run["degraded"]
    assert stages.run_score(finished_desk)["model_version"] == "1"


def test_lost_tables_are_a_clear_message(desk: Workspace) -> None:
    """Stages that need tables say which command makes them."""
    with pytest.raises(DataError, match="run 'forewarn ingest' first"):
        stages.run_train(desk)


def test_log_too_short_to_learn_from_is_served_by_rules(workspace: Workspace) -> None:
    """Four tickets give no model, but a queue, figures that are null, and a report."""
    stages.run_ingest(workspace)
    trained = stages.run_train(workspace)
    assert trained["version"] is None
    assert "training needs 28 (training.minimum_span)" in trained["note"]
    figures = stages.run_evaluate(workspace)
    assert figures["metrics"]["resolution"]["headline"] is None
    run = stages.run_score(workspace)
    assert run["model_version"] is None
    assert run["degraded"]
    assert [row["ticket_id"] for row in read_queue(workspace)] == ["T4", "T3"]
    assert stages.run_report(workspace).is_file()


def test_desk_without_an_open_ticket_has_an_empty_queue(workspace: Workspace) -> None:
    """When everything is closed the run is published, and it is empty."""
    path = workspace.root / "tickets.csv"
    lines = path.read_text("utf-8").splitlines()
    closed = [line for line in lines if ",," not in line]
    path.write_text("\n".join(closed) + "\n", encoding="utf-8")
    stages.run_ingest(workspace)
    run = stages.run_score(workspace)
    assert (run["n_clocks"], run["n_ranked"], run["n_flags"]) == (0, 0, 0)
    assert read_queue(workspace) == []
    assert stages.run_report(workspace).is_file()


def test_all_promises_kept_is_a_single_class(workspace: Workspace) -> None:
    """Three hundred tickets that all kept their promise teach nothing; rules serve."""
    rows = [
        f"K{n:03},2026-04-{1 + n // 10:02} {n % 10:02}:00,2026-04-{1 + n // 10:02} {n % 10:02}:30,2"
        for n in range(300)
    ]
    _write_tickets(workspace.root, [*rows, "OPEN,2026-05-01 00:00,,1"])
    stages.run_ingest(workspace)
    trained = stages.run_train(workspace)
    assert trained["version"] is None
    assert "single class" in trained["note"]
    headline = stages.run_evaluate(workspace)["metrics"]["resolution"]["headline"]
    assert "single class" in headline["note"]
    assert headline["landmarks"]["opening"]["models"]["prior"]["auc"]["value"] is None
    stages.run_score(workspace)
    assert [row["ticket_id"] for row in read_queue(workspace)] == ["OPEN"]


def _write_tickets(root: Path, rows: list[str]) -> None:
    text = "\n".join(["id,created,closed,priority", *rows]) + "\n"
    (root / "tickets.csv").write_text(text, encoding="utf-8")
