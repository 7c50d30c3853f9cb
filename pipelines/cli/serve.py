"""``forewarn serve``: the current run as JSON over HTTP."""

from typing import Annotated

import typer

from pipelines.cli.console import say
from pipelines.cli.options import HERE, WorkspaceOption, open_workspace


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8484,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Listen beyond loopback; keys travel in clear.")
    ] = False,
    workspace: WorkspaceOption = HERE,
) -> None:
    """Answer queue, customers and tickets as JSON; every caller needs a key.

    Make one with 'forewarn keys create'. Beyond loopback, put a proxy with TLS before it.
    """
    from serving.serve import make_server

    ws = open_workspace(workspace)
    server = make_server(ws, host=host, port=port, allow_remote=allow_remote)
    say(f"Serving {ws.root} on http://{host}:{port}/v1/queue (Ctrl-C ends)")
    server.run()


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command(rich_help_panel="Serve")(serve)
