"""Prefect tasks: a stage each, with retries, a progress artefact and a table of what came out.

Tasks take the workspace's folder and give back small summaries; tables stay on disk.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from forewarn.errors import SourceError, StoreError
from forewarn.workspace import Workspace
from pipelines import artefacts, stages
from pipelines.figures import to_markdown as figures_page

if TYPE_CHECKING:
    from forewarn.ingest import IngestReport

RETRY_DELAYS_SECONDS = (5.0, 30.0)


def may_pass(_task: Task[Any, Any], _run: TaskRun, state: State[Any]) -> bool:
    """Whether a failure may be gone at the next try: a source or database that was away.

    A wrong configuration, bad data or a refused model stays wrong.
    """
    error = state.result(raise_on_failure=False)
    return isinstance(error, SourceError | StoreError | OSError)


stage = task(
    retries=len(RETRY_DELAYS_SECONDS),
    retry_delay_seconds=list(RETRY_DELAYS_SECONDS),
    retry_condition_fn=may_pass,
    cache_policy=NO_CACHE,
    persist_result=False,
)


@stage
def ingest(workspace: str) -> dict[str, Any]:
    """Read what is new into canonical tables."""
    with artefacts.stage_progress("ingest") as progress:
        report = stages.run_ingest(Workspace(Path(workspace)), progress=progress)
    summary = _facts(report)
    artefacts.leave_table("ingest", summary, description="Rows read, kept and refused")
    return summary


def _facts(report: "IngestReport") -> dict[str, Any]:
    return {
        "rows read": report.n_read,
        "rows refused": report.n_refused,
        **{f"rows of {name}": count for name, count in report.rows.items()},
        "complete up to": report.watermark.isoformat(),
        "digest": report.digest,
    }


@stage
def history(workspace: str) -> str:
    """Build the history of the tables; gives its digest."""
    with artefacts.stage_progress("history") as progress:
        return stages.run_history(Workspace(Path(workspace)), progress=progress).digest


@stage
def train(workspace: str) -> dict[str, Any]:
    """Fit and register the models, unless nothing has changed."""
    with artefacts.stage_progress("train") as progress:
        outcome = stages.run_train(Workspace(Path(workspace)), progress=progress)
    artefacts.leave_table("train", outcome, description="The model that was trained")
    return outcome


@stage
def evaluate(workspace: str) -> None:
    """Measure the models beside the baselines, unless nothing has changed."""
    with artefacts.stage_progress("evaluate") as progress:
        ws = Workspace(Path(workspace))
        figures = stages.run_evaluate(ws, progress=progress)
    page = figures_page(figures, time_zone=ws.config.report.time_zone)
    artefacts.leave_markdown("evaluation", page)


@stage
def evidence(workspace: str) -> dict[str, Any]:
    """Look for evidence that the champion no longer fits."""
    with artefacts.stage_progress("evidence") as progress:
        found = stages.run_evidence(Workspace(Path(workspace)), progress=progress)
    told = found["evidence"] or {"evidence": found["note"] or "none"}
    artefacts.leave_table("evidence", told, description="Why to train again")
    return {"advice": found["advice"], "evidence": dict(found["evidence"])}


@stage
def score(workspace: str) -> dict[str, Any]:
    """Score every open ticket and publish the queue."""
    with artefacts.stage_progress("score") as progress:
        run = stages.run_score(Workspace(Path(workspace)), progress=progress)
    artefacts.leave_table("score", run, description="The published run")
    return run


@stage
def report(workspace: str) -> str:
    """Write the managers' report; gives its path."""
    with artefacts.stage_progress("report") as progress:
        path = stages.run_report(Workspace(Path(workspace)), progress=progress)
    artefacts.leave_markdown("report", f"Report: `{path}`")
    return str(path)
