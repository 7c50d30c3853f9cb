"""How long work tells how far it is, without knowing who listens."""

from collections.abc import Callable

Progress = Callable[[str, float], None]
"""Called with what is being done now and the share that is done, 0 to 1."""


def silent(message: str, done: float) -> None:
    """Listen to nothing."""
