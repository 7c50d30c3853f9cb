"""How rows are printed."""

import csv
import datetime as dt
import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.cli.options import Form
from pipelines.cli.rows import Column, emit, printable, to_csv

_ROWS = [
    {"ticket_id": "T1", "risk": 0.25, "due_at": dt.datetime(2026, 5, 25, 10, tzinfo=dt.UTC)},
    {"ticket_id": "=HYPERLINK(1)", "risk": math.nan, "due_at": None},
]


def test_json_holds_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    """Instants become ISO 8601, missing numbers null."""
    emit(_ROWS, columns=(), form=Form.JSON, title="")
    assert json.loads(capsys.readouterr().out) == [
        {"ticket_id": "T1", "risk": 0.25, "due_at": "2026-05-25T10:00:00+00:00"},
        {"ticket_id": "=HYPERLINK(1)", "risk": None, "due_at": None},
    ]


def test_csv_holds_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    """The first line names the keys; missing values are empty."""
    emit(_ROWS, columns=(), form=Form.CSV, title="")
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["ticket_id", "risk", "due_at"],
        ["T1", "0.25", "2026-05-25T10:00:00+00:00"],
        ["'=HYPERLINK(1)", "", ""],
    ]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra"])
def test_csv_neutralises_formulas(text: str) -> None:
    """A text that a spreadsheet would run begins with an apostrophe."""
    rows = list(csv.reader(io.StringIO(to_csv([{"subject": text}]), newline="")))
    assert rows[1] == [f"'{text}"]


def test_csv_leaves_numbers_alone() -> None:
    """A negative number is no formula."""
    assert to_csv([{"left": -3.5, "n": -2}]) == "left,n\r\n-3.5,-2\r\n"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_csv_cells_never_start_a_formula(text: str) -> None:
    """Whatever the text, the parsed cell does not begin like a formula."""
    rows = list(csv.reader(io.StringIO(to_csv([{"a": "x", "subject": text}]), newline="")))
    assert not rows[1][1].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_table_shows_hostile_text_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """Neither Rich markup nor escape sequences nor direction marks in data do anything."""
    rows = [{"subject": "[red]a[/red] \x1b[31m \u202e"}]
    columns = (Column("subject", lambda row: str(row["subject"])),)
    emit(rows, columns=columns, form=Form.TABLE, title="Queue")
    assert "[red]a[/red] \ufffd[31m \ufffd" in capsys.readouterr().out


def test_newlines_do_not_break_a_table_row() -> None:
    """A newline in a subject is a control character like the others."""
    assert printable("a\nb") == "a\ufffdb"
