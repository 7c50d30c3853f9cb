"""The bytes of a text file as UTF-8: unpacked, decoded, bounded, and the very bytes promised."""

import codecs
import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from forewarn.errors import SourceError
from forewarn.sources.inputs import Input
from forewarn.sources.parsed import NOT_TEXT

_CHUNK = 1 << 20
_FREE_BYTES = 64 << 20
_MOST_EXPANSION = 500
_MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_ERRORS = "forewarn-mark"
_UTF8 = ("utf-8", "utf-8-sig", "ascii")


class _Measured(io.RawIOBase):
    """The first ``size`` bytes of a file, hashed as they pass."""

    def __init__(self, file: io.BufferedReader, size: int) -> None:
        self._file = file
        self._left = size
        self.digest = hashlib.sha256()
        self.n_bytes = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        found = self._file.read(wanted)
        self.digest.update(found)
        self._left -= len(found)
        self.n_bytes += len(found)
        return found


@dataclass
class TextStream:
    """UTF-8 bytes of a file, chunk by chunk. NOT_TEXT stands for bytes that the encoding
    does not know, so that their row can be refused and not the file.
    """

    label: str
    chunks: Iterator[bytes]

    def read(self) -> bytes:
        """The next chunk; empty at the end. Never empty before it."""
        return next(self.chunks, b"")


@contextmanager
def open_text(found: Input, *, encoding: str, digest: str | None) -> Iterator[TextStream]:
    """The text of a file. Raises SourceError where it cannot be unpacked, claims another
    encoding, expands beyond reason, or is not what ``digest`` promises any more.
    """
    try:
        with found.path.open("rb") as file:
            measured = _Measured(file, found.stamp[0])
            unpacked = _unpacked(found, measured)
            yield TextStream(found.label, _decoded(unpacked, encoding, label=found.label))
            while measured.read(_CHUNK):
                pass
    except (OSError, pa.ArrowException) as error:
        raise SourceError(f"{found.label}: cannot be read: {error}") from error
    if digest is not None and measured.digest.hexdigest() != digest:
        raise SourceError(f"{found.label}: changed while it was read; run 'forewarn ingest' again")


def _unpacked(found: Input, measured: _Measured) -> Iterator[bytes]:
    if found.compression is None:
        while chunk := measured.read(_CHUNK):
            yield chunk
        return
    file = pa.PythonFile(measured, mode="r")
    stream = pa.CompressedInputStream(file, found.compression)
    n_bytes = 0
    while chunk := stream.read(_CHUNK):
        n_bytes += len(chunk)
        if n_bytes > _FREE_BYTES and n_bytes > _MOST_EXPANSION * measured.n_bytes:
            raise SourceError(
                f"{found.label}: unpacks to more than {_MOST_EXPANSION} times its size; unpack "
                f"it yourself if that is right"
            )
        yield chunk


def _decoded(chunks: Iterator[bytes], encoding: str, *, label: str) -> Iterator[bytes]:
    """Valid UTF-8 without a byte-order mark; NOT_TEXT stands where bytes cannot be decoded."""
    first = next(chunks, b"")
    name = codecs.lookup(encoding).name
    if name in _UTF8:
        _refuse_other_mark(first, encoding, label=label)
        first = first.removeprefix(codecs.BOM_UTF8)
    codecs.register_error(_ERRORS, _mark)
    decoder = codecs.getincrementaldecoder(encoding)(errors=_ERRORS)
    yield from _text(decoder.decode(first).removeprefix("\ufeff"))
    for chunk in chunks:
        yield from _text(decoder.decode(chunk))
    yield from _text(decoder.decode(b"", final=True))


def _text(text: str) -> Iterator[bytes]:
    if text:
        yield text.encode("utf-8")


def _mark(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return NOT_TEXT, error.end
    raise error


def _refuse_other_mark(first: bytes, encoding: str, *, label: str) -> None:
    for mark, name in _MARKS:
        if first.startswith(mark):
            raise SourceError(
                f"{label}: begins with the byte-order mark of {name}, but its source says "
                f"'encoding: {encoding}'; set 'encoding: {name}'"
            )
