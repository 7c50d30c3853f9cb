"""Every CSV case of the list of bad input: accepted, quarantined with its reason, or refused."""

import bz2
import contextlib
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from forewarn.errors import DataError, ForewarnError, SourceError
from forewarn.ingest import ingest
from forewarn.quarantine import read_quarantine
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

Flat = Callable[..., Workspace]

GOOD = "id,opened,closed\nT1,2026-03-01 09:00,2026-03-01 12:00\nT2,2026-03-02 09:00,\n"


def ids(ws: Workspace) -> list[str]:
    """Ticket ids after an ingest."""
    ingest(ws)
    return list(read_tables(ws.tables).tickets["ticket_id"])


def refused(ws: Workspace) -> list[tuple[int, str | None, str | None, str]]:
    """Row, column, value and reason of all that an ingest refuses."""
    ingest(ws)
    frame = read_quarantine(ws).astype(object)
    frame = frame.where(frame.notna(), None)
    return [tuple(row) for row in frame[["row", "column", "value", "reason"]].to_numpy()]  # type: ignore[misc]


def test_good_file(flat: Flat) -> None:
    """A plain file gives one ticket per row and an event per time."""
    ws = flat(GOOD)
    report = ingest(ws)
    tables = read_tables(ws.tables)
    assert (report.n_read, report.n_refused, report.is_changed) == (2, 0, True)
    assert list(tables.tickets["created_at"]) == [
        pd.Timestamp("2026-03-01T09:00Z"),
        pd.Timestamp("2026-03-02T09:00Z"),
    ]
    assert list(tables.ticket_events["kind"]) == ["created", "closed", "created"]
    assert tables.watermark == pd.Timestamp("2026-03-02T09:00Z")


@pytest.mark.parametrize("content", ["", "\n", "\r\n\r\n"])
def test_empty_file(flat: Flat, content: str) -> None:
    """An empty file is refused by name."""
    with pytest.raises(SourceError, match=r"tickets\.csv: is empty; expected a header and rows"):
        ingest(flat(content))


@pytest.mark.parametrize("content", ["id,opened,closed", "id,opened,closed\n"])
def test_header_only(flat: Flat, content: str) -> None:
    """A header without rows, and no other source of tickets, is told as no tickets at all."""
    with pytest.raises(DataError, match="the sources hold no ticket"):
        ingest(flat(content))


def test_missing_column(flat: Flat) -> None:
    """A column that the mapping names and the file lacks is refused with what is there."""
    with pytest.raises(SourceError) as caught:
        ingest(flat("id,opend,closed\nT1,2026-03-01,\n"))
    assert str(caught.value) == (
        "tickets.csv: no column 'opened', which source 'tickets' maps as 'created_at'; did you "
        "mean 'opend'?. It has: 'id', 'opend', 'closed'. Map it under 'columns' in forewarn.yaml"
    )


def test_look_alike_header(flat: Flat) -> None:
    """A header with a Cyrillic letter is told from the Latin one."""
    with pytest.raises(SourceError, match=r"'\\u043epened' looks like it but is written differ"):
        ingest(flat("id,\u043epened,closed\nT1,2026-03-01,\n"))


def test_repeated_column(flat: Flat) -> None:
    """Two columns of one name cannot be told apart."""
    with pytest.raises(SourceError, match=r"column 'opened' stands in the header 2 times \(col"):
        ingest(flat("id,opened,closed,opened\nT1,2026-03-01,,2026-03-02\n"))


def test_extra_and_reordered_columns(flat: Flat) -> None:
    """Order does not matter, and columns that nothing names are left alone."""
    ws = flat("note,closed,id,opened,\nx,,T1,2026-03-01,y\n")
    assert ids(ws) == ["T1"]


def test_other_delimiter(flat: Flat) -> None:
    """The wrong delimiter is recognised; the right one is read."""
    content = "id;opened;closed\nT1;2026-03-01;\n"
    with pytest.raises(SourceError, match="the whole header is one column: is the delimiter ';'"):
        ingest(flat(content))
    assert ids(flat(content, settings='    delimiter: ";"')) == ["T1"]


def test_sep_line(flat: Flat) -> None:
    """A spreadsheet's 'sep=' line tells the delimiter."""
    assert ids(flat("sep=;\r\nid;opened;closed\r\nT1;2026-03-01;\r\n")) == ["T1"]


def test_byte_order_mark(flat: Flat) -> None:
    """A UTF-8 mark is no part of the first column's name."""
    assert ids(flat(b"\xef\xbb\xbf" + GOOD.encode())) == ["T1", "T2"]


def test_utf16(flat: Flat) -> None:
    """UTF-16 is read where it is declared, and named where it is not."""
    content = GOOD.encode("utf-16")
    with pytest.raises(SourceError, match="byte-order mark of utf-16, but its source says"):
        ingest(flat(content))
    assert ids(flat(content, settings="    encoding: utf-16")) == ["T1", "T2"]
    with pytest.raises(SourceError, match="its header holds NUL bytes; is it UTF-16"):
        ingest(flat(GOOD.encode("utf-16-le")))


def test_cp1252(flat: Flat) -> None:
    """A declared eight-bit encoding is read."""
    ws = flat(
        "id,opened,closed\nM\xfcller,2026-03-01,\n".encode("cp1252"),
        settings="    encoding: cp1252",
    )
    assert ids(ws) == ["M\xfcller"]


def test_broken_encoding(flat: Flat) -> None:
    """A row with bytes that the encoding does not know is refused, the others stay."""
    ws = flat(b"id,opened,closed\nM\xfcller,2026-03-01,\nT2,2026-03-02,\n")
    assert [(r[0], r[3]) for r in refused(ws)] == [(2, "bytes that are not text")]
    assert ids(ws) == ["T2"]


def test_truncated_utf16(flat: Flat) -> None:
    """Half a character at the end spoils the row it stands in only."""
    ws = flat(GOOD.encode("utf-16")[:-1], settings="    encoding: utf-16")
    assert ids(ws)[0] == "T1"


def test_nul(flat: Flat) -> None:
    """A NUL in a value is refused with its row."""
    ws = flat("id,opened,closed\nT\x001,2026-03-01,\nT2,2026-03-02,\n")
    assert refused(ws) == [(2, "id", "T\x001", "holds an unprintable character")]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_line_ends(flat: Flat, end: str) -> None:
    """Every kind of line end is one."""
    assert ids(flat(GOOD.replace("\n", end))) == ["T1", "T2"]


def test_mixed_line_ends(flat: Flat) -> None:
    """Line ends may be mixed."""
    assert ids(flat("id,opened,closed\r\nT1,2026-03-01,\nT2,2026-03-01,\rT3,2026-03-01,")) == [
        "T1", "T2", "T3",
    ]  # fmt: skip


def test_unclosed_quote(flat: Flat) -> None:
    """A quote that is never closed would swallow the rest: the file is refused with its row."""
    with pytest.raises(SourceError, match=r"tickets\.csv, row 3: a quote is opened and never clo"):
        ingest(flat('id,opened,closed\nT1,2026-03-01,\n"T2,2026-03-02,\nT3,2026-03-03,\n'))


def test_newline_in_field(flat: Flat) -> None:
    """A quoted line break belongs to its value, and rows are still counted right."""
    ws = flat('id,opened,closed,note\nT1,2026-03-01,,"a\nb"\nT2,x,,"c"\n')
    assert [r[:3] for r in refused(ws)] == [(3, "opened", "x")]


def test_ragged_rows(flat: Flat) -> None:
    """Rows with too few or too many columns are refused with their text."""
    ws = flat("id,opened,closed\nT1,2026-03-01\nT2,2026-03-02,,x\nT3,2026-03-03,\n")
    assert refused(ws) == [
        (2, None, "T1,2026-03-01", "2 columns where the header has 3"),
        (3, None, "T2,2026-03-02,,x", "4 columns where the header has 3"),
    ]
    assert ids(ws) == ["T3"]


def test_truncated_last_line(flat: Flat) -> None:
    """A last line that was cut off is refused; one that only lacks its end is not."""
    ws = flat("id,opened,closed\nT1,2026-03-01,\nT2,2026-03-0")
    assert [(r[0], r[3]) for r in refused(ws)] == [(3, "2 columns where the header has 3")]


def test_repeated_header_and_total(flat: Flat) -> None:
    """A header in the middle and a total at the end are told from tickets."""
    ws = flat("id,opened,closed\nT1,2026-03-01,\nid,opened,closed\nTotal,1,\n")
    assert [(r[0], r[3]) for r in refused(ws)] == [
        (3, "the header again"),
        (4, "a bare number is not a time: set time_format to epoch_s, epoch_ms or excel"),
    ]


def test_blank_rows(flat: Flat) -> None:
    """Blank rows are counted and otherwise nothing."""
    report = ingest(flat("id,opened,closed\n\nT1,2026-03-01,\n,,\n\n"))
    assert (report.n_read, report.n_refused, report.n_blank) == (1, 0, 3)


def test_large_field(flat: Flat) -> None:
    """A value of 10 MB is read where it is not mapped, and refused where it is an id."""
    note = "x" * 10_000_000
    ws = flat(f"id,opened,closed,note\nT1,2026-03-01,,{note}\n{note},2026-03-01,,\n")
    assert [(r[0], r[3]) for r in refused(ws)] == [(3, "longer than 1,000 characters")]
    assert ids(ws) == ["T1"]


def test_no_line_end(flat: Flat) -> None:
    """A file without line ends is no CSV."""
    with pytest.raises(SourceError, match="no line ends within 16 MB"):
        ingest(flat("x" * (17 << 20)))


def test_many_columns(flat: Flat) -> None:
    """100,000 columns are read, and a message about them stays short."""
    extra = ",".join(f"c{i}" for i in range(100_000))
    values = "," * 99_999
    assert ids(flat(f"id,opened,closed,{extra}\nT1,2026-03-01,,{values}\n")) == ["T1"]
    with pytest.raises(SourceError) as caught:
        ingest(flat(f"id,closed,{extra}\nT1,,{values}\n"))
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    ("ending", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".zst", lambda content: pa.compress(content, "zstd", asbytes=True)),
    ],
)
def test_compressed(flat: Flat, ending: str, pack: Callable[[bytes], bytes]) -> None:
    """gzip, bzip2 and Zstandard are unpacked while reading."""
    ws = flat("")
    path = ws.root / f"tickets.csv{ending}"
    path.write_bytes(pack(GOOD.encode()))
    config = ws.config_path.read_text().replace("tickets.csv", path.name)
    ws.config_path.write_text(config)
    assert ids(Workspace(ws.root)) == ["T1", "T2"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (gzip.compress(os.urandom(1000) + GOOD.encode())[:-100], "cannot be read: Truncated"),
        (b"no gzip", "cannot be read"),
        (gzip.compress(b"id,opened,closed\n" + b"T1,2026-03-01,\n" * 6_000_000), "unpacks to more"),
    ],
    ids=["cut", "not gzip", "bomb"],
)
def test_bad_compression(flat: Flat, content: bytes, message: str) -> None:
    """A cut, false or exploding archive is refused."""
    ws = flat("")
    (ws.root / "tickets.csv.gz").write_bytes(content)
    config = ws.config_path.read_text().replace("tickets.csv", "tickets.csv.gz")
    ws.config_path.write_text(config)
    with pytest.raises(SourceError, match=message):
        ingest(Workspace(ws.root))


def test_not_a_file(flat: Flat) -> None:
    """Folders, pipes and missing files are refused, never waited for."""
    ws = flat(GOOD)
    path = ws.root / "tickets.csv"
    path.unlink()
    with pytest.raises(SourceError, match=r"tickets\.csv cannot be read: No such file"):
        ingest(ws)
    path.mkdir()
    with pytest.raises(SourceError, match="is not a regular file"):
        ingest(ws)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(SourceError, match="is not a regular file"):
        ingest(ws)


def test_too_many_refused(flat: Flat) -> None:
    """Above the configured share nothing is changed, and the message says what was wrong."""
    good = "id,opened,closed\n" + "".join(f"T{i},2026-03-01,\n" for i in range(9))
    ws = flat(good, most=0.1)
    before = ingest(ws)
    (ws.root / "tickets.csv").write_text(good + "T9,x,\n")
    assert ingest(ws).n_refused == 1
    (ws.root / "tickets.csv").write_text(good + "T9,x,\nT10,y,\n")
    with pytest.raises(DataError) as caught:
        ingest(ws)
    assert str(caught.value) == (
        "source 'tickets': 2 of 11 rows were refused (18.2%; at most 10.0% may be, see "
        "ingest.max_quarantined_share). Nothing was changed.\n"
        "  2 times: not a time: expected ISO 8601, such as 2026-03-01 09:30, or set time_format; "
        "first: tickets.csv, row 11, column 'opened', value 'x'"
    )
    assert read_tables(ws.tables).digest == before.digest


def test_growing_file(flat: Flat, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that grows while it is read is read up to where it ended; the rest comes next."""
    ws = flat(GOOD)
    path = ws.root / "tickets.csv"
    real = Path.open

    def grow_first(self: Path, *args: object, **kwargs: object) -> object:
        if self == path and path.stat().st_size == len(GOOD):
            with real(path, "a") as file:
                file.write("T3,2026-03-03,\n")
        return real(self, *args, **kwargs)  # type: ignore[call-overload]

    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", grow_first)
        assert ids(ws) == ["T1", "T2"]
    assert ids(ws) == ["T1", "T2", "T3"]


def test_every_failure_is_typed(flat: Flat) -> None:
    """Random bytes are refused or quarantined; nothing else is raised."""
    for seed in range(12):
        noise = bytes((seed * 31 + i * i * 7) % 256 for i in range(997))
        ws = flat(b"id,opened,closed\n" + noise)
        with contextlib.suppress(ForewarnError):
            ingest(ws)
