"""The stages ingest and history: from sources to streams on disk."""

from typing import TYPE_CHECKING

from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines.locks import exclusive

if TYPE_CHECKING:
    from features.history import History
    from forewarn.ingest import IngestReport
    from forewarn.tables import Tables


def run_ingest(
    ws: Workspace, *, rebuild: bool = False, progress: Progress = silent
) -> "IngestReport":
    """Read what is new (or everything again) into the canonical tables."""
    from forewarn.ingest import ingest

    with exclusive(ws, "tables", progress=progress):
        return ingest(ws, rebuild=rebuild, progress=progress)


def run_history(ws: Workspace, *, progress: Progress = silent) -> "History":
    """The built history of the tables; built only where there is none of their content."""
    return read_history(ws, progress=progress)[1]


def read_history(ws: Workspace, *, progress: Progress = silent) -> tuple["Tables", "History"]:
    """The tables and their history, both of one ingest."""
    from features.history import build_history
    from forewarn.tables import read_tables

    with exclusive(ws, "tables", progress=progress):
        tables = read_tables(ws.tables)
        return tables, build_history(tables, ws.config, folder=ws.history, progress=progress)


def part_of(progress: Progress, start: float, end: float) -> Progress:
    """A part of a stage that tells its own progress from 0 to 1."""
    return lambda message, done: progress(message, start + (end - start) * done)
