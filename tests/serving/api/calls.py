"""What the tests of the API share: a caller without a socket, keys, runs, problem documents."""

import asyncio
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.routing import APIRoute

from serving import api, keys
from serving.run import ScoredRun
from serving.store import Store

Run = Callable[..., ScoredRun]
SECRET = "0123456789abcdef" * 2


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
