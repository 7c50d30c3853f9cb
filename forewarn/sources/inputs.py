"""The files of a source: which they are, and whether they changed since the last ingest."""

import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forewarn.config import Source
from forewarn.errors import SourceError
from forewarn.files import sha256_of

_PACKED = {".gz": "gzip", ".bz2": "bz2", ".zst": "zstd"}
_FORMATS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl",
}  # fmt: skip


@dataclass(frozen=True)
class Input:
    """One file. ``label``: how messages and quarantine name it. ``stamp``: size and times."""

    path: Path
    label: str
    format: str
    compression: str | None
    stamp: tuple[int, int, int]


def find_inputs(source: Source, *, root: Path) -> list[Input]:
    """The files that a source's path or glob names, by name; raises SourceError without any."""
    pattern = str(source.path)
    folder = Path(pattern).anchor or root
    relative = str(Path(pattern).relative_to(Path(pattern).anchor))
    is_glob = any(c in pattern for c in "*?[")
    paths = sorted(Path(folder).glob(relative)) if is_glob else [root / pattern]
    paths = [p for p in paths if not is_glob or p.is_file()]
    if not paths:
        raise SourceError(f"source {source.name!r}: no file matches {pattern!r} in {root}")
    return [_input(source, p, label=_label(p, root)) for p in paths]


def digest_of(found: Input, before: Mapping[str, Any] | None) -> str:
    """SHA-256 of a file; the remembered one where size and times are unchanged."""
    if before is not None and before.get("stamp") == list(found.stamp):
        return str(before["sha256"])
    return sha256_of(found.path, size=found.stamp[0])


def _input(source: Source, path: Path, *, label: str) -> Input:
    try:
        status = path.stat()
    except OSError as error:
        raise SourceError(
            f"source {source.name!r}: {label} cannot be read: {error.strerror}; check 'path' in "
            f"forewarn.yaml"
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise SourceError(f"source {source.name!r}: {label} is not a regular file")
    compression = _PACKED.get(path.suffix.lower())
    plain = path.with_suffix("") if compression else path
    kind = source.format or _FORMATS.get(plain.suffix.lower())
    if kind is None:
        raise SourceError(
            f"source {source.name!r}: the ending of {label} tells no format; set 'format' to "
            f"csv, parquet or jsonl"
        )
    return Input(
        path, label, kind, compression, (status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    )


def _label(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)
