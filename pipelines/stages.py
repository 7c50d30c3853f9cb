"""The stages of a run as plain functions, shared by the command line and the flows.

Each may be repeated: what is done already is not done again, and what was begun by a
killed process is begun anew. None knows who calls it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines.locks import exclusive

if TYPE_CHECKING:
    from features.history import History
    from forewarn.ingest import IngestReport

_LEARNED_FROM = ("sla", "health", "features", "training", "evaluation", "queue", "storage")


def run_ingest(
    ws: Workspace, *, rebuild: bool = False, progress: Progress = silent
) -> "IngestReport":
    """Read what is new (or everything again) into the canonical tables."""
    from forewarn.ingest import ingest

    with exclusive(ws, "tables", progress=progress):
        return ingest(ws, rebuild=rebuild, progress=progress)


def run_history(ws: Workspace, *, progress: Progress = silent) -> "History":
    """The built history of the tables; built only where there is none of their content."""
    from features.history import build_history
    from forewarn.tables import read_tables

    with exclusive(ws, "tables", progress=progress):
        tables = read_tables(ws.tables)
        return build_history(tables, ws.config, folder=ws.history, progress=progress)


def run_report(ws: Workspace, *, progress: Progress = silent) -> Path:
    """Write the managers' report; gives its path."""
    from serving.report.build import write_report

    return write_report(ws, progress=progress)
