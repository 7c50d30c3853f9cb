"""The server over a real socket: loopback, deadlines, orderly end."""

import datetime as dt
import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from forewarn.errors import ConfigError
from forewarn.workspace import Workspace
from serving import keys, serve
from serving.run import ScoredRun
from serving.store import open_store

Run = Callable[..., ScoredRun]
SECRET = "0123456789abcdef" * 2


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with the smallest configuration."""
    monkeypatch.setenv("FOREWARN_SECRET", SECRET)
    monkeypatch.setattr(serve, "READ_SECONDS", 0.5)
    (tmp_path / "forewarn.yaml").write_text(
        "sources: [{name: t, shape: tickets, path: t.csv}]\n"
        "sla: {policies: [{name: all, targets: {resolution: 8h}}]}\n"
    )
    return Workspace(tmp_path)


@pytest.fixture
def headers(ws: Workspace, example_run: Run) -> dict[str, str]:
    """Headers with a key to a published queue."""
    store = open_store(ws.database_url)
    store.publish(example_run(1), store.acquire_lease("test", dt.timedelta(minutes=1)))
    key = keys.create_key(store, name="test", secret=SECRET.encode())
    store.close()
    return {"Authorization": f"Bearer {key}"}


@pytest.fixture
def address(ws: Workspace) -> Iterator[tuple[str, int]]:
    """Where a server of ours listens, in a thread, until the test ends."""
    server = serve.make_server(ws, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    yield host, port
    server.should_exit = True
    thread.join(timeout=15)
    assert not thread.is_alive()


def get(address: tuple[str, int], path: str, headers: dict[str, str]) -> tuple[int, Any, Any]:
    """Status, headers and body of one request."""
    connection = http.client.HTTPConnection(*address, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    found = answer.status, answer.headers, json.loads(answer.read())
    connection.close()
    return found


def test_the_queue_over_a_socket(address: tuple[str, int], headers: dict[str, str]) -> None:
    """A real client reads the queue with its key, and nothing names the server's software."""
    status, answered, body = get(address, "/v1/queue?limit=1", headers)
    assert (status, body["total"], body["items"][0]["ticket_id"]) == (200, 5, "T0000")
    assert "server" not in answered
    assert get(address, "/health", {})[0] == 200
    assert get(address, "/v1/queue", {})[0] == 401


def test_a_slow_request_is_cut_off(address: tuple[str, int]) -> None:
    """A request that drips in is closed at the deadline, however steadily it drips."""
    with socket.create_connection(address, timeout=5) as slow:
        begin = time.monotonic()
        slow.sendall(b"GET /health HTTP/1.1\r\n")
        closed = False
        while not closed and time.monotonic() - begin < 4:
            time.sleep(0.1)
            try:
                slow.sendall(b"X-Slow: 1\r\n")
            except OSError:
                closed = True
        assert closed
        assert time.monotonic() - begin < 3


def test_a_silent_connection_is_closed(address: tuple[str, int]) -> None:
    """A connection that sends nothing is closed at the deadline."""
    with socket.create_connection(address, timeout=5) as silent:
        assert silent.recv(1) == b""


def test_a_body_that_never_comes_is_cut_off(
    address: tuple[str, int], headers: dict[str, str]
) -> None:
    """Headers at once, then a body that does not arrive: the connection ends all the same."""
    with socket.create_connection(address, timeout=5) as slow:
        slow.sendall(b"POST /v1/run HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n")
        begin = time.monotonic()
        while slow.recv(4096):
            pass
        assert time.monotonic() - begin < 4


def test_a_kept_connection_serves_again(address: tuple[str, int], headers: dict[str, str]) -> None:
    """The deadline belongs to a request: one connection serves several, also after a pause."""
    connection = http.client.HTTPConnection(*address, timeout=10)
    for _ in range(3):
        connection.request("GET", "/v1/run", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200
        answer.read()
        time.sleep(0.7)  # longer than the deadline, shorter than keep-alive
    connection.close()


def test_broken_http_is_refused(address: tuple[str, int]) -> None:
    """What is no HTTP gets a 400 and the end of the connection."""
    with socket.create_connection(address, timeout=5) as odd:
        odd.sendall(b"\x16\x03\x01 not http at all\r\n\r\n")
        assert odd.recv(4096).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])  # noqa: S104
def test_other_addresses_need_to_be_allowed(ws: Workspace, host: str) -> None:
    """Beyond loopback keys would travel unencrypted: refused unless it is asked for."""
    with pytest.raises(ConfigError, match="not a loopback address"):
        serve.make_server(ws, host=host, port=0)
    assert serve.make_server(ws, host=host, port=0, allow_remote=True) is not None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_needs_no_leave(ws: Workspace, host: str) -> None:
    """All names of this machine's own address are served."""
    assert serve.make_server(ws, host=host, port=0) is not None
