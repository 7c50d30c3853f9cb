"""Prefect flows: each names its stages, and nothing more.

They are served by module path (``pipelines.flows.score``), so names are part of deployments.
"""

from typing import Any

from prefect import flow

from pipelines import tasks


@flow(name="forewarn-ingest")
def ingest(workspace: str) -> dict[str, Any]:
    """Read the sources and build the history."""
    report = tasks.ingest(workspace)
    tasks.history(workspace)
    return report


@flow(name="forewarn-train")
def train(workspace: str) -> dict[str, Any]:
    """Read what is new, fit the models, measure them beside the baselines."""
    tasks.ingest(workspace)
    tasks.history(workspace)
    outcome = tasks.train(workspace)
    tasks.evaluate(workspace)
    return outcome


@flow(name="forewarn-retrain")
def retrain(workspace: str) -> dict[str, Any]:
    """Read what is new; train where there is evidence of change. Never promotes."""
    tasks.ingest(workspace)
    tasks.history(workspace)
    found = tasks.evidence(workspace)
    if found["advice"] != "train":
        return found
    return found | tasks.train(workspace)


@flow(name="forewarn-score")
def score(workspace: str) -> dict[str, Any]:
    """Read what is new, score every open ticket, publish the queue."""
    tasks.ingest(workspace)
    tasks.history(workspace)
    return tasks.score(workspace)


@flow(name="forewarn-report")
def report(workspace: str) -> str:
    """Write the managers' report."""
    return tasks.report(workspace)


@flow(name="forewarn-everything")
def everything(workspace: str) -> str:
    """Run every stage, in order; gives the report's path."""
    tasks.ingest(workspace)
    tasks.history(workspace)
    tasks.train(workspace)
    tasks.evaluate(workspace)
    tasks.score(workspace)
    return tasks.report(workspace)
