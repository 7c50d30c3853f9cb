"""``forewarn serve``: the current run as JSON over HTTP."""

from typing import Annotated

import typer

from pipelines.cli.console import say
from pipelines.cli.options import HERE, WorkspaceOption, open_workspace


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8484,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Answer queue, customers and tickets as JSON; every caller needs a key.

    Make one with 'forewarn keys create'. Beyond loopback, put a proxy with TLS before it.
    """
    import uvicorn

    from serving.api import create_app

    ws = open_workspace(workspace)
    say(f"Serving {ws.root} on http://{host}:{port}/v1/queue (Ctrl-C ends)")
    uvicorn.run(create_app(ws), host=host, port=port, log_level="warning", server_header=False)


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Serve")(serve)
