"""The secret under which API keys are stored: ``.forewarn/keys`` (0600), or the environment."""

import os
import secrets
from pathlib import Path

from forewarn.errors import ConfigError
from forewarn.workspace import Workspace

VARIABLE = "FOREWARN_SECRET"
_LEAST_CHARACTERS = 32


def read_secret(ws: Workspace) -> bytes:
    """The secret; made where there is none. ``FOREWARN_SECRET`` overrides the file.

    Raises ConfigError where it is too short, or where others may read the file.
    """
    given = os.environ.get(VARIABLE)
    if given is not None:
        return _checked(given, VARIABLE)
    path = ws.state / "keys"
    if not path.exists():
        _make(path)
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise ConfigError(
            f"{path} may be read by others (mode {mode:o}, expected 600): run 'chmod 600 {path}', "
            "and make new API keys if somebody may have read it"
        )
    return _checked(path.read_text(encoding="ascii"), str(path))


def _make(path: Path) -> None:
    """Write a new secret; of two processes that try at once, one wins for both."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".keys.{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)
    except FileExistsError:
        pass  # the other process was first: its secret holds
    finally:
        temporary.unlink()


def _checked(text: str, place: str) -> bytes:
    secret = text.strip()
    if len(secret) < _LEAST_CHARACTERS:
        raise ConfigError(
            f"{place} holds {len(secret)} characters; expected at least {_LEAST_CHARACTERS} "
            "random ones, such as 'openssl rand -hex 32' prints"
        )
    return secret.encode()
