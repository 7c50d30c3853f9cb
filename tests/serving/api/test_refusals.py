"""The API: what cannot be answered is a problem document that tells nothing of the inside."""

from collections.abc import AsyncIterator

import pytest

from forewarn.workspace import Workspace
from serving import queries
from serving.store import Store
from tests.serving.api.calls import Caller, Run, assert_problem, guarded, key_of, publish


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/v1/queue?limit=0", "limit"),
        ("/v1/queue?limit=201", "limit"),
        ("/v1/queue?limit=x", "limit"),
        ("/v1/queue?offset=-1", "offset"),
        ("/v1/queue?offset=99999999999999999999", "offset"),
        ("/v1/queue?list=all", "list"),
        ("/v1/queue?group=" + "g" * 201, "group"),
        ("/v1/queue?group=a%00b", "group"),
        ("/v1/queue?grouo=net", "grouo"),
        ("/v1/customers?limit=1e3", "limit"),
        ("/v1/tickets/", "ticket_id"),
        ("/v1/tickets/a%00b", "ticket_id"),
        ("/v1/tickets/" + "t" * 201, "ticket_id"),
    ],
)
def test_bad_requests_name_the_field(client: Caller, desk: Store, path: str, field: str) -> None:
    """What cannot be used is refused with the field's name and never repeated."""
    body = assert_problem(client.get(path, headers=key_of(desk)), 422)
    errors = body["errors"]
    assert isinstance(errors, list)
    assert [error["field"] for error in errors] == [field]
    assert "input" not in errors[0]


def test_what_is_missing_is_a_problem(client: Caller, desk: Store, example_run: Run) -> None:
    """No run yet, an unknown ticket, an unknown path, another method: each a problem document."""
    headers = key_of(desk)
    for method, path in guarded(client.app):
        if method == "GET":
            assert_problem(client.get(path, headers=headers), 404)
    publish(desk, example_run(1))
    body = assert_problem(client.get("/v1/tickets/T9", headers=headers), 404)
    assert body["detail"] == "no open ticket of that id in the current queue"
    for path in (
        "/",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/v1",
        "/v1/queue/",
        "/V1/queue",
        "//v1/run",
    ):
        assert_problem(client.get(path, headers=headers), 404)
    answer = client.request("POST", "/v1/queue", headers=headers)
    assert_problem(answer, 405)
    assert answer.headers["allow"] == "GET"


def test_every_answer_has_the_security_headers(
    client: Caller, desk: Store, example_run: Run
) -> None:
    """Right or wrong, an answer is not stored, not sniffed and not framed."""
    publish(desk, example_run(1))
    headers = key_of(desk)
    for path in ("/health", "/v1/queue", "/v1/queue?limit=0", "/nowhere"):
        for answer in (client.get(path), client.get(path, headers=headers)):
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_large_bodies_are_refused_unread(client: Caller, desk: Store) -> None:
    """A large, endless or unmeasured body is refused, whatever the route."""
    answer = client.request("GET", "/v1/run", content=b"x" * 70_000)
    assert_problem(answer, 413)

    async def pieces() -> AsyncIterator[bytes]:
        yield b"x"

    assert_problem(client.request("POST", "/nowhere", content=pieces()), 413)


def test_a_busy_database_asks_to_come_back(
    client: Caller, desk: Store, example_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every connection in use: 503 with Retry-After, then all is well again."""
    publish(desk, example_run(1))
    headers = key_of(desk)
    assert client.get("/v1/run", headers=headers).status_code == 200
    pool = client.app.state.backend.store().engine.pool
    monkeypatch.setattr(pool, "_timeout", 0.05)
    taken = [pool.connect() for _ in range(15)]
    answer = client.get("/v1/queue", headers=headers)
    assert_problem(answer, 503)
    assert answer.headers["retry-after"] == "2"
    for connection in taken:
        connection.close()
    assert client.get("/v1/queue", headers=headers).status_code == 200


def test_a_broken_database_is_503(client: Caller, desk: Store, ws: Workspace) -> None:
    """A database that cannot be read answers 503 without saying where it is."""
    headers = key_of(desk)
    desk.close()
    (ws.state / "forewarn.db").write_bytes(b"no database at all, but long enough" * 99)
    assert_problem(client.get("/health"), 503)
    assert_problem(client.get("/v1/queue", headers=headers), 503)


def test_an_unforeseen_error_tells_nothing(
    client: Caller, desk: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of ours is a plain 500 with the security headers, its details only in the log."""
    headers = key_of(desk)

    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret detail in /tmp/somewhere.py")

    monkeypatch.setattr(queries, "current_run", fail)
    answer = client.get("/v1/run", headers=headers)
    assert assert_problem(answer, 500) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
    }
    assert answer.headers["cache-control"] == "no-store"
