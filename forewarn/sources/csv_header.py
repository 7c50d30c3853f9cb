"""The first record of a CSV file: names of columns, and where the rows begin."""

import csv
import re

from forewarn.errors import SourceError
from forewarn.sources.parsed import NOT_TEXT
from forewarn.sources.streams import TextStream

_MOST_HEADER = 16 << 20
_SEPARATOR_LINE = re.compile(rb"sep=(.)\r?\n?", re.IGNORECASE)


def read_header(stream: TextStream, delimiter: str) -> tuple[list[str], bytes, str]:
    """Names of the columns, the bytes after them, and the delimiter (a ``sep=`` line tells it).

    Raises SourceError for an empty file and for something that is no text.
    """
    start = stream.read()
    if told := _SEPARATOR_LINE.match(start):
        delimiter, start = told[1].decode("ascii", "replace"), start[told.end() :]
    while (end := _record_end(start)) is None and len(start) < _MOST_HEADER:
        more = stream.read()
        if not more:
            break
        start += more
    if not start.strip():
        raise SourceError(f"{stream.label}: is empty; expected a header and rows")
    if end is None and len(start) >= _MOST_HEADER:
        raise SourceError(f"{stream.label}: no line ends within 16 MB; this is no CSV file")
    end = len(start) if end is None else end
    first, rest = (
        start[:end],
        start[end:].removeprefix(b"\n" if start[:end].endswith(b"\r") else b""),
    )
    if b"\0" in first:
        raise SourceError(
            f"{stream.label}: its header holds NUL bytes; is it UTF-16? Set 'encoding: utf-16-le'"
        )
    return _names(first, delimiter, label=stream.label), rest, delimiter


def _names(first: bytes, delimiter: str, *, label: str) -> list[str]:
    text = first.decode("utf-8").rstrip("\r\n")
    if NOT_TEXT in text:
        raise SourceError(
            f"{label}, row 1: the header is not in the declared encoding; set 'encoding', such as "
            f"cp1252 or utf-16"
        )
    limit = csv.field_size_limit(_MOST_HEADER)
    try:
        return [n.strip() for n in next(csv.reader([text], delimiter=delimiter))]
    except (csv.Error, StopIteration) as error:
        raise SourceError(f"{label}, row 1: not a readable header: {error}") from None
    finally:
        csv.field_size_limit(limit)


def _record_end(start: bytes) -> int | None:
    """Where the first record ends: after the first line break outside quotes."""
    n_quotes, counted = 0, 0
    for found in re.finditer(rb"\r\n|\n|\r(?!$)", start):
        n_quotes += start.count(b'"', counted, found.start())
        counted = found.start()
        if n_quotes % 2 == 0:
            return found.end()
    return None
