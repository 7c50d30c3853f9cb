"""The stages of a run as plain functions, shared by the command line and the flows.

Each may be repeated: what is done already is not done again, and what was begun by a
killed process is begun anew. None knows who calls it. Modules that take long to import
are imported where they are needed.
"""

from pathlib import Path

from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from pipelines.learning import run_evaluate, run_train
from pipelines.promoting import run_promote, run_rollback
from pipelines.publishing import run_preview, run_score, run_undo
from pipelines.reading import run_history, run_ingest
from pipelines.watching import run_compare, run_effect, run_evidence

__all__ = [
    "run_compare",
    "run_effect",
    "run_evaluate",
    "run_evidence",
    "run_history",
    "run_ingest",
    "run_preview",
    "run_promote",
    "run_report",
    "run_rollback",
    "run_score",
    "run_train",
    "run_undo",
]


def run_report(ws: Workspace, *, progress: Progress = silent) -> Path:
    """Write the managers' report; gives its path."""
    from serving.report.build import write_report

    return write_report(ws, progress=progress)
