"""Deployments of the flows with the schedules of ``forewarn.yaml``."""

from typing import Any

from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow
from prefect.schedules import Cron, Schedule
from prefect.types.entrypoint import EntrypointType

from forewarn.workspace import Workspace
from pipelines import flows

_ONE_AT_A_TIME = ConcurrencyLimitConfig(
    limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW
)


def serve_flows(ws: Workspace) -> None:
    """Run the deployments in this process until it is told to stop.

    Schedules stay active on the server, so runs go on with the next start.
    """
    serve(*deployments(ws), pause_on_shutdown=False, print_starting_message=False)


def deployments(ws: Workspace) -> tuple[RunnerDeployment, ...]:
    """One deployment per scheduled flow; ingest and the whole are there to be asked for."""
    times = ws.config.schedule
    scheduled = (
        (flows.train, times.train),
        (flows.retrain, times.retrain),
        (flows.score, times.score),
        (flows.report, times.report),
    )
    served = [
        deployment(flow, ws, schedule=Cron(cron, timezone=times.time_zone))
        for flow, cron in scheduled
    ]
    asked = [deployment(flow, ws, schedule=None) for flow in (flows.ingest, flows.everything)]
    return (*served, *asked)


def deployment(
    flow: Flow[..., Any], ws: Workspace, *, schedule: Schedule | None
) -> RunnerDeployment:
    """A flow of this workspace: by module path, one run at a time, a late one is dropped."""
    return RunnerDeployment.from_flow(
        flow,
        name=ws.root.name,
        schedule=schedule,
        parameters={"workspace": str(ws.root)},
        concurrency_limit=_ONE_AT_A_TIME,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
