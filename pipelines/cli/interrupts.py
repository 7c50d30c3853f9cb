"""Ctrl-C that is not lost.

Python raises KeyboardInterrupt wherever the main thread happens to be. In a callback from C
(LightGBM's, ctypes') or while an object is torn down it is printed and forgotten, and the work
goes on. So it is remembered, and raised again at the next sign of progress.
"""

import threading
from types import FrameType
from typing import NoReturn

_INTERRUPTED = threading.Event()


def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """The handler of SIGINT."""
    _INTERRUPTED.set()
    raise KeyboardInterrupt


def heed_interrupt() -> None:
    """Raise KeyboardInterrupt where one came that was lost."""
    if _INTERRUPTED.is_set():
        raise KeyboardInterrupt
