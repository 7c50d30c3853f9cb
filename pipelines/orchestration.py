"""Prefect, kept inside the workspace: its state, its server, its voice.

Import nothing of Prefect before ``prepare``: it reads its settings at import.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from forewarn.errors import ForewarnError
from forewarn.workspace import Workspace

_SERVER_START_SECONDS = 180
_SERVER_STOP_SECONDS = 10


class OrchestrationError(ForewarnError):
    """Prefect's server could not be started or reached."""

    exit_code = 8


def prepare(ws: Workspace, *, log_level: str = "INFO") -> None:
    """Set the environment of Prefect and its neighbours, for this process and its children.

    What the user has set stays. State and caches go to ``.forewarn``, none to the home
    folder, nothing is sent anywhere, and a temporary server gets time to start on a busy
    machine.
    """
    home = ws.state / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    settings = {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_LOGGING_LEVEL": log_level,
        "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(_SERVER_START_SECONDS),
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MPLCONFIGDIR": str(ws.state / "matplotlib"),
    }
    for name, value in settings.items():
        os.environ.setdefault(name, value)


@contextlib.contextmanager
def running_server(ws: Workspace) -> Iterator[str]:
    """Yield the address of a Prefect server: the one that is configured, or our own.

    Our own listens on loopback, keeps its state in the workspace and ends with the block.
    Schedules need a server that stays; the temporary one of a flow run has no scheduler.
    """
    configured = os.environ.get("PREFECT_API_URL")
    if configured:
        yield configured
        return
    port = _free_port()
    address = f"http://127.0.0.1:{port}/api"
    log = ws.state / "prefect" / "server.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "prefect", "server", "start"]
        options = ["--host", "127.0.0.1", "--port", str(port), "--no-ui"]
        server = subprocess.Popen(  # noqa: S603 - our own interpreter, no input in it
            [*command, *options], stdout=output, stderr=output, stdin=subprocess.DEVNULL
        )
        os.environ["PREFECT_API_URL"] = address
        try:
            _wait_until_healthy(server, address=address, log=log)
            yield address
        finally:
            del os.environ["PREFECT_API_URL"]
            _stop(server)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_healthy(server: "subprocess.Popen[bytes]", *, address: str, log: Path) -> None:
    deadline = time.monotonic() + _SERVER_START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"{address}/health", timeout=2).close()  # noqa: S310 - loopback
            return
        time.sleep(0.2)
    raise OrchestrationError(f"Prefect's server did not start; its output is in {log}")


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(_SERVER_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def run_flow(name: str, ws: Workspace) -> Any:
    """Run a flow of ``pipelines.flows`` here and give back what it gives; see ``prepare``."""
    from pipelines import flows

    return getattr(flows, name)(str(ws.root))
