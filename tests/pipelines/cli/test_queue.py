"""``forewarn queue`` of a group, of an agent, and of what is lost."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from forewarn.ingest import ingest
from forewarn.workspace import Workspace
from pipelines.cli import app
from serving.queries import UnknownAgentError

CONFIG = """\
sources:
  - {name: tickets, shape: tickets, path: tickets.csv, attributes: [incident_id]}
  - {name: customers, shape: customers, path: customers.csv}
  - {name: agents, shape: agents, path: agents.csv}
sla:
  calendars: {office: {time_zone: UTC, windows: {mon-sun: ["08:00-16:00"]}}}
  policies:
    - {name: all, targets: {resolution: {slow: 90d, default: 4h}}}
queue: {priorities: [top, high, slow], working_hours: office, incident_by: incident_id}
scoring: {as_of: data}
"""
FILES = {
    "tickets.csv": (
        "ticket_id,customer_id,created_at,group_id,priority,incident_id\n"
        "A,C1,2026-05-02T01:00:00Z,net,high,\n"
        "B,C1,2026-05-02T10:00:00Z,net,high,I1\n"
        "C,C2,2026-05-02T10:10:00Z,net,high,I1\n"
        "D,C2,2026-05-02T10:20:00Z,mail,slow,\n"
    ),
    "customers.csv": (
        "customer_id,occurred_at,tier,owner\nC1,2026-01-01T00:00:00Z,gold,Ms Key\n"
        "C2,2026-01-01T00:00:00Z,silver,\n"
    ),
    "agents.csv": (
        "agent_id,occurred_at,group_id,also_serves,shift\nA1,2026-01-01T00:00:00Z,net,,\n"
        "A2,2026-01-01T00:00:00Z,net,,\nA2,2026-05-01T00:00:00Z,net,,absent\n"
        'A3,2026-01-01T00:00:00Z,voice,"mail,net",\nA4,2026-01-01T00:00:00Z,chat,web,\n'
    ),
}


def run(ws: Workspace, *arguments: str) -> Result:
    """What a command did."""
    return CliRunner().invoke(app, [*arguments, "--workspace", str(ws.root)])


@pytest.fixture
def desk(tmp_path: Path) -> Workspace:
    """Four tickets, one of them lost, two of one incident; ordered by rule."""
    for name, text in {"forewarn.yaml": CONFIG, **FILES}.items():
        (tmp_path / name).write_text(text, "utf-8")
    ws = Workspace(tmp_path)
    ingest(ws)
    assert run(ws, "score", "--as-of", "2026-05-02T11:00Z").exit_code == 0
    return ws


def test_a_group_is_told_who_is_there(desk: Workspace) -> None:
    """A1 has five hours until four, A3 a third of five; A2 is absent; nobody knows the work."""
    done = run(desk, "queue", "--group", "net")
    assert done.exit_code == 0, done.output
    assert "group net: 2 of 3 agents have 6.7 h left today; nobody can tell the work" in done.stderr


def test_an_agent_sees_the_own_groups_tickets(desk: Workspace) -> None:
    """Those of net, and no other; who is absent is told so; a stranger is an error."""
    done = run(desk, "queue", "--agent", "A1", "--json")
    assert [row["ticket_id"] for row in json.loads(done.stdout)] == ["B"]
    assert "A1, group net: on shift, 5.0 h left today" in run(desk, "queue", "--agent", "A1").stderr
    assert "A2, group net: absent" in run(desk, "queue", "--agent", "A2").stderr
    stranger = run(desk, "queue", "--agent", "A9")
    assert isinstance(stranger.exception, UnknownAgentError)


def test_an_agent_of_several_groups_sees_all_their_tickets(desk: Workspace) -> None:
    """Net's B before mail's D, as published; once each; of one group where one is asked for."""
    every = [row["ticket_id"] for row in json.loads(run(desk, "queue", "--json").stdout)]
    mine = json.loads(run(desk, "queue", "--agent", "A3", "--json").stdout)
    assert [row["ticket_id"] for row in mine] == every == ["B", "D"]
    lost = json.loads(run(desk, "queue", "--agent", "A3", "--list", "lost", "--json").stdout)
    assert [row["ticket_id"] for row in lost] == ["A"]
    one = json.loads(run(desk, "queue", "--agent", "A3", "--group", "mail", "--json").stdout)
    assert [row["ticket_id"] for row in one] == ["D"]


def test_an_agent_of_several_groups_is_told_all_of_them(desk: Workspace) -> None:
    """Five hours in all; then each group, the own one first, with its part of them."""
    said = run(desk, "queue", "--agent", "A3").stderr.splitlines()
    assert said[:4] == [
        "A3, groups voice, mail and net: on shift, 5.0 h left today",
        "group voice: 1 of 1 agents have 1.7 h left today: 0 of 0 ranked tickets",
        "group mail: 1 of 1 agents have 1.7 h left today; nobody can tell the work",
        "group net: 2 of 3 agents have 6.7 h left today; nobody can tell the work",
    ]
    one = run(desk, "queue", "--agent", "A3", "--group", "mail").stderr
    assert "group mail: 1 of 1" in one
    assert "group net: " not in one


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["--group", "nogroup"], "is in group 'nogroup'; there are tickets of mail, net"),
        (["--group", "mail", "--agent", "A1"], "the agent serves group net, not mail"),
        (
            ["--group", "web", "--agent", "A3"],
            "the agent serves groups voice, mail and net, not web",
        ),
        (
            ["--agent", "A4"],
            "no open ticket is in groups 'chat' and 'web'; there are tickets of mail, net",
        ),
        (
            ["--agent", "A3", "--list", "waiting"],
            "nothing of groups voice, mail and net is on the waiting list",
        ),
        (["--list", "waiting"], "nothing is on the waiting list"),
        (
            ["--list", "child", "--group", "mail"],
            "nothing of group mail is on the child list; q",
        ),
    ],
)
def test_an_empty_list_says_why(desk: Workspace, asked: list[str], said: str) -> None:
    """An unknown group, an agent of another one, and simply nothing."""
    found = run(desk, "queue", *asked)
    assert found.exit_code == 0
    assert said in " ".join(found.stderr.split())


def test_one_incident_is_one_item(desk: Workspace) -> None:
    """B, the older, stands for C; the ticket itself names it, and C its place under B."""
    (row,) = json.loads(run(desk, "queue", "--group", "net", "--json").stdout)
    assert (row["ticket_id"], row["n_children"]) == ("B", 1)
    assert row["reason"].startswith("with 1 ticket of incident I1, ")
    assert "stands for: C" in run(desk, "ticket", "B").stdout
    (child,) = csv.DictReader(io.StringIO(run(desk, "queue", "--list", "child", "--csv").stdout))
    assert (child["ticket_id"], child["parent_id"]) == ("C", "B")


def test_lost_tickets_name_who_tells_the_customer(desk: Workspace) -> None:
    """A was due at five; its customer's owner is Ms Key."""
    done = run(desk, "queue", "--list", "lost")
    assert "to tell the customer" in done.stdout
    assert "Ms Key" in done.stdout
    (row,) = json.loads(run(desk, "queue", "--list", "lost", "--json").stdout)
    assert (row["ticket_id"], row["owner"], row["tier"]) == ("A", "Ms Key", "gold")
    assert row["reason"].endswith("Ms Key should tell the customer")


def test_the_line_where_todays_work_ends(finished_desk: Workspace) -> None:
    """With known hours the table of a group has the line behind as many tickets as fit."""
    ws = finished_desk
    assert run(ws, "score").exit_code == 0
    rows = json.loads(run(ws, "queue", "--json").stdout)
    group = next(row["group_id"] for row in rows if row["is_today"] is False)
    of_group = [row for row in rows if row["group_id"] == group]
    n_today = sum(row["is_today"] for row in of_group)
    shown = run(ws, "queue", "--group", group, "--limit", "500").stdout.splitlines()
    at = next(i for i, line in enumerate(shown) if "today's work ends here" in line)
    first = {row["ticket_id"]: i for i, row in enumerate(of_group)}
    above = [first[word] for line in shown[:at] for word in line.split() if word in first]
    assert len(above) == n_today
    assert max(above, default=-1) == n_today - 1
