"""A workspace with six weeks of the demo desk, and what a run and an evaluation add to it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from forewarn.demo import write_demo
from forewarn.ingest import ingest
from forewarn.tables import Tables, read_tables
from forewarn.workspace import Workspace
from serving.flags import COLUMNS
from serving.run import ScoredRun
from serving.schema.shown import SCORES
from serving.store import open_store

_DEMO = Path(__file__).parents[3] / "forewarn" / "examples" / "demo.yaml"
CREDITS = """\
      credits:
        steps:
          resolution: [{below: 0.97, share: 0.05}, {below: 0.9, share: 0.1}]
"""
LEVELS = """
  service_levels:
    - {name: voice, when: {channel: phone}, within: 20s, short_abandon: 5s}
  excuses:
    - name: power-cut
      author: Head of service
      reason: The power was cut for a day.
      from: 2026-06-10T00:00:00+02:00
      until: 2026-06-11T00:00:00+02:00
"""
HOSTILE = '<script>alert(1)</script> & "quotes"'
_UNKNOWN = (
    "is_today", "owner", "previous_position", "incident", "parent_id", "arm", "propensity",
    "tightened_by", "live_metrics",
)  # fmt: skip
"""Columns of the queue that the report does not read."""


@pytest.fixture(scope="session")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which six weeks of the demo desk were ingested; to be copied."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "forewarn.yaml").write_text(_DEMO.read_text("utf-8"), "utf-8")
    write_demo(folder / "data", weeks=6)
    ingest(Workspace(folder))
    return folder


@pytest.fixture
def workspace(ingested: Path, tmp_path: Path) -> Workspace:
    """Ingested, but neither trained nor scored."""
    return Workspace(shutil.copytree(ingested, tmp_path / "desk"))


@pytest.fixture(scope="session")
def ingested_contacts(ingested: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same desk, whose calls are contacts: answered after 1 to 25 s, or given up."""
    folder = tmp_path_factory.mktemp("contacts") / "desk"
    shutil.copytree(ingested, folder)
    add_contacts(folder)
    ingest(Workspace(folder), rebuild=True)
    return folder


@pytest.fixture
def with_contacts(ingested_contacts: Path, tmp_path: Path) -> Workspace:
    """Ingested, with service levels, excuses and credits; neither trained nor scored."""
    return Workspace(shutil.copytree(ingested_contacts, tmp_path / "calls"))


def add_contacts(folder: Path) -> None:
    """Contacts for the phone's tickets, and the settings that speak of them."""
    text = (folder / "forewarn.yaml").read_text("utf-8")
    credits_too = text.replace("      penalties:\n", CREDITS + "      penalties:\n")
    (folder / "forewarn.yaml").write_text(
        credits_too.replace("\nhealth:", LEVELS + "\nhealth:"), "utf-8"
    )
    path = folder / "data" / "ticket_events.parquet"
    tickets = pd.read_parquet(folder / "data" / "tickets.parquet")
    calls = tickets[tickets["channel"] == "phone"].reset_index(drop=True)
    number = calls.index.to_numpy()
    kind = pd.Series("answered", calls.index).where(number % 10 > 0, "abandoned")
    wait = pd.to_timedelta(1 + number % 25 + 60 * (number % 20 == 0), unit="s")
    parts = [pd.read_parquet(path), _contact_events(calls, "arrived", calls["created_at"])]
    parts.append(_contact_events(calls, kind, calls["created_at"] + wait).iloc[:-1])
    pd.concat(parts, ignore_index=True).to_parquet(path)


def _contact_events(calls: pd.DataFrame, kind: Any, at: pd.Series) -> pd.DataFrame:
    """One event per call; the last caller still waits."""
    return pd.DataFrame(
        {"ticket_id": calls["ticket_id"], "occurred_at": at, "known_at": at,
         "sequence": 900, "kind": kind, "is_public": False}
    )  # fmt: skip


@pytest.fixture
def publish() -> Callable[..., None]:
    """Publishes a run over the demo's last tickets; the first subject is hostile."""

    def published(ws: Workspace, *, n: int = 30) -> None:
        store = open_store(ws.database_url)
        try:
            token = store.acquire_lease("test", ws.config.scoring.lease)
            store.publish(_run(read_tables(ws.tables), n), token)
        finally:
            store.close()

    return published


@pytest.fixture
def evaluation() -> dict[str, Any]:
    """An evaluation with one judged metric and one that could not be judged."""
    return {
        "schema": 1,
        "data_digest": "other",
        "metrics": {
            "first_response": {"note": "one class only", "windows": [], "headline": None},
            "resolution": {"note": None, "headline": _headline()},
        },
    }


@pytest.fixture
def judged(workspace: Workspace, evaluation: dict[str, Any]) -> Workspace:
    """The workspace with an evaluation."""
    workspace.models.mkdir(parents=True)
    (workspace.models / "evaluation.json").write_text(json.dumps(evaluation), "utf-8")
    return workspace


def interval(value: float, width: float = 0.02) -> dict[str, float]:
    """A figure with its interval."""
    return {"value": value, "low": value - width, "high": value + width}


def _headline() -> dict[str, Any]:
    def alerts(precision: float, recall: float, lead: float) -> dict[str, Any]:
        return {"n_alerts": 120, "precision": interval(precision), "recall": interval(recall),
                "lead_hours_median": lead}  # fmt: skip

    bins = [{"n": 200, "mean_probability": p, "breach_share": p + 0.01} for p in (0.05, 0.2, 0.6)]
    return {
        "cutoff": "2026-05-25T00:00:00+00:00",
        "note": None,
        "n_test_tickets": 2400,
        "censored_share_test": 0.031,
        "landmarks": {"opening": {"reliability": bins}},
        "all_observations": {"base_rate": interval(0.12)},
        "margins": {
            "over_best_baseline": {
                "average_precision": {"over": "group_rate_matured", **interval(0.1)}
            }
        },
        "rules": [{"share": 0.75, "volume": 120, "rule": alerts(0.5, 0.6, 1.2),
                   "early": alerts(0.55, 0.4, 9.0), "any": alerts(0.8, 0.7, 4.0)}],
        "snapshots": {
            "n_snapshots": 20,
            "base_share": interval(0.1),
            "models": {"forewarn": {"top_tenth_share": interval(0.5)},
                       "time_left": {"top_tenth_share": interval(0.3)}},
        },
        "random_split": {"flattery": 0.031},
    }  # fmt: skip


def _run(tables: Tables, n: int) -> ScoredRun:
    tickets = tables.tickets.tail(n)
    as_of = tables.watermark + pd.Timedelta(microseconds=1)
    lists = ["ranked"] * (n - 9) + ["lost"] * 6 + ["waiting"] * 3 if n else []
    queue = pd.DataFrame(
        {
            "position": range(1, n + 1),
            "list": lists,
            "ticket_id": tickets["ticket_id"].to_list(),
            "customer_id": tickets["customer_id"].to_list(),
            "tier": "gold",
            "group_id": tickets["group_id"].to_list(),
            "priority": tickets["priority"].to_list(),
            "subject": [HOSTILE] * min(n, 1) + ["A question"] * (n - 1),
            "created_at": tickets["created_at"].to_list(),
            "next_metric": "resolution",
            "next_due_at": as_of + pd.Timedelta(hours=2),
            "breach_probability": [None if name != "ranked" else 0.6 for name in lists],
            "value": 1.0,
            "log_value": 0.0,
            "expected_minutes": 30.0,
            "is_breached": [name == "lost" for name in lists],
            "placed_by": "value",
            "reason": "9 % of its time left",
            "reasons": [["9 % of its time left"]] * n,
            "n_children": 0,
            **dict.fromkeys(_UNKNOWN),
        }
    )
    flags = pd.DataFrame(
        [(1, "C004", "platinum", 5, 1.25, 2, 40, 31.0, "at_risk", "40 tickets in 28 days",
          0.7, 0.4, 2, "call them", as_of)],
        columns=list(COLUMNS),
    )  # fmt: skip
    return ScoredRun(
        as_of=as_of.to_pydatetime(),
        scores=pd.DataFrame(columns=[c.name for c in SCORES.columns if c.name != "run_id"]),
        queue=queue,
        flags=flags.head(n),
        model_version="3",
        policy_version="2026.1",
    )
