"""Serve the API over HTTP: on loopback unless told otherwise, never waiting for ever."""

import asyncio
import ipaddress
from typing import Any

from forewarn.errors import ConfigError
from forewarn.workspace import Workspace

READ_SECONDS = 10.0
KEEP_ALIVE_SECONDS = 5
MOST_CONNECTIONS = 200


def serve(
    ws: Workspace, *, host: str = "127.0.0.1", port: int = 8080, allow_remote: bool = False
) -> None:
    """Serve until the process is told to stop; requests under way get 10 s to end.

    Raises ConfigError for a host that is not loopback, unless ``allow_remote``: keys
    travel unencrypted, so elsewhere a proxy with TLS belongs in front.
    """
    make_server(ws, host=host, port=port, allow_remote=allow_remote).run()


def make_server(ws: Workspace, *, host: str, port: int, allow_remote: bool = False) -> Any:
    """The uvicorn server that ``serve`` runs."""
    import uvicorn

    from serving.api import create_app

    if not allow_remote and not _is_loopback(host):
        raise ConfigError(
            f"{host} is not a loopback address: others could reach the API and read keys on their "
            "way. Serve on 127.0.0.1 behind a proxy with TLS, or allow it explicitly."
        )
    return uvicorn.Server(
        uvicorn.Config(
            create_app(ws),
            host=host,
            port=port,
            http=_protocol(READ_SECONDS),
            ws="none",
            server_header=False,
            proxy_headers=False,
            access_log=False,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=10,
            log_level="warning",
        )
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _protocol(seconds: float) -> Any:
    """Uvicorn's HTTP protocol, closing connections that take too long to send a request.

    uvicorn bounds idle connections, but not one that sends a byte now and then.
    """
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Deadline(H11Protocol):
        """Closes the connection when a request is not wholly here within the deadline."""

        deadline: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.watch()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self.watch()

        def connection_lost(self, exc: Exception | None) -> None:
            self.unwatch()
            super().connection_lost(exc)

        def watch(self) -> None:
            """Start the deadline with a request's first byte, end it with its last."""
            if self.conn.their_state not in {h11.IDLE, h11.SEND_BODY}:
                self.unwatch()
            elif self.deadline is None:
                self.deadline = self.loop.call_later(seconds, self.transport.close)

        def unwatch(self) -> None:
            if self.deadline is not None:
                self.deadline.cancel()
                self.deadline = None

    return Deadline
