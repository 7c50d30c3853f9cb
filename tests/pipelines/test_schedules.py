"""A served schedule really yields runs (with SQLAlchemy 2.1 it silently did not)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from forewarn.workspace import Workspace

pytestmark = pytest.mark.slow

_SERVE = (
    "import sys; from pathlib import Path\n"
    "from forewarn.workspace import Workspace; from pipelines import orchestration\n"
    "ws = Workspace(Path(sys.argv[1])); orchestration.prepare(ws)\n"
    "with orchestration.running_server(ws) as address:\n"
    "    from prefect import serve; from prefect.schedules import Interval\n"
    "    from pipelines import flows, schedules\n"
    "    often = schedules.deployment(flows.ingest, ws, schedule=Interval(5))\n"
    "    print(address, flush=True)\n"
    "    serve(often, pause_on_shutdown=False, print_starting_message=False)\n"
)
_PATIENCE_SECONDS = 240


@pytest.fixture
def served(workspace: Workspace, tmp_path: Path) -> Iterator[str]:
    """The address of a Prefect server whose schedule runs the flow ingest every five seconds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    process = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(workspace.root)],
        env={**kept, "HOME": str(tmp_path)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    process.stdout.close()


def test_served_interval_schedule_yields_a_finished_run(
    served: str, workspace: Workspace, tmp_path: Path
) -> None:
    """The scheduled flow runs by itself, leaves its tables and artefacts, and home untouched."""
    run = _wait_for_run(served, state="COMPLETED")
    assert run["name"]
    assert run["parameters"] == {"workspace": str(workspace.root)}
    assert (workspace.tables / "manifest.json").exists()
    artefacts = {found["type"] for found in _ask(served, "artifacts/filter")}
    assert artefacts == {"progress", "table"}
    assert [path.name for path in tmp_path.iterdir()] == ["desk"]


def _wait_for_run(address: str, *, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        runs = _ask(address, "flow_runs/filter")
        for run in runs:
            assert run["state_type"] not in ("FAILED", "CRASHED"), run["state"]
            if run["state_type"] == state:
                return run
        time.sleep(0.5)
    pytest.fail(f"no run was {state} within {_PATIENCE_SECONDS} s")


def _ask(address: str, what: str) -> list[dict[str, Any]]:
    answer = httpx.post(f"{address}/{what}", json={}, timeout=30).raise_for_status()
    found: list[dict[str, Any]] = answer.json()
    return found
