"""``forewarn flows run | serve``: the same stages under Prefect."""

from enum import StrEnum
from typing import Annotated

import typer

from pipelines.cli.console import say, stage_bars
from pipelines.cli.options import HERE, WorkspaceOption, open_workspace
from pipelines.cli.rows import emit_json

app = typer.Typer(help="Run the flows under Prefect, once or on a schedule.", no_args_is_help=True)


class FlowName(StrEnum):
    """The flows that there are."""

    INGEST = "ingest"
    TRAIN = "train"
    RETRAIN = "retrain"
    SCORE = "score"
    REPORT = "report"
    EVERYTHING = "everything"


@app.command()
def run(
    *,
    name: Annotated[FlowName, typer.Argument(help="Which flow.")],
    workspace: WorkspaceOption = HERE,
) -> None:
    """Run one flow now, tracked by Prefect (its server takes some seconds to start).

    The plain commands (ingest, train, score, report) do the same work without Prefect.
    """
    from pipelines import orchestration
    from pipelines.listening import listening

    ws = open_workspace(workspace)
    orchestration.prepare(ws, log_level="CRITICAL")
    with stage_bars() as listener, listening(listener):
        result = orchestration.run_flow(name.value, ws)
    emit_json(result)


@app.command()
def serve(*, workspace: WorkspaceOption = HERE) -> None:
    """Run the flows on the schedules of forewarn.yaml until Ctrl-C.

    PREFECT_API_URL names a server of yours; without it one is started on loopback.
    """
    from pipelines import orchestration
    from pipelines.schedules import serve_flows

    ws = open_workspace(workspace)
    orchestration.prepare(ws)
    with orchestration.running_server(ws) as address:
        say(f"Serving the flows of {ws.root} with {address} (Ctrl-C ends)")
        serve_flows(ws)
