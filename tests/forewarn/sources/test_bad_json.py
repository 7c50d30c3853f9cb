"""Every JSON case of the list of bad input: each line is judged on its own."""

from collections.abc import Callable

import pytest

from forewarn.errors import SourceError
from forewarn.ingest import ingest
from forewarn.quarantine import read_quarantine
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

Make = Callable[..., Workspace]
SOURCE = """
  - name: tickets
    shape: flat_tickets
    path: tickets.jsonl
    time_zone: UTC
    columns: {ticket_id: key, created_at: opened, customer_id: who.id}
"""
GOOD = '{"key": "T0", "opened": "2026-03-01"}'


@pytest.fixture
def lines(workspace: Make) -> Callable[..., Workspace]:
    """A workspace of one JSON Lines file."""

    def make(*rows: str | bytes) -> Workspace:
        content = b"\n".join(r if isinstance(r, bytes) else r.encode() for r in rows)
        more = "ingest: {max_quarantined_share: 1}\n"
        return workspace(SOURCE, more=more, tickets__jsonl=content)

    return make


def test_values(lines: Make) -> None:
    """Numbers keep their digits, keys may lack or lie inside an object, blank lines are none."""
    ws = lines(
        '{"key": 1E5, "opened": "2026-03-01T10:00:00+01:00"}',
        "",
        '{"who": {"id": 7}, "opened": "2026-03-01", "key": "T2", "more": [1, {"x": 2}]}',
    )
    ingest(ws)
    tickets = read_tables(ws.tables).tickets
    assert tickets["ticket_id"].tolist() == ["1E5", "T2"]
    assert tickets["customer_id"].tolist()[1] == "7"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"key": "T1", "key": "T2", "opened": "2026-03-01"}', "a key given twice"),
        ('{"key": ' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
        ('{"key": ' + "1" * 10**6 + ', "opened": "2026-03-01"}', "longer than 1,000 characters"),
        (GOOD + " " + GOOD, "not one JSON object (cut off, or more than one)"),
        ('{"key": "T1", "ope', "not one JSON object (cut off, or more than one)"),
        ("7", "not a JSON object"),
        ('{"key": ["T1"], "opened": "2026-03-01"}', "an object or a list where a value must be"),
        (b'{"key": "M\xfcller", "opened": "2026-03-01"}', "bytes that are not text"),
        ('{"key": NaN, "opened": "2026-03-01"}', "nothing where a value must be"),
        ('{"key": "T1", "pad": "' + "x" * (17 << 20) + '"}', "a line of more than 16 MB"),
    ],
    ids=["repeat", "depth", "digits", "trailing", "cut", "scalar", "list", "bytes", "nan", "long"],
)  # fmt: skip
def test_bad_line(lines: Make, line: str | bytes, reason: str) -> None:
    """A bad line is refused with its number and reason; the lines around it stay."""
    ws = lines(GOOD, line, '{"key": "T9", "opened": "2026-03-02"}')
    ingest(ws)
    frame = read_quarantine(ws)
    assert list(zip(frame["row"], frame["reason"], strict=True)) == [(2, reason)]
    assert read_tables(ws.tables).tickets["ticket_id"].tolist() == ["T0", "T9"]


def test_lone_surrogate(lines: Make) -> None:
    """Half of a surrogate pair, which JSON can spell, becomes a question mark."""
    ws = lines('{"key": "T\\ud800", "opened": "2026-03-01"}')
    ingest(ws)
    assert read_tables(ws.tables).tickets["ticket_id"].tolist() == ["T?"]


@pytest.mark.parametrize(
    ("content", "message"),
    [("", "is empty; expected one JSON object per line"), ("[\n{}\n]", "is a JSON array")],
)
def test_not_lines(lines: Make, content: str, message: str) -> None:
    """An empty file and a JSON array are refused with what is expected."""
    with pytest.raises(SourceError, match=message):
        ingest(lines(content))
