"""The bytes of a CSV file as Arrow's reader takes them: in blocks that hold whole rows."""

import io

from forewarn.sources.streams import TextStream

BLOCK = 16 << 20
"""No row may be longer, in bytes."""
END = "\x1dend of file\x1d"
"""Every value of the row that marks the end."""

_LEAST = 4 << 20


class CsvFeed(io.RawIOBase):
    """The rest of a file, a line end, and a row that marks the end.

    An open quote swallows that last row, which is how one is found. Blocks are small, but
    grow until a row ends in them, because Arrow wants to see one end in every block.
    """

    def __init__(self, stream: TextStream, rest: bytes, *, last_row: str) -> None:
        self._stream = stream
        self._waiting = rest
        self._last_row = last_row.encode() + b"\n"
        self._is_over = False
        self._is_quoted = rest.count(b'"') % 2 == 1
        self._last_byte = b"\n"

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        most = BLOCK if size < 0 else size
        pieces, n_bytes, has_end = [self._waiting], len(self._waiting), False
        while n_bytes < most and not (has_end and n_bytes >= _LEAST) and not self._is_over:
            piece = self._stream.read() or self._ending(pieces)
            has_end = self._ends_row(piece) or has_end
            pieces.append(piece)
            n_bytes += len(piece)
        block = b"".join(pieces)
        self._waiting = block[most:]
        self._last_byte = block[-1:] or self._last_byte
        return block[:most]

    def _ending(self, pieces: list[bytes]) -> bytes:
        """What follows the last byte of the file."""
        self._is_over = True
        last = next((p[-1:] for p in reversed(pieces) if p), self._last_byte)
        return (b"" if last in b"\r\n" else b"\n") + self._last_row

    def _ends_row(self, piece: bytes) -> bool:
        """Whether a line ends outside quotes, as far as the first and last quotes tell."""
        before, after = piece.find(b'"'), piece.rfind(b'"')
        was_quoted = self._is_quoted
        self._is_quoted ^= piece.count(b'"') % 2 == 1
        start = piece if before < 0 else piece[:before]
        end = piece[after + 1 :]
        return (not was_quoted and _has_line_end(start)) or (
            not self._is_quoted and _has_line_end(end)
        )


def _has_line_end(text: bytes) -> bool:
    return b"\n" in text or b"\r" in text
