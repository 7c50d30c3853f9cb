"""``forewarn demo`` as a person runs it: in a process of its own, with an empty home."""

import contextlib
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from desks import COMMAND, DemoRun, make_desk, run_forewarn

from forewarn.workspace import Workspace
from serving import queries
from serving.store import open_store

pytestmark = pytest.mark.slow
FEWEST = "\ntraining: {minimum_tickets: 100, trees: 20, seeds: [1], leaves: 15, parts: [trees]}\n"


def test_demo_shows_queue_figures_and_report_and_repeats_itself(demonstrated: DemoRun) -> None:
    """All stages run under Prefect; a second run trains nothing and prints the same."""
    desk, first = demonstrated.ws, demonstrated.said
    assert (first.returncode, first.stderr.count("Traceback")) == (0, 0), first.stderr
    assert first.stdout.startswith("Top ten of the queue as of 2026-06-24")
    assert "our model beside the baselines" in first.stdout
    assert f"Report: {desk.reports / 'report.html'}" in first.stdout
    assert re.findall(r"^([a-z]+) \.\.\.$", first.stderr, re.MULTILINE) == [
        "ingest", "history", "train", "evaluate", "score", "report",
    ]  # fmt: skip
    trained = sorted((desk.models / "bundles").iterdir())
    second = run_forewarn("demo", str(desk.root), environment=demonstrated.environment)
    assert second.stdout == first.stdout
    assert sorted((desk.models / "bundles").iterdir()) == trained
    assert list(Path(demonstrated.environment["HOME"]).iterdir()) == []


def test_killed_demo_leaves_a_workspace_that_goes_on(
    tmp_path: Path, desk_data: Path, own_environment: dict[str, str]
) -> None:
    """SIGKILL in one stage, SIGINT in a later one: the plain commands finish the work."""
    desk = make_desk(tmp_path / "desk", desk_data, training=FEWEST)
    for stage, number in (("history", signal.SIGKILL), ("train", signal.SIGINT)):
        code = stop_in(desk, stage, number=number, environment=own_environment)
        assert code == (130 if number == signal.SIGINT else -number)
    for command in ("ingest", "train", "score"):
        done = run_forewarn(command, "-w", str(desk.root), environment=own_environment)
        assert done.returncode == 0, done.stderr
    store = open_store(desk.database_url)
    assert queries.queue(store)
    store.close()


def stop_in(ws: Workspace, stage: str, *, number: int, environment: dict[str, str]) -> int:
    """Start the demo, send a signal once a stage has begun, and give the exit code."""
    process = subprocess.Popen(
        [*COMMAND, "demo", str(ws.root)], env=environment, stderr=subprocess.PIPE, text=True,
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if line.startswith(stage):
                break
        time.sleep(1)
        process.send_signal(number)
        return process.wait(60)
    finally:
        with contextlib.suppress(ProcessLookupError):  # a killed demo leaves Prefect's server
            os.killpg(process.pid, signal.SIGKILL)
        process.stderr.close()
