"""The API: what was done is told to it, once."""

import pytest

from serving.feedback import list_actions
from serving.store import Store
from tests.serving.api.calls import Caller, assert_problem, key_of


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
