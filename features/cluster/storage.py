"""Files on any storage that fsspec knows: Parquet tables and small JSON values.

An address is a URL (``file://``, ``memory://``, ``s3://`` ...) or a path.
"""

import json
from collections.abc import Mapping
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.core import url_to_fs

from forewarn.errors import DataError


def place(address: str, *names: str) -> str:
    """The address of something below another."""
    return "/".join([address.rstrip("/"), *names])


def make_folder(address: str) -> None:
    """Make a folder where the storage has folders."""
    files, path = url_to_fs(address)
    files.makedirs(path, exist_ok=True)


def remove_folder(address: str) -> None:
    """Remove it with all that is in it; nothing happens where it is not there."""
    files, path = url_to_fs(address)
    if files.exists(path):
        files.rm(path, recursive=True)


def write_json(address: str, value: Mapping[str, Any]) -> None:
    """Small values, as text."""
    with fsspec.open(address, "wb") as file:
        file.write(json.dumps(value, indent=1, sort_keys=True).encode())


def read_json(address: str) -> dict[str, Any]:
    """What ``write_json`` wrote; DataError where it is not there or damaged."""
    try:
        with fsspec.open(address, "rb") as file:
            found: dict[str, Any] = json.loads(file.read())
    except FileNotFoundError:
        raise DataError(f"{address} is not there: expected what 'forewarn' wrote there") from None
    except ValueError as error:
        raise DataError(f"{address} is damaged: {error}; write the folder again") from error
    return found


def write_table(address: str, table: pa.Table) -> None:
    """One Parquet file."""
    with fsspec.open(address, "wb") as file:
        pq.write_table(table, file)


def read_table(address: str, columns: list[str] | None = None) -> pa.Table:
    """One Parquet file; DataError where it is not there."""
    try:
        with fsspec.open(address, "rb") as file:
            return pq.read_table(file, columns=columns)
    except FileNotFoundError:
        raise DataError(f"{address} is not there, though its manifest names it") from None
