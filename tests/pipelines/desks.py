"""Workspaces on the small demo desk, and the one run of ``forewarn demo`` that all tests share."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from forewarn.demo import write_demo
from forewarn.workspace import Workspace

COMMAND = (sys.executable, "-c", "from pipelines.cli import main; main()")
SMALL_TRAINING = "\ntraining: {minimum_tickets: 100, trees: 30, seeds: [1], leaves: 15}\n"
_QUICK = ("evaluation:\n", "evaluation:\n  bootstrap: 50\n")


@dataclass(frozen=True)
class DemoRun:
    """A desk after ``forewarn demo``, what the command said, and in which environment.

    ``finished``: a copy of the workspace as the command left it; not to be changed.
    """

    ws: Workspace
    finished: Path
    said: subprocess.CompletedProcess[str]
    environment: dict[str, str]


def make_desk(root: Path, data: Path, *, training: str = SMALL_TRAINING) -> Workspace:
    """A workspace on the small demo desk, with a model that is small too."""
    root.mkdir(parents=True)
    (root / "data").symlink_to(data)
    example = files("forewarn").joinpath("examples", "demo.yaml").read_text("utf-8")
    assert _QUICK[0] in example
    (root / "forewarn.yaml").write_text(example.replace(*_QUICK) + training, encoding="utf-8")
    return Workspace(root)


def run_forewarn(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [*COMMAND, *arguments], env=environment, capture_output=True, text=True, check=False,
        timeout=540,
    )  # fmt: skip


def environment_of(home: Path) -> dict[str, str]:
    """That of a person with this home who has set nothing of Prefect's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return {**kept, "HOME": str(home)}


def demo_run(folder: Path) -> DemoRun:
    """The demo in a folder; whoever asks first runs it, the others wait and read."""
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "said.json").exists():
            _run_demo(folder)
    said = json.loads((folder / "said.json").read_text("utf-8"))
    return DemoRun(
        ws=Workspace(folder / "desk"),
        finished=folder / "finished",
        said=subprocess.CompletedProcess(**said),
        environment=environment_of(folder / "home"),
    )


def _run_demo(folder: Path) -> None:
    for name in ("data", "home", "desk", "finished"):  # what a run that failed has left
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("data", "home"):
        (folder / name).mkdir()
    write_demo(folder / "data", weeks=8)
    ws = make_desk(folder / "desk", folder / "data")
    said = run_forewarn("demo", str(ws.root), environment=environment_of(folder / "home"))
    shutil.copytree(ws.root, folder / "finished", symlinks=True)
    (folder / "said.json").write_text(json.dumps(vars(said)), "utf-8")
