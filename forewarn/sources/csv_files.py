"""Read CSV files of any size through Arrow, row by row where rows are broken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from forewarn.errors import SourceError
from forewarn.sources.batch import Batch, Choose, Skipped
from forewarn.sources.csv_feed import BLOCK, END, CsvFeed
from forewarn.sources.csv_header import read_header
from forewarn.sources.parsed import NOT_TEXT, mask
from forewarn.sources.streams import TextStream

_SHOWN = 200


@dataclass
class _Ragged:
    """Rows with too few or too many columns, as Arrow finds them."""

    expected: int
    known: list[int] = field(default_factory=list)
    found: list[tuple[int, str, int]] = field(default_factory=list)

    def __call__(self, row: arrow_csv.InvalidRow) -> str:
        number = int(row.number) + 1
        self.known.append(number)
        self.found.append((number, str(row.text)[:_SHOWN], int(row.actual_columns)))
        return "skip"

    def take(self) -> list[Skipped]:
        """Those found since they were last taken, by how many columns they have."""
        found, self.found = self.found, []
        counts = sorted({count for _, _, count in found})
        return [self._skipped([f for f in found if f[2] == count], count) for count in counts]

    def _skipped(self, found: list[tuple[int, str, int]], count: int) -> Skipped:
        return Skipped(
            np.array([number for number, _, _ in found], dtype=np.int64),
            pa.array([text for _, text, _ in found], pa.string()),
            f"{count} columns where the header has {self.expected}",
        )


def read_csv(stream: TextStream, choose: Choose, *, delimiter: str) -> Iterator[Batch]:
    """Batches of the chosen columns as text; the header is row 1.

    Raises SourceError for an empty file, a quote that is never closed, a row of more than
    16 MB. Rows with too few or too many columns are skipped with the reason.
    """
    header, rest, delimiter = read_header(stream, delimiter)
    chosen = choose(header)
    wanted = [str(list(header).index(c)) for c in chosen]
    ragged = _Ragged(len(header))
    feed = CsvFeed(stream, rest, last_row=delimiter.join([END] * len(header)))
    try:
        reader = _open(feed, len(header), wanted, delimiter=delimiter, ragged=ragged)
        yield from _batches(reader, ragged, chosen, label=stream.label)
    except pa.ArrowInvalid as error:
        raise SourceError(_explain(error, label=stream.label)) from error


def _open(
    feed: CsvFeed, n_columns: int, wanted: Sequence[str], *, delimiter: str, ragged: _Ragged
) -> arrow_csv.CSVStreamingReader:
    return arrow_csv.open_csv(
        pa.PythonFile(feed, mode="r"),
        read_options=arrow_csv.ReadOptions(
            use_threads=False, block_size=BLOCK, column_names=[str(i) for i in range(n_columns)]
        ),
        parse_options=arrow_csv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=ragged,
        ),
        convert_options=arrow_csv.ConvertOptions(
            include_columns=list(wanted),
            column_types=dict.fromkeys(wanted, pa.string()),
            strings_can_be_null=False,
        ),
    )


def _batches(
    reader: arrow_csv.CSVStreamingReader, ragged: _Ragged, chosen: Sequence[str], *, label: str
) -> Iterator[Batch]:
    """Rows with their numbers, until the row that marks the end."""
    following, is_over = 2, False
    for records in reader:
        rows = _numbers(following, records.num_rows, ragged)
        following = int(rows[-1]) + 1 if len(rows) else following
        table = pa.Table.from_batches([records]).rename_columns(list(chosen))
        is_over = table.num_rows > 0 and table.column(0)[-1].as_py() == END
        if is_over:
            table, rows = table.slice(0, table.num_rows - 1), rows[:-1]
        yield _readable(table, rows, ragged.take())
    if not is_over:
        at = max([following - 1, *ragged.known])
        raise SourceError(
            f"{label}, row {at}: a quote is opened and never closed, so all the rest of "
            f"the file is one value; close or remove it"
        )


def _numbers(first: int, count: int, ragged: _Ragged) -> npt.NDArray[np.int64]:
    """The next ``count`` row numbers that no skipped row has."""
    skipped = ragged.known
    candidates = np.arange(first, first + count + len(skipped), dtype=np.int64)
    return candidates[~np.isin(candidates, skipped)][:count]


def _readable(table: pa.Table, rows: npt.NDArray[np.int64], skipped: list[Skipped]) -> Batch:
    """Without blank rows; repeated headers and rows with undecodable bytes are skipped."""
    blank = np.ones(len(rows), dtype=np.bool_)
    again = np.ones(len(rows), dtype=np.bool_)
    broken = np.zeros(len(rows), dtype=np.bool_)
    for name in table.column_names:
        blank &= mask(pc.equal(table[name], ""))
        again &= mask(pc.equal(table[name], name))
        broken |= mask(pc.match_substring(table[name], NOT_TEXT))
    notes = [*skipped]
    for which, reason in ((again, "the header again"), (broken, "bytes that are not text")):
        if which.any():
            values = pc.utf8_slice_codeunits(table.column(0).filter(pa.array(which)), 0, _SHOWN)
            notes.append(Skipped(rows[which], values.combine_chunks(), reason))
    keep = ~(blank | again | broken)
    return Batch(rows[keep], table.filter(pa.array(keep)), tuple(notes), int(blank.sum()))


def _explain(error: pa.ArrowInvalid, *, label: str) -> str:
    text = str(error)
    if "straddling" in text or "out of sync" in text:
        return (
            f"{label}: a row of more than {BLOCK >> 20} MB; most likely a quote is opened and "
            f"never closed"
        )
    return f"{label}: not a readable CSV file: {text.splitlines()[0]}"
