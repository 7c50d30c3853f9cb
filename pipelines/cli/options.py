"""Options that several commands share, and what they stand for."""

import datetime as dt
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

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
_ZONE = ContextVar("time_zone", default=ForewarnError.time_zone)
"""Of the report of the workspace that the command has opened."""


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
    """The workspace of a folder, its configuration already validated; raises ConfigError.

    From then on errors of the command tell instants in the zone of its report.
    """
    from forewarn.workspace import Workspace

    workspace = Workspace(folder.expanduser().resolve())
    _ZONE.set(workspace.config.report.time_zone)
    return workspace


class Commands(TyperGroup):
    """All commands: an error that ends one tells its instants in the zone of the workspace."""

    def invoke(self, ctx: Any) -> Any:  # Typer's own copy of Click has no public context
        before = _ZONE.set(ForewarnError.time_zone)
        try:
            return super().invoke(ctx)
        except ForewarnError as error:
            error.time_zone = _ZONE.get()
            raise
        finally:
            _ZONE.reset(before)


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
