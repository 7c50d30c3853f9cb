"""Who listens to the progress of the stages that run in this process.

Flow parameters are data, so a listener cannot be passed as one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Listener(Protocol):
    """Hears which stage does what, and the share of it that is done."""

    def __call__(self, stage: str, message: str, done: float) -> None: ...


_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Let ``listener`` hear all stages of the block."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def tell(stage: str, message: str, done: float) -> None:
    """Tell the listener, where there is one."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(stage, message, done)
