"""The API: every route needs its scope, errors tell nothing, answers are the queries' rows."""

import asyncio
import dataclasses
import datetime as dt
import json
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from forewarn.workspace import Workspace
from serving import api, keys
from serving.api import create_app, openapi_text
from serving.feedback import list_actions
from serving.run import ScoredRun
from serving.store import Store, open_store

Run = Callable[..., ScoredRun]
SECRET = "0123456789abcdef" * 2
SCHEMA = Path(__file__).parents[2] / "docs" / "openapi.json"
CONFIG = """
sources: [{name: t, shape: tickets, path: t.csv}]
sla: {policies: [{name: all, targets: {resolution: 8h}}]}
"""


@pytest.fixture
def ws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace whose configuration is the smallest there is."""
    monkeypatch.setenv("FOREWARN_SECRET", SECRET)
    (tmp_path / "forewarn.yaml").write_text(CONFIG)
    return Workspace(tmp_path)


@pytest.fixture
def desk(ws: Workspace) -> Iterator[Store]:
    """The workspace's store, empty."""
    opened = open_store(ws.database_url)
    yield opened
    opened.close()


@dataclass(frozen=True)
class Caller:
    """Calls the application as a server would, without a socket."""

    app: FastAPI

    def request(self, method: str, path: str, **settings: Any) -> httpx.Response:
        """The answer to one request."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                return await client.request(method, path, **settings)

        return asyncio.run(send())

    def get(self, path: str, **settings: Any) -> httpx.Response:
        """The answer to one GET."""
        return self.request("GET", path, **settings)


@pytest.fixture
def client(ws: Workspace) -> Iterator[Caller]:
    """A caller without a key."""
    app = create_app(ws)
    yield Caller(app)
    app.state.backend.close()


def key_of(store: Store, **settings: object) -> dict[str, str]:
    """Headers with a new key."""
    made = keys.create_key(store, name="test", secret=SECRET.encode(), **settings)  # type: ignore[arg-type]
    return {"Authorization": f"Bearer {made}"}


def publish(store: Store, run: ScoredRun) -> None:
    """Publish one run."""
    store.publish(run, store.acquire_lease("test", dt.timedelta(minutes=1)))


def guarded(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of all routes that need a key, with an id where one is asked for."""
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    return [
        (method, route.path.replace("{ticket_id:path}", "T0001"))
        for route in routes
        for method in sorted(route.methods)
        if route.path not in api.OPEN_PATHS
    ]


def assert_problem(answer: httpx.Response, status: int) -> dict[str, object]:
    """A problem document of RFC 9457 with the status, no inside of ours in it."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert body["type"] == "about:blank"
    assert body["status"] == status
    for word in (
        "Traceback",
        "sqlite",
        "SELECT",
        "select ",
        "/forewarn.db",
        ".py",
        SECRET,
        "fw_live",
    ):
        assert word not in answer.text
    return body


def test_only_health_is_open(client: Caller, desk: Store) -> None:
    """Without a key: health answers, every other route asks for one."""
    assert client.get("/health").json() == {"status": "ok"}
    routes = guarded(client.app)
    assert len(routes) == 5
    for method, path in routes:
        answer = client.request(method, path)
        assert_problem(answer, 401)
        assert answer.headers["www-authenticate"] == 'Bearer realm="forewarn"'


def test_every_bad_key_is_refused_alike(client: Caller, desk: Store, example_run: Run) -> None:
    """Malformed, unknown, expired and revoked keys get one and the same answer on every route."""
    publish(desk, example_run(1))
    expired = key_of(desk, lifetime=dt.timedelta(0))
    revoked = key_of(desk)
    keys.revoke_key(desk, revoked["Authorization"].split("_")[2])
    good = key_of(desk)["Authorization"]
    wrong_checksum = good[:-1] + ("0" if good[-1] != "0" else "1")
    bad = [
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer " + "x" * 5000},
        {"Authorization": wrong_checksum},
        expired,
        revoked,
    ]
    answers = [client.request(m, path, headers=h) for m, path in guarded(client.app) for h in bad]
    details = {json.dumps(assert_problem(answer, 401)["detail"]) for answer in answers}
    assert details == {'"the API key is not valid"'}


@pytest.mark.parametrize(
    "headers",
    [
        [("Authorization", "Basic {key}")],
        [("X-API-Key", "{key}")],
        [("Authorization", "Bearer {key}"), ("Authorization", "Bearer {key}")],
        [("Cookie", "key={key}")],
    ],
)
def test_keys_count_in_one_header_only(
    client: Caller, desk: Store, headers: list[tuple[str, str]]
) -> None:
    """A good key elsewhere, under another scheme, or twice, opens nothing."""
    key = key_of(desk)["Authorization"].removeprefix("Bearer ")
    answer = client.get("/v1/run", headers=[(n, v.format(key=key)) for n, v in headers])
    assert_problem(answer, 401)
    assert_problem(client.get("/v1/run", params={"key": key}), 401)


def test_a_key_without_the_scope_is_refused(client: Caller, desk: Store) -> None:
    """A valid key of another scope reads nothing."""
    headers = key_of(desk, scopes=("runs:write",))
    for method, path in guarded(client.app):
        assert_problem(client.request(method, path, headers=headers), 403)


def test_revocation_holds_at_the_next_request(
    client: Caller, desk: Store, example_run: Run
) -> None:
    """A key that just worked is refused once it is revoked."""
    publish(desk, example_run(1))
    headers = key_of(desk)
    assert client.get("/v1/run", headers=headers).status_code == 200
    keys.revoke_key(desk, headers["Authorization"].split("_")[2])
    assert_problem(client.get("/v1/run", headers=headers), 401)


def test_a_route_without_a_scope_cannot_start(ws: Workspace) -> None:
    """Whoever forgets to declare a route finds out when the application is made."""
    app = create_app(ws)
    app.get("/v1/forgotten")(lambda: "open")
    with pytest.raises(RuntimeError, match="/v1/forgotten is declared with no scope"):
        api._refuse_undeclared(app)


def test_the_queue_is_the_published_one(client: Caller, desk: Store, example_run: Run) -> None:
    """Items, total, page and filters are those of the queries; instants end in Z."""
    publish(desk, example_run(1, n=6))
    headers = key_of(desk)
    body = client.get("/v1/queue", params={"group": "net", "limit": 2}, headers=headers).json()
    assert body["total"] == 3
    assert [item["position"] for item in body["items"]] == [1, 3]
    assert body["items"][0]["reasons"] == ["9 % of its time left"]
    assert body["run"]["as_of"] == "2026-03-02T09:01:00Z"
    assert body["run"]["age_seconds"] >= 0
    lost = client.get("/v1/queue", params={"list": "lost"}, headers=headers).json()
    assert [item["ticket_id"] for item in lost["items"]] == ["T0005"]


@pytest.fixture
def staffed(desk: Store, example_run: Run) -> Store:
    """Six tickets of net and mail in turn; A1 is in net, B1 in voice and serves both too."""
    roster = pd.DataFrame(
        {"agent_id": ["A1", "B1"], "group_id": ["net", "voice"], "also_serves": [None, "net,mail"],
         "shift": ["early", None], "is_absent": [False, False], "is_on_shift": [True, None],
         "minutes_left": [90.0, float("nan")]}
    )  # fmt: skip
    capacity = pd.DataFrame(
        {"group_id": ["mail", "net", "voice"], "n_agents": [1, 3, 1], "n_present": [0, 1, 0],
         "minutes_left": [float("nan"), 90.0, float("nan")], "n_ranked": [2, 3, 0],
         "n_today": [float("nan"), 2, float("nan")]}
    )  # fmt: skip
    publish(desk, dataclasses.replace(example_run(1, n=6), roster=roster, capacity=capacity))
    return desk


def test_an_agent_asks_for_the_own_group(client: Caller, staffed: Store) -> None:
    """The tickets of the agent's group with its capacity; an unknown agent is not found."""
    headers = key_of(staffed)
    body = client.get("/v1/queue", params={"agent": "A1"}, headers=headers).json()
    assert [item["position"] for item in body["items"]] == [1, 3, 5]
    assert body["capacity"] == {
        "group_id": "net", "n_agents": 3, "n_present": 1, "minutes_left": 90.0, "n_ranked": 3,
        "n_today": 2,
    }  # fmt: skip
    assert body["capacities"] == [body["capacity"]]
    assert body["agent"] == {
        "agent_id": "A1", "group_id": "net", "groups": ["net"], "shift": "early",
        "is_absent": False, "is_on_shift": True, "minutes_left": 90.0,
    }  # fmt: skip
    everybody = client.get("/v1/queue", headers=headers).json()
    assert (everybody["agent"], everybody["capacity"], everybody["capacities"]) == (None, None, [])
    unknown = client.get("/v1/queue", params={"agent": "A2"}, headers=headers)
    assert assert_problem(unknown, 404)["detail"] == "no agent of that id is in a group"


def test_an_agent_asks_for_all_groups_served(client: Caller, staffed: Store) -> None:
    """Every ticket once, in the published order, on pages too; the groups' capacities in theirs."""
    headers, mine = key_of(staffed), {"agent": "B1"}
    body = client.get("/v1/queue", params=mine, headers=headers).json()
    assert [item["position"] for item in body["items"]] == [1, 2, 3, 4, 5, 6]
    assert body["agent"]["groups"] == ["voice", "net", "mail"]
    assert (body["total"], body["capacity"]) == (6, None)
    assert [told["group_id"] for told in body["capacities"]] == ["voice", "net", "mail"]
    page = client.get("/v1/queue", params=mine | {"limit": 2, "offset": 1}, headers=headers).json()
    assert [item["position"] for item in page["items"]] == [2, 3]
    one = client.get("/v1/queue", params=mine | {"group": "mail"}, headers=headers).json()
    assert [item["group_id"] for item in one["items"]] == ["mail"] * 3
    assert one["capacity"]["group_id"] == "mail"
    none = client.get("/v1/queue", params=mine | {"group": "web"}, headers=headers).json()
    assert (none["total"], none["capacities"]) == (0, [])


def test_customers_ticket_and_run(client: Caller, desk: Store, example_run: Run) -> None:
    """The other routes answer with their rows."""
    publish(desk, example_run(1))
    headers = key_of(desk)
    assert client.get("/v1/customers", headers=headers).json()["items"][0]["customer_id"] == "C1"
    ticket = client.get("/v1/tickets/T0001", headers=headers).json()
    assert (ticket["position"], ticket["clocks"][0]["metric"]) == (2, "resolution")
    assert client.get("/v1/run", headers=headers).json()["model_version"] == "7"


def test_ids_may_hold_anything(client: Caller, desk: Store, example_run: Run) -> None:
    """An id with a slash, a space and a percent sign is found."""
    run = example_run(1)
    for frame in (run.queue, run.scores):
        frame.loc[0, "ticket_id"] = "INC/7 100%"
    publish(desk, run)
    answer = client.get("/v1/tickets/INC%2F7%20100%25", headers=key_of(desk))
    assert answer.json()["ticket_id"] == "INC/7 100%"


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

    monkeypatch.setattr(api.queries, "current_run", fail)
    answer = client.get("/v1/run", headers=headers)
    assert assert_problem(answer, 500) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
    }
    assert answer.headers["cache-control"] == "no-store"


def test_hostile_text_stays_text(client: Caller, desk: Store, example_run: Run) -> None:
    """Markup, quotes and control characters of a subject come back as the same JSON string."""
    run = example_run(1)
    hostile = "<script>alert(1)</script> \"' \u202e \x1b[31m =cmd|' /C calc'!A0"
    run.queue["subject"] = hostile
    publish(desk, run)
    answer = client.get("/v1/queue", headers=key_of(desk))
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["items"][0]["subject"] == hostile


def test_operations_have_stable_ids(ws: Workspace) -> None:
    """Clients are generated from these names."""
    document = json.loads(openapi_text(create_app(ws)))
    operations = [(p, o) for p, item in document["paths"].items() for o in item.values()]
    ids = {path: operation["operationId"] for path, operation in operations}
    assert ids == {
        "/health": "getHealth",
        "/v1/run": "getRun",
        "/v1/queue": "listQueue",
        "/v1/customers": "listCustomers",
        "/v1/feedback": "recordFeedback",
        "/v1/tickets/{ticket_id}": "getTicket",
    }
    for path, operation in operations:
        assert ("x-scope" in operation) == ("security" in operation) == (path != "/health")


def test_feedback_is_kept_once(client: Caller, desk: Store) -> None:
    """The key needs its own scope; the same told twice is one action."""
    told = {"ticket_id": "T0001", "action": "escalated", "acted_at": "2026-03-02T09:30:00Z"}
    assert_problem(client.request("POST", "/v1/feedback", json=told, headers=key_of(desk)), 403)
    headers = key_of(desk, scopes=("feedback:write",))
    first = client.request("POST", "/v1/feedback", json=told, headers=headers)
    again = client.request("POST", "/v1/feedback", json=told, headers=headers)
    assert (first.status_code, again.json()) == (201, first.json())
    assert first.json()["acted_at"] == "2026-03-02T09:30:00Z"
    assert [row["action"] for row in list_actions(desk)] == ["escalated"]


@pytest.mark.parametrize(
    "told",
    [
        {"ticket_id": "T1", "action": "forgotten"},
        {"ticket_id": "", "action": "worked"},
        {"ticket_id": " ", "action": "worked"},
        {"ticket_id": "T1", "action": "worked", "acted_at": "2026-03-02T09:30:00"},
        {"ticket_id": "T1", "action": "worked", "acted_at": "2999-01-01T00:00:00Z"},
        {"ticket_id": "T1", "action": "worked", "note": "x" * 1001},
        {"ticket_id": "T1", "action": "worked", "mood": "good"},
    ],
)
def test_feedback_that_cannot_be_is_refused(
    client: Caller, desk: Store, told: dict[str, str]
) -> None:
    """Unknown actions and fields, empty tickets, instants without a zone or in the future."""
    headers = key_of(desk, scopes=("feedback:write",))
    assert_problem(client.request("POST", "/v1/feedback", json=told, headers=headers), 422)
    assert list_actions(desk) == []


def test_the_committed_schema_is_current(ws: Workspace) -> None:
    """docs/openapi.json is what the application says; `python -m serving.api` prints it."""
    assert SCHEMA.read_text(encoding="utf-8") == openapi_text(create_app(ws))
