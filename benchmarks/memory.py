"""The memory of a process that measures itself: its peak, and pages that are there before."""

from pathlib import Path

import numpy as np

_SELF = Path("/proc/self")
_RESET_PEAK = "5"
"""See ``clear_refs`` in proc(5)."""
_MOST = 0.8
"""Of what the machine has left."""


def peak_gb() -> float:
    """The process's own peak of resident memory, since `back_memory` was called last."""
    status = (_SELF / "status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1e6 for line in status if line.startswith("VmHWM"))


def back_memory(gigabytes: float) -> None:
    """Touch so much memory once and free it; the peak begins anew.

    A virtual machine gets its pages from its host when they are first touched, and may lose
    those that lie idle for some seconds. That costs up to 2.5 seconds a gigabyte, or nothing,
    whatever program runs: so it is done before the clock runs, for every engine alike.
    """
    np.ones(int(min(gigabytes, _MOST * _available_gb()) * 1e9 / 8))
    (_SELF / "clear_refs").write_text(_RESET_PEAK, "utf-8")


def _available_gb() -> float:
    lines = Path("/proc/meminfo").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) / 1e6 for line in lines if line.startswith("MemAvailable"))
