"""One writer per workspace and kind of work; the lock goes with its process."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from forewarn.errors import BusyError
from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace

_POLL_SECONDS = 0.2


@contextmanager
def exclusive(
    ws: Workspace, name: str, *, wait_seconds: float = 600, progress: Progress = silent
) -> Iterator[None]:
    """Hold the workspace's lock ``name`` for a block; wait for another process first.

    Raises BusyError after ``wait_seconds``. A killed process leaves no lock behind.
    """
    path = ws.state / "locks" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        deadline = time.monotonic() + wait_seconds
        while not _taken(file):
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"another process has been working on the {name} of {ws.root} for over "
                    f"{wait_seconds:g} s; nothing was changed"
                )
            progress(f"waiting for another process that works on the {name}", 0.0)
            time.sleep(_POLL_SECONDS)
        yield


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
