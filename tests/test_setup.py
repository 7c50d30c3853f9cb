"""What a newcomer types first."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run_make(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run make in a folder with the repository's Makefile."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that setting up needs, without an environment."""
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def test_help_names_what_can_be_made(checkout: Path) -> None:
    """``make`` alone tells the commands of the README."""
    said = run_make(folder=checkout).stdout
    assert re.findall(r"^  make (\w+)", said, re.MULTILINE) == [
        "help", "setup", "demo", "test", "fuzz", "check", "bench", "lock", "clean",
    ]  # fmt: skip


def test_other_python_is_refused_before_anything_is_made(checkout: Path) -> None:
    """A Python that forewarn does not know gets a clear message, and no half environment."""
    python = checkout / "python2.7"
    python.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 2.7.18" || exit 1\n')
    python.chmod(0o755)
    done = run_make("setup", f"PYTHON={python}", folder=checkout)
    assert done.returncode == 2
    assert "forewarn needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert "is Python 2.7.18. Try: make PYTHON=python3.12 setup" in done.stderr
    assert not (checkout / ".venv").exists()


def test_environment_is_made_once(checkout: Path) -> None:
    """With .venv ready and nothing changed, setting up does nothing; a new lock makes it anew."""
    ready = checkout / ".venv" / ".ready"
    ready.parent.mkdir()
    ready.touch()
    os.utime(checkout / "requirements.lock", (1, 1))
    os.utime(checkout / "pyproject.toml", (1, 1))
    assert run_make("--question", "setup", folder=checkout).returncode == 0
    (checkout / "requirements.lock").touch()
    os.utime(ready, (1, 1))
    assert run_make("--question", "setup", folder=checkout).returncode == 1


def test_python_of_the_tests_is_one_that_is_promised() -> None:
    """The tests run on 3.11, 3.12 or 3.13."""
    assert sys.version_info[:2] in {(3, 11), (3, 12), (3, 13)}
