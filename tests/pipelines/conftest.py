"""Workspaces: four flat tickets in a CSV file, and a few weeks of the demo desk."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # importlib mode adds no folder by itself

from desks import DemoRun, demo_run, environment_of, make_desk

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
def demonstrated(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> DemoRun:
    """The small demo desk after ``forewarn demo``, which one worker runs for all."""
    own = tmp_path_factory.getbasetemp()
    return demo_run((own if worker_id == "master" else own.parent) / "demonstrated")


@pytest.fixture(scope="session")
def finished_desk(demonstrated: DemoRun, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The small demo desk after every stage; tests may read it and repeat stages."""
    assert demonstrated.said.returncode == 0, demonstrated.said.stderr
    root = tmp_path_factory.mktemp("finished") / "desk"
    shutil.copytree(demonstrated.finished, root, symlinks=True)
    return Workspace(root)


@pytest.fixture
def own_environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a person with an empty home who has set nothing of Prefect's."""
    home = tmp_path / "home"
    home.mkdir()
    return environment_of(home)
