"""The API: every route needs its scope, every bad key is refused alike."""

import datetime as dt
import json

import pytest

from forewarn.workspace import Workspace
from serving import api, keys
from serving.api import create_app
from serving.store import Store
from tests.serving.api.calls import Caller, Run, assert_problem, guarded, key_of, publish


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
