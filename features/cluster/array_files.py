"""Files of many arrays, written one after the other and read one by one, on any storage.

The arrays' bytes come first, then a directory of them (JSON), last its length. Thousands of
small arrays go through such files; those of NumPy take ten times as long to open.
"""

import json
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

import fsspec
import numpy as np
import pyarrow as pa

from forewarn.errors import DataError

_END = struct.Struct("<Q8s")
_MAGIC = b"FWARRAYS"


class ArrayWriter:
    """Writes arrays by name."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: dict[str, list[Any]] = {}
        self._size = 0

    def write(self, name: str, array: np.ndarray) -> None:
        """``array`` may hold numbers and NumPy's own texts, but no objects."""
        if array.dtype.hasobject:
            raise TypeError(f"{name} holds objects, expected numbers")
        content = np.ascontiguousarray(array).tobytes()
        self._file.write(content)
        self._places[name] = [array.dtype.str, list(array.shape), self._size]
        self._size += len(content)

    def write_texts(self, name: str, words: pa.Array) -> None:
        """Arrow texts, as the bytes of an Arrow stream."""
        table = pa.table({"text": words})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        self.write(name, np.frombuffer(sink.getvalue(), np.uint8))

    def finish(self) -> None:
        """Write the directory."""
        directory = json.dumps(self._places).encode()
        self._file.write(directory + _END.pack(len(directory), _MAGIC))


class ArrayReader:
    """Single arrays of such a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        end = file.seek(0, 2) - _END.size
        file.seek(max(end, 0))
        size, magic = _END.unpack(file.read(_END.size))
        if magic != _MAGIC:
            raise ValueError("it was not written to its end")
        file.seek(end - size)
        self._places: dict[str, list[Any]] = json.loads(file.read(size))

    @property
    def names(self) -> list[str]:
        return list(self._places)

    def read(self, name: str) -> np.ndarray:
        """The array of this name."""
        kind, shape, offset = self._places[name]
        dtype = np.dtype(kind)
        self._file.seek(offset)
        content = self._file.read(dtype.itemsize * math.prod(shape))
        return np.frombuffer(content, dtype).reshape(shape)

    def below(self, prefix: str) -> dict[str, np.ndarray]:
        """All arrays whose names begin with ``prefix/``, without it."""
        start = f"{prefix}/"
        return {n.removeprefix(start): self.read(n) for n in self.names if n.startswith(start)}

    def read_texts(self, name: str) -> pa.Array:
        """Texts that ``write_texts`` wrote."""
        with pa.ipc.open_stream(pa.py_buffer(self.read(name))) as reader:
            column = reader.read_all().column("text")
        return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


@contextmanager
def writing_arrays(address: str) -> Iterator[ArrayWriter]:
    """Yield a writer of one file."""
    with fsspec.open(address, "wb") as file:
        writer = ArrayWriter(file)
        yield writer
        writer.finish()


@contextmanager
def reading_arrays(address: str) -> Iterator[ArrayReader]:
    """Yield a reader of one file; DataError where it is not there, or not whole."""
    try:
        opened = fsspec.open(address, "rb").open()
    except FileNotFoundError:
        raise DataError(
            f"{address} is not there: every worker must reach the storage; name one with --storage"
        ) from None
    with opened as file:
        yield _reader(file, address)


def _reader(file: BinaryIO, address: str) -> ArrayReader:
    try:
        return ArrayReader(file)
    except (ValueError, struct.error) as error:
        raise DataError(f"{address} is damaged ({error}): run the command again") from error
