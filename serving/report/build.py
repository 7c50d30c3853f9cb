"""Write the managers' report."""

from pathlib import Path

from forewarn.files import write_text
from forewarn.progress import Progress, silent
from forewarn.workspace import Workspace
from serving.report.contents import compute
from serving.report.page import render
from serving.report.sources import read_sources


def write_report(ws: Workspace, *, progress: Progress = silent) -> Path:
    """Write ``report.html`` into the workspace's reports and give its path.

    The file holds all it needs: it can be sent by mail and opened anywhere. Equal data,
    run and evaluation give equal bytes. Raises DataError where nothing was ingested; a
    missing run or evaluation is said in the page.
    """
    progress("Report: reading", 0.0)
    sources = read_sources(ws)
    progress("Report: computing", 0.3)
    contents = compute(sources, ws.config)
    progress("Report: drawing", 0.6)
    path = ws.reports / "report.html"
    write_text(path, render(contents))
    progress("Report", 1.0)
    return path
