"""One writer per workspace."""

import subprocess
import sys
import time

import pytest

from forewarn.errors import BusyError
from forewarn.workspace import Workspace
from pipelines.locks import exclusive

_HOLDER = (
    "import sys, time; from pathlib import Path\n"
    "from forewarn.workspace import Workspace; from pipelines.locks import exclusive\n"
    "with exclusive(Workspace(Path(sys.argv[1])), 'tables'):\n"
    "    print('held', flush=True); time.sleep(60)\n"
)


def test_second_process_waits_and_is_told_who_is_busy(workspace: Workspace) -> None:
    """While another process holds the lock, a short wait ends in BusyError; a kill frees it."""
    command = [sys.executable, "-c", _HOLDER, str(workspace.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(BusyError, match="working on the tables"),
            exclusive(workspace, "tables", wait_seconds=0.3),
        ):
            pass
        holder.kill()
        holder.wait()
        start = time.monotonic()
        with exclusive(workspace, "tables", wait_seconds=10):
            assert time.monotonic() - start < 10


def test_locks_of_different_names_do_not_meet(workspace: Workspace) -> None:
    """Training does not keep ingest from its work."""
    with exclusive(workspace, "model"), exclusive(workspace, "tables", wait_seconds=0):
        pass
