"""Workspaces: four flat tickets in a CSV file, and a few weeks of the demo desk."""

import os
from importlib.resources import files
from pathlib import Path

import pytest

from forewarn.workspace import Workspace

_CONFIG = """\
sources:
  - name: tickets
    shape: flat_tickets
    path: tickets.csv
    time_zone: UTC
    columns: {ticket_id: id, created_at: created, closed_at: closed, priority: priority}
sla:
  pause_on: {}
  policies:
    - name: all
      targets: {resolution: 8h}
scoring: {as_of: data}
"""
_TICKETS = """\
id,created,closed,priority
T1,2026-05-01 08:00,2026-05-01 10:00,2
T2,2026-05-01 09:00,2026-05-02 10:00,1
T3,2026-05-02 09:00,,2
T4,2026-05-02 09:30,,1
"""
_SMALL_TRAINING = """
training: {minimum_tickets: 100, trees: 30, seeds: [1], leaves: 15}
"""
_QUICK = ("evaluation:\n", "evaluation:\n  bootstrap: 50\n")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Four tickets, two of them open; a promise of eight hours."""
    root = tmp_path / "desk"
    root.mkdir()
    (root / "forewarn.yaml").write_text(_CONFIG, encoding="utf-8")
    (root / "tickets.csv").write_text(_TICKETS, encoding="utf-8")
    return Workspace(root)


@pytest.fixture(scope="session")
def desk_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo desk's data of eight weeks; not to be changed."""
    from forewarn.demo import write_demo

    folder = tmp_path_factory.mktemp("desk-data")
    write_demo(folder, weeks=8)
    return folder


def make_desk(root: Path, data: Path) -> Workspace:
    """A workspace on the small demo desk, with a model that is small too."""
    root.mkdir(parents=True)
    (root / "data").symlink_to(data)
    example = files("forewarn").joinpath("examples", "demo.yaml").read_text("utf-8")
    assert _QUICK[0] in example
    text = example.replace(*_QUICK) + _SMALL_TRAINING
    (root / "forewarn.yaml").write_text(text, encoding="utf-8")
    return Workspace(root)


@pytest.fixture
def desk(tmp_path: Path, desk_data: Path) -> Workspace:
    """A fresh workspace on the small demo desk."""
    return make_desk(tmp_path / "desk", desk_data)


@pytest.fixture(scope="session")
def long_desk(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo desk after sixteen weeks, ingested; commands that only look may use it."""
    from forewarn.demo import write_demo
    from pipelines import stages

    folder = tmp_path_factory.mktemp("long-data")
    write_demo(folder, weeks=16)
    ws = make_desk(tmp_path_factory.mktemp("long") / "desk", folder)
    stages.run_ingest(ws)
    return ws


@pytest.fixture(scope="session")
def finished_desk(tmp_path_factory: pytest.TempPathFactory, desk_data: Path) -> Workspace:
    """The small demo desk after every stage; tests may read it and repeat stages."""
    from pipelines import stages

    ws = make_desk(tmp_path_factory.mktemp("finished") / "desk", desk_data)
    stages.run_ingest(ws)
    stages.run_train(ws)
    stages.run_evaluate(ws)
    stages.run_score(ws)
    stages.run_report(ws)
    return ws


@pytest.fixture
def own_environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a person with an empty home who has set nothing of Prefect's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    home = tmp_path / "home"
    home.mkdir()
    return {**kept, "HOME": str(home)}
