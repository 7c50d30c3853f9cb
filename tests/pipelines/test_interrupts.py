"""Ctrl-C ends the work even where Python loses it."""

import subprocess
import sys

SCRIPT = """
import ctypes, os, signal, sys
from pipelines.cli.console import progress_bar
from pipelines.cli.interrupts import interrupt
signal.signal(signal.SIGINT, interrupt)
callback = ctypes.CFUNCTYPE(None)(lambda: os.kill(os.getpid(), signal.SIGINT))
with progress_bar("train") as progress:
    callback()
    print("lost")
    progress("goes on", 0.5)
    print("never said")
"""


def test_an_interrupt_in_a_callback_is_raised_at_the_next_progress() -> None:
    """C code called back: Python prints the interrupt and forgets it; the bar does not."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout == "lost\n"
    assert done.returncode != 0
    assert done.stderr.rstrip().endswith("KeyboardInterrupt")
