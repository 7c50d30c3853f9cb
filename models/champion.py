"""The model that serves here: a pointer file and checked bundles, without any registry."""

import json
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

from forewarn.errors import ModelError
from forewarn.files import write_text
from forewarn.workspace import Workspace
from models.bundle import ModelBundle, load_bundle, save_bundle
from models.bundle_files import read_bundle

_KEPT_BUNDLES = 3


@dataclass(frozen=True)
class Pointer:
    """What serves. ``digest``: of its manifest; ``lightgbm``: the version it was rehearsed with."""

    version: str
    digest: str
    lightgbm: str
    installed_at: str


def keep_bundle(ws: Workspace, bundle: ModelBundle) -> str:
    """Save the bundle under its content, rehearse it in a child, return the manifest's digest.

    Raises ModelError where it does not load: such a model is never registered.
    """
    (ws.models / "bundles").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fresh-", dir=ws.models / "bundles") as name:
        fresh = Path(name) / "bundle"
        digest = save_bundle(bundle, fresh)
        load_bundle(fresh, digest=digest)
        adopt(ws, fresh, digest=digest)
    return digest


def install(ws: Workspace, *, version: str, digest: str) -> None:
    """Let the kept and rehearsed bundle of this digest serve from the next run on."""
    pointer = Pointer(version, digest, _lightgbm(), datetime.now(UTC).isoformat())
    write_text(_path(ws), json.dumps(asdict(pointer), indent=1, sort_keys=True))
    beside = _read(_shadow_path(ws))
    if beside is not None and beside.version == version:
        _shadow_path(ws).unlink(missing_ok=True)
        beside = None
    _forget_old(ws, keep={digest, *([beside.digest] if beside else [])})


def shadow(ws: Workspace, *, version: str, digest: str) -> None:
    """Let the kept and rehearsed bundle be scored beside the champion, without effect."""
    pointer = Pointer(version, digest, _lightgbm(), datetime.now(UTC).isoformat())
    write_text(_shadow_path(ws), json.dumps(asdict(pointer), indent=1, sort_keys=True))


def read_pointer(ws: Workspace) -> Pointer | None:
    """What serves, or None where nothing does (or the pointer is damaged)."""
    return _read(_path(ws))


def load_shadow(ws: Workspace) -> ModelBundle | None:
    """The challenger to be scored in the champion's shadow; None where there is none.

    None as well where its copy is not sound: a challenger must never disturb a run.
    """
    pointer = _read(_shadow_path(ws))
    if pointer is None:
        return None
    try:
        return _load(ws, pointer)
    except ModelError:
        return None


def load_installed(ws: Workspace) -> ModelBundle:
    """The bundle that serves; raises ModelError where there is none, or it was altered."""
    pointer = read_pointer(ws)
    if pointer is None:
        raise ModelError("no model serves yet: run 'forewarn train'")
    return _load(ws, pointer)


def load_champion(ws: Workspace, *, refresh: bool = False) -> ModelBundle:
    """The model that serves, from the workspace's own checked copy: no call to the registry.

    ``refresh`` asks the registry first, as is done where the copy is missing or was altered.
    Where the registry is away the copy serves, and ``note`` says so. Raises ModelError with
    every reason where there is no sound model at all.
    """
    try:
        kept: ModelBundle | None = load_installed(ws)
        trouble = ""
    except ModelError as error:
        kept, trouble = None, str(error)
    if kept is not None and not refresh:
        return kept
    from models.registry import fetch_champion

    pointer = read_pointer(ws)
    try:
        fetched = fetch_champion(ws)
    except ModelError as error:
        if kept is None or pointer is None:
            raise ModelError(str(error) if pointer is None else f"{trouble}; {error}") from error
        note = f"{error}; the copy installed at {pointer.installed_at} serves"
        return replace(kept, note=note)
    was_altered = pointer is not None and kept is None
    return replace(fetched, note=f"{trouble}; fetched again" if was_altered else None)


def bundle_folder(ws: Workspace, digest: str) -> Path:
    """Where the bundle with this manifest is kept."""
    return ws.models / "bundles" / digest[:32]


def adopt(ws: Workspace, fresh: Path, *, digest: str) -> None:
    """Move a checked folder to its place, unless a sound one stands there already."""
    folder = bundle_folder(ws, digest)
    try:
        read_bundle(folder, digest=digest)
    except ModelError:
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh.replace(folder)


def _path(ws: Workspace) -> Path:
    return ws.models / "champion.json"


def _shadow_path(ws: Workspace) -> Path:
    return ws.models / "challenger.json"


def _read(path: Path) -> Pointer | None:
    try:
        value: Any = json.loads(path.read_text("utf-8"))
        return Pointer(**{k: str(v) for k, v in value.items()})
    except (OSError, ValueError, TypeError, AttributeError):
        return None


def _load(ws: Workspace, pointer: Pointer) -> ModelBundle:
    rehearse = pointer.lightgbm != _lightgbm()
    folder = bundle_folder(ws, pointer.digest)
    bundle = load_bundle(folder, digest=pointer.digest, rehearse=rehearse)
    return replace(bundle, version=pointer.version)


def _lightgbm() -> str:
    return installed_version("lightgbm")


def _forget_old(ws: Workspace, *, keep: set[str]) -> None:
    """Keep the newest few, and those of ``keep``; the registry has them all."""
    kept = {bundle_folder(ws, digest) for digest in keep}
    folders = sorted((ws.models / "bundles").iterdir(), key=lambda p: p.stat().st_mtime)
    for folder in folders[:-_KEPT_BUNDLES]:
        if folder not in kept:
            shutil.rmtree(folder, ignore_errors=True)
