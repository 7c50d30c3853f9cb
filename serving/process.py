"""Who a process is, and whether it still lives: a killed run must not block the next one."""

import os
from pathlib import Path

_PROC = Path("/proc")


def this_process() -> str:
    """A name for this process that no other one ever has: boot, pid namespace, pid, start."""
    return "/".join((*_place(), str(os.getpid()), _started(os.getpid()) or "?"))


def is_gone(process: str) -> bool:
    """Whether that process certainly ended; False where this machine cannot tell."""
    *place, pid, started = process.split("/")
    if tuple(place) != _place() or "?" in (*place, started):
        return False
    return _started(int(pid)) != started


def _place() -> tuple[str, str]:
    """The boot of this machine and the namespace in which process numbers count."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return boot, (_PROC / "self/ns/pid").readlink().name
    except OSError:
        return "?", "?"


def _started(pid: int) -> str | None:
    """Start time in ticks since boot; None where no such process runs, or is a zombie."""
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, IndexError):
        return None
    return None if fields[0] in "ZX" else fields[19]
