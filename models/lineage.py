"""Where a model comes from: hashes of what it learned from, versions of what made it."""

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version as installed_version
from pathlib import Path

from features.catalogue import declared_features, feature_names
from features.history import History
from forewarn import __version__
from forewarn.config import Config, clock_settings

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "lightgbm")


def training_digests(history: History, config: Config) -> dict[str, str]:
    """Hashes of what a training depends on."""
    declared = {f.name: asdict(f) for f in declared_features(history)}
    return {
        "data": history.digest,
        "features": _digest([declared[name] for name in feature_names(history, config)]),
        "policy": policy_digest(config),
        "settings": _digest(config.training.model_dump(mode="json")),
    }


def policy_digest(config: Config) -> str:
    """Of everything that labels depend on beside the facts: promises, calendars, pauses."""
    return _digest(clock_settings(config.sla))


def library_versions() -> dict[str, str]:
    """Of what can change a model: the libraries, Python, forewarn and its commit."""
    found = {name: installed_version(name) for name in _LIBRARIES}
    found |= {"python": platform.python_version(), "forewarn": __version__}
    commit = source_commit(Path(__file__).parents[1])
    return found | ({"commit": commit} if commit else {})


def source_commit(root: Path) -> str | None:
    """The commit that is checked out at ``root``; None where it is no repository."""
    try:
        head = (root / ".git" / "HEAD").read_text("utf-8").strip()
        if not head.startswith("ref: "):
            return head
        name = head.removeprefix("ref: ")
        loose = root / ".git" / name
        if loose.exists():
            return loose.read_text("utf-8").strip()
        packed = (root / ".git" / "packed-refs").read_text("utf-8").splitlines()
        return next((line.split()[0] for line in packed if line.endswith(f" {name}")), None)
    except OSError:
        return None


def _digest(value: list[Mapping[str, object]] | Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
