"""What a stage did last, so that it is not done again when nothing has changed."""

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from forewarn.files import write_text
from forewarn.workspace import Workspace

_PACKAGES = ("forewarn", "features", "models", "serving", "pipelines")
_LEARNING = ("numpy", "scikit-learn", "lightgbm")


def fingerprint(ws: Workspace, *, inputs: Mapping[str, Any], config: tuple[str, ...]) -> str:
    """Digest of inputs, the named parts of the configuration, the code and its libraries."""
    parts = ws.config.model_dump(mode="json", include=set(config))
    libraries = {name: version(name) for name in _LEARNING}
    content = {"inputs": inputs, "config": parts, "libraries": libraries, "code": code_digest()}
    text = json.dumps(content, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def recall(ws: Workspace, stage: str, *, key: str) -> dict[str, Any] | None:
    """What the stage gave for the same fingerprint; None where it did not run with it."""
    kept = _read(ws, stage)
    return None if kept is None or kept["key"] != key else kept["outcome"]


def last(ws: Workspace, stage: str) -> dict[str, Any] | None:
    """What the stage gave when it ran last, whatever it ran with."""
    kept = _read(ws, stage)
    return None if kept is None else kept["outcome"]


def remember(ws: Workspace, stage: str, *, key: str, outcome: Mapping[str, Any]) -> None:
    """Keep what the stage gave, in place of what it gave before."""
    text = json.dumps({"key": key, "outcome": outcome}, indent=1, allow_nan=False)
    write_text(_path(ws, stage), text)


@cache
def code_digest() -> str:
    """Digest of the five packages' source files."""
    root = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for path in sorted(p for name in _PACKAGES for p in (root / name).rglob("*.py")):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _read(ws: Workspace, stage: str) -> dict[str, Any] | None:
    try:
        kept = json.loads(_path(ws, stage).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return kept if isinstance(kept, dict) and {"key", "outcome"} <= set(kept) else None


def _path(ws: Workspace, stage: str) -> Path:
    return ws.state / "stages" / f"{stage}.json"
