"""Options that several commands share, and what they stand for."""

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forewarn.errors import ForewarnError

if TYPE_CHECKING:
    from forewarn.workspace import Workspace

WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace", "-w", envvar="FOREWARN_WORKSPACE", help="Folder that holds forewarn.yaml."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print CSV, safe to open as a spreadsheet.")]
HERE = Path()


class Form(StrEnum):
    """How rows are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def form_of(*, as_json: bool, as_csv: bool) -> Form:
    """The form that ``--json`` and ``--csv`` ask for; both at once is a usage error."""
    if as_json and as_csv:
        raise typer.BadParameter("--json and --csv exclude each other")
    return Form.JSON if as_json else Form.CSV if as_csv else Form.TABLE


def open_workspace(folder: Path) -> "Workspace":
    """The workspace of a folder, its configuration already validated; raises ConfigError."""
    from forewarn.workspace import Workspace

    workspace = Workspace(folder.expanduser().resolve())
    _ = workspace.config
    return workspace


def parse_instant(text: str | None, *, option: str) -> dt.datetime | None:
    """Read an ISO 8601 instant such as ``2016-05-25T10:00Z``; an offset is required."""
    if text is None:
        return None
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InstantError(option, text, "is not an ISO 8601 instant") from None
    if instant.tzinfo is None:
        raise InstantError(option, text, "has no time zone")
    return instant.astimezone(dt.UTC)


class InstantError(ForewarnError):
    """An option that should be an instant is not one."""

    exit_code = 2

    def __init__(self, option: str, text: str, fault: str) -> None:
        super().__init__(
            f"{option} {text!r} {fault}; expected for example 2026-05-25T10:00Z "
            "or 2026-05-25T12:00+02:00"
        )
