"""The folder of a bundle: texts, and a manifest that holds the digest of each."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forewarn.errors import ModelError
from forewarn.files import write_text

MANIFEST = "manifest.json"
MOST_BYTES = 1 << 29
"""No file of a model is larger; anything larger is refused before it is read."""
_MOST_FILES = 64


def write_bundle(folder: Path, files: Mapping[str, str]) -> str:
    """Write the texts, then the manifest; return the manifest's digest."""
    for name, text in files.items():
        write_text(folder / name, text)
    entries = {n: {"bytes": len(t.encode()), "sha256": digest_of(t)} for n, t in files.items()}
    manifest = to_json_text({"files": entries})
    write_text(folder / MANIFEST, manifest)
    return digest_of(manifest)


def read_bundle(folder: Path, *, digest: str | None = None) -> dict[str, str]:
    """The texts that the manifest names, each with the size and digest it says.

    The bytes that are checked are the bytes that are returned: nothing is read twice.
    ``digest``: what the manifest itself must hash to, where that is known.
    Raises ModelError with the file and the reason.
    """
    text = _read(folder, MANIFEST)
    if digest is not None and digest_of(text) != digest:
        raise ModelError(
            f"refused: {folder / MANIFEST} has digest {digest_of(text)[:12]}, "
            f"expected {digest[:12]}: it was altered"
        )
    entries = _entries(text, folder)
    return {name: _checked(folder, name, entry) for name, entry in entries.items()}


def digest_of(text: str) -> str:
    """Hexadecimal SHA-256 of the text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def to_json_text(value: Mapping[str, Any]) -> str:
    """Sorted, indented, exact floats; raises ValueError on NaN."""
    return json.dumps(value, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False)


def from_json_text(files: Mapping[str, str], name: str) -> dict[str, Any]:
    """The object in one of the texts; raises ModelError where there is none."""
    try:
        value = json.loads(files[name])
    except KeyError:
        raise ModelError(f"refused: the model lacks {name}") from None
    except (ValueError, RecursionError) as error:
        raise ModelError(f"refused: {name} is not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ModelError(f"refused: {name} holds {type(value).__name__}, expected an object")
    return value


def _entries(text: str, folder: Path) -> dict[str, dict[str, Any]]:
    entries = from_json_text({MANIFEST: text}, MANIFEST).get("files")
    if not isinstance(entries, dict) or not 0 < len(entries) <= _MOST_FILES:
        raise ModelError(f"refused: {folder / MANIFEST} names no files, or too many")
    for name, entry in entries.items():
        if Path(name).name != name or name in ("", ".", "..") or not isinstance(entry, dict):
            raise ModelError(f"refused: {folder / MANIFEST} names {name!r}, which is no plain file")
    return entries


def _checked(folder: Path, name: str, entry: Mapping[str, Any]) -> str:
    text = _read(folder, name)
    size, digest = len(text.encode()), digest_of(text)
    if size != entry.get("bytes"):
        raise ModelError(
            f"refused: {folder / name} has {size} bytes, the manifest says {entry.get('bytes')}: "
            "it was cut off or altered"
        )
    if digest != entry.get("sha256"):
        raise ModelError(
            f"refused: {folder / name} has digest {digest[:12]}, the manifest says "
            f"{str(entry.get('sha256'))[:12]}: it was altered"
        )
    return text


def _read(folder: Path, name: str) -> str:
    path = folder / name
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ModelError(f"refused: {path} is larger than {MOST_BYTES} bytes")
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ModelError(f"refused: {path} is not UTF-8 text: {error}") from error
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}") from error
