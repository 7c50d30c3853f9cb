"""The API: answers are the rows of the queries."""

import dataclasses

import pandas as pd
import pytest

from serving.store import Store
from tests.serving.api.calls import Caller, Run, assert_problem, key_of, publish


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


def test_hostile_text_stays_text(client: Caller, desk: Store, example_run: Run) -> None:
    """Markup, quotes and control characters of a subject come back as the same JSON string."""
    run = example_run(1)
    hostile = "<script>alert(1)</script> \"' \u202e \x1b[31m =cmd|' /C calc'!A0"
    run.queue["subject"] = hostile
    publish(desk, run)
    answer = client.get("/v1/queue", headers=key_of(desk))
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["items"][0]["subject"] == hostile
