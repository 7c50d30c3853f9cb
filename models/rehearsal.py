"""First load of a model in a child process: a text that crashes LightGBM kills only the child.

LightGBM's loader aborts or crashes the process on damaged text. The child gets checked texts
on its standard input, loads, replays the golden rows, and says so; it has a time-out and
limits on memory and processor time. It is spawned afresh, never forked.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping

from forewarn.errors import ModelError

TIMEOUT_SECONDS = 120.0
_MEMORY_BYTES = 8 << 30
_PROCESSOR_SECONDS = 100
_OK = "rehearsed"
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")


def rehearse_in_child(files: Mapping[str, str], *, timeout: float = TIMEOUT_SECONDS) -> None:
    """Load the texts of a bundle in a child; raise ModelError with the reason where it fails."""
    environment = {k: os.environ[k] for k in _PASSED_ON if k in os.environ}
    try:
        done = subprocess.run(  # our own interpreter and module, no shell
            [sys.executable, "-I", "-m", "models.rehearsal"],
            input=json.dumps(dict(files)),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            env={**environment, "OMP_NUM_THREADS": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelError(
            f"refused: the model did not load within {timeout:.0f} s in a child process"
        ) from error
    if done.returncode != 0 or done.stdout.strip().splitlines()[-1:] != [_OK]:
        raise ModelError(f"refused: {_reason(done)}")


def _reason(done: "subprocess.CompletedProcess[str]") -> str:
    if done.returncode < 0:
        return f"loading the model ended a child process by signal {-done.returncode}"
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return f"the model did not load in a child process: {last[:500]}"


def _limit() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_SECONDS, _PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main() -> None:
    _limit()
    files = json.loads(sys.stdin.read())
    from models.bundle import bundle_from_files, replay_golden

    try:
        replay_golden(bundle_from_files(files))
    except ModelError as error:
        sys.exit(str(error))
    sys.stdout.write(f"{_OK}\n")


if __name__ == "__main__":
    _main()
