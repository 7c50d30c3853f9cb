"""Print rows as a table a person likes to read, as JSON, or as CSV."""

import csv
import datetime as dt
import io
import json
import math
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import typer

from pipelines.cli.options import Form

if TYPE_CHECKING:
    from rich.table import Table

Row = Mapping[str, Any]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ROWS_WIDE = 200


@dataclass(frozen=True)
class Column:
    """One column of a table: its title, and how a row is shown in it."""

    title: str
    show: Callable[[Row], str]
    justify: Literal["left", "right"] = "left"
    style: str | None = None
    ratio: int | None = None


def emit(rows: Sequence[Row], *, columns: Sequence[Column], form: Form, title: str) -> None:
    """Print rows on stdout in the asked form; JSON and CSV hold every key of the rows."""
    if form is Form.JSON:
        emit_json(list(rows))
    elif form is Form.CSV:
        typer.echo(to_csv(rows), nl=False)
    else:
        print_table(table_of(rows, columns=columns, title=title))


def emit_json(value: Any) -> None:
    """Print a value as indented JSON; instants become ISO 8601, missing numbers null."""
    typer.echo(json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def to_csv(rows: Sequence[Row]) -> str:
    r"""Rows as CSV; text that a spreadsheet would run as a formula gets a leading apostrophe.

    >>> to_csv([{"ticket_id": "=1+1", "score": -2.5}])
    "ticket_id,score\r\n'=1+1,-2.5\r\n"
    """
    file = io.StringIO()
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(file)
    writer.writerow(names)
    writer.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return file.getvalue()


def table_of(
    rows: Sequence[Row],
    *,
    columns: Sequence[Column],
    title: str,
    line: tuple[int, str] | None = None,
) -> "Table":
    """A Rich table; what data files say is shown as plain text, never as markup.

    ``line``: in front of which row a line is drawn, and what it says in the last column.
    """
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(
            column.title, justify=column.justify, style=column.style, ratio=column.ratio
        )
    for place, row in enumerate(rows):
        if line is not None and place == line[0]:
            table.add_section()
            table.add_row(*([""] * (len(columns) - 1)), Text(line[1], style="bold"))
            table.add_section()
        table.add_row(*(Text(printable(column.show(row))) for column in columns))
    return table


def print_table(table: "Table") -> None:
    """Print a table on stdout, as wide as the terminal; wide where stdout is a file."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=_ROWS_WIDE)
    console.print(table)


def printable(text: str) -> str:
    r"""Text without control and direction marks, which could change what a terminal shows.

    >>> printable("a\x1b[31mb")
    'a\ufffd[31mb'
    """
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cf") else c for c in text)


def _cell(value: Any) -> str | int | float | None:
    plain = _plain(value)
    if plain is None or isinstance(plain, bool | int | float):
        return plain
    text = plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _plain(value: Any) -> Any:
    """The value in JSON's terms; NaN, NaT and infinities become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return _plain_scalar(value.item() if hasattr(value, "item") else value)


def _plain_scalar(value: Any) -> Any:
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT differ from themselves
        return None
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return value.total_seconds()
    return None if isinstance(value, float) and not math.isfinite(value) else value
