"""``forewarn sla levels`` and ``credits`` on a small workspace of calls."""

import csv
import io
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from forewarn.ingest import ingest
from forewarn.workspace import Workspace
from pipelines.cli import app

CONFIG = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
  - {name: events, shape: event_log, path: events.csv}
  - {name: customers, shape: customers, path: customers.csv}
sla:
  policies:
    - name: all
      targets: {resolution: 4h}
      penalties: {currency: CHF}
      credits: {steps: {resolution: [{below: 1, share: 0.1}]}}
  service_levels:
    - {name: voice, share: 0.5, within: 20s}
report: {time_zone: Europe/Berlin}
"""
TICKETS = """ticket_id,customer_id,created_at,group_id
A,C1,2026-03-02T09:00:00Z,desk
B,C1,2026-03-31T22:30:00Z,desk
C,C1,2026-04-01T09:00:00Z,desk
"""
EVENTS = """ticket_id,occurred_at,sequence,kind,to_value
A,2026-03-02T09:00:00Z,1,arrived,
A,2026-03-02T09:00:20Z,2,answered,
A,2026-03-02T10:00:00Z,3,solved,solved
B,2026-03-31T22:30:00Z,1,arrived,
B,2026-03-31T22:31:00Z,2,abandoned,
C,2026-04-01T09:00:00Z,1,arrived,
C,2026-04-01T18:00:00Z,2,internal_note,
"""
CUSTOMERS = """customer_id,occurred_at,contract_value
C1,2026-01-01T00:00:00Z,1200
"""


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    """A workspace with three calls: answered, abandoned, waiting; ingested."""
    for name, text in (("forewarn.yaml", CONFIG), ("tickets.csv", TICKETS),
                       ("events.csv", EVENTS), ("customers.csv", CUSTOMERS)):  # fmt: skip
        (tmp_path / name).write_text(text, "utf-8")
    ingest(Workspace(tmp_path))
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    """What a command prints on stdout."""
    done = CliRunner().invoke(app, ["sla", *arguments, "--workspace", str(folder)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_levels_are_shown_by_month_and_group_as_a_table(calls: Path) -> None:
    """22:30 UTC on 31 March is April in the report's zone."""
    lines = [line.split() for line in run(calls, "levels").splitlines() if " voice " in line]
    assert [line[1:6] for line in lines] == [
        ["2026-03-01", "all", "1", "1", "0"], ["2026-03-01", "desk", "1", "1", "0"],
        ["2026-04-01", "all", "1", "0", "0"], ["2026-04-01", "desk", "1", "0", "0"],
    ]  # fmt: skip
    assert "100.00 %" in run(calls, "levels")
    assert "not met" in run(calls, "levels")


def test_levels_as_json_hold_every_way_to_count(calls: Path) -> None:
    """Over all time one of two was answered in time: exactly the promised half."""
    rows = json.loads(run(calls, "levels", "--period", "all", "--json"))
    assert [row["group_id"] for row in rows] == [None, "desk"]
    assert {name: rows[0][name] for name in (
        "level", "target_share", "within_seconds", "period_on", "n_offered", "n_waiting",
        "share", "share_ignored_ignored", "average_answer_seconds", "longest_wait_seconds",
        "is_met",
    )} == {
        "level": "voice", "target_share": 0.5, "within_seconds": 20.0, "period_on": None,
        "n_offered": 2, "n_waiting": 1, "share": 0.5, "share_ignored_ignored": 1.0,
        "average_answer_seconds": 20.0, "longest_wait_seconds": 60.0, "is_met": True,
    }  # fmt: skip


def test_levels_as_of_an_instant_know_nothing_later(calls: Path) -> None:
    """A second before the answer the call still waits."""
    asked = ("levels", "--as-of", "2026-03-02T09:00:20Z", "--period", "all", "--csv")
    rows = list(csv.DictReader(io.StringIO(run(calls, *asked))))
    assert [(r["n_offered"], r["n_waiting"], r["share"]) for r in rows] == [("0", "1", "")] * 2


def test_credits_are_shown_per_customer_and_month(calls: Path) -> None:
    """In March all was kept; C and B broke in April: a tenth of a hundred francs."""
    rows = json.loads(run(calls, "credits", "--json"))
    assert [
        (r["customer_id"], r["period_on"], r["n_promises"], r["n_broken"], r["credit"])
        for r in rows
    ] == [("C1", "2026-03-01", 1, 0, 0.0), ("C1", "2026-04-01", 2, 2, 10.0)]
    assert "10.00 CHF" in run(calls, "credits")


def test_without_settings_there_is_nothing_to_show(calls: Path) -> None:
    """An empty list, and a hint on stderr what is missing."""
    bare = CONFIG.replace("  service_levels:\n    - {name: voice, share: 0.5, within: 20s}\n", "")
    bare = bare.replace("      credits: {steps: {resolution: [{below: 1, share: 0.1}]}}\n", "")
    (calls / "forewarn.yaml").write_text(bare, "utf-8")
    for command, said in (("levels", "no sla.service_levels"), ("credits", "has credits")):
        done = CliRunner().invoke(app, ["sla", command, "--json", "--workspace", str(calls)])
        assert (done.exit_code, done.stdout) == (0, "[]\n")
        assert said in done.stderr
