"""A folder of arrays: written whole or not at all, read memory-mapped.

Every array is one ``.npy`` file, every list of texts and every table one Arrow file;
``manifest.json`` names them. The folder comes into being by one rename, after everything in it
is on the disk.
"""

import json
import math
import mmap
import os
import shutil
import struct
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa

from forewarn.errors import DataError

MANIFEST = "manifest.json"
_BEING_WRITTEN = ".new-"
_ABANDONED_SECONDS = 3600
_TABLE = "table.arrow"
_HEADER = struct.Struct("<8sH")
_MAGIC = b"\x93NUMPY\x01\x00"  # of .npy files of version 1.0, which all short headers have


@dataclass(frozen=True)
class ArrayFolder:
    """What a folder holds. ``about``: small JSON values; arrays are read-only."""

    about: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    texts: Mapping[str, pa.Array]
    tables: Mapping[str, pa.Table]


def write_folder(
    folder: Path,
    *,
    about: Mapping[str, Any],
    arrays: Mapping[str, np.ndarray],
    texts: Mapping[str, pa.Array],
    tables: Mapping[str, pa.Table] = MappingProxyType({}),
) -> None:
    """Write the folder atomically; nothing happens where it is there already."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=_BEING_WRITTEN))
    try:
        shapes = {}
        for name, array in arrays.items():
            np.save(temporary / _file(name, "npy"), np.ascontiguousarray(array))
            shapes[name] = [str(array.dtype), *array.shape]
        for name, words in texts.items():
            _write_table(temporary / _file(name, "arrow"), pa.table({"text": words}))
        for name, table in tables.items():
            _write_table(temporary / _file(name, _TABLE), table)
        manifest = {
            "about": dict(about), "arrays": shapes,
            "texts": sorted(texts), "tables": sorted(tables),
        }  # fmt: skip
        (temporary / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        for path in (*temporary.iterdir(), temporary):
            _sync(path)
        try:
            temporary.replace(folder)
        except OSError:
            if not folder.is_dir():
                raise
        _sync(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def open_folder(folder: Path) -> ArrayFolder:
    """Map the folder's files; raises DataError where one is missing or is not what was written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        arrays = {
            name: _map_array(folder / _file(name, "npy"), shape)
            for name, shape in manifest["arrays"].items()
        }
        texts = {name: _map_texts(folder / _file(name, "arrow")) for name in manifest["texts"]}
        tables = {name: _map_table(folder / _file(name, _TABLE)) for name in manifest["tables"]}
    except (OSError, ValueError, KeyError, TypeError, struct.error, pa.ArrowException) as error:
        raise DataError(
            f"{folder} is damaged ({error}): remove it, and run the command again to build it anew"
        ) from error
    return ArrayFolder(manifest["about"], arrays, texts, tables)


def remove_others(folder: Path) -> None:
    """Remove the folders beside this one; whoever has mapped them keeps what is mapped.

    Folders that are being written are left alone, unless their writer must have died.
    """
    for other in folder.parent.iterdir():
        if other == folder or not other.is_dir():
            continue
        is_new = other.name.startswith(_BEING_WRITTEN)
        if not is_new or time.time() - other.stat().st_mtime > _ABANDONED_SECONDS:
            shutil.rmtree(other, ignore_errors=True)


def _file(name: str, ending: str) -> str:
    return f"{name.replace('/', '.')}.{ending}"


def _map_array(path: Path, kind: list[Any]) -> np.ndarray:
    """The array, mapped read-only. ``numpy.load`` would read every header; the manifest has it."""
    dtype, shape = np.dtype(kind[0]), tuple(kind[1:])
    with path.open("rb") as file:
        start = file.read(_HEADER.size)
        magic, header = _HEADER.unpack(start)
        offset = _HEADER.size + header
        expected = offset + dtype.itemsize * math.prod(shape)
        if magic != _MAGIC or os.fstat(file.fileno()).st_size != expected:
            raise ValueError(f"{path.name} does not hold {kind}")
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return np.frombuffer(content, dtype, math.prod(shape), offset).reshape(shape)


def _write_table(path: Path, table: pa.Table) -> None:
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table.combine_chunks())


def _map_texts(path: Path) -> pa.Array:
    column = _map_table(path).column("text")
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _map_table(path: Path) -> pa.Table:
    with pa.memory_map(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
