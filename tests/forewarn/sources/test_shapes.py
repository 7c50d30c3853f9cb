"""The three shapes of history, as literal tables in and literal events out."""

from collections.abc import Callable

import pytest

from forewarn.ingest import ingest
from forewarn.quarantine import read_quarantine
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

Make = Callable[..., Workspace]
ANY = "ingest: {max_quarantined_share: 1}\n"


def events(ws: Workspace, *columns: str) -> list[str]:
    """Events as lines of text, '-' for null; hours and minutes of occurred_at come first."""
    ingest(ws)
    frame = read_tables(ws.tables).ticket_events
    texts = frame[list(columns)].astype(object).where(frame[list(columns)].notna(), "-")
    times = frame["occurred_at"].dt.strftime("%d %H:%M")
    return [" ".join([t, *map(str, row)]) for t, row in zip(times, texts.to_numpy(), strict=True)]


def csv(text: str) -> str:
    """Columns aligned by blanks as CSV; '-' stands for nothing."""
    rows = [line.split() for line in text.strip().splitlines()]
    return "\n".join(",".join("" if v == "-" else v for v in row) for row in rows) + "\n"


CHANGES = """
  - name: t
    shape: change_log
    path: t.csv
    time_zone: UTC
    columns: {ticket_id: id, created_at: opened, updated_at: at, sequence: n, status: state,
              assigned_to: who, group_id: team}
    statuses: {New: new, Active: open, Waiting: pending, Vendor: on_hold, Resolved: solved,
               Closed: closed}
"""


def test_change_log(workspace: Make) -> None:
    """Every difference between successive rows is one event, with the source's own word."""
    ws = workspace(
        CHANGES,
        t__csv=csv("""
            id opened           at               n state    who team priority
            1  2026-03-01T08:00 2026-03-01T08:05 0 New      -   G1   high
            1  2026-03-01T08:00 2026-03-01T08:10 1 Active   A1  G1   high
            1  2026-03-01T08:00 2026-03-01T08:20 2 Waiting  A1  G2   low
            1  2026-03-01T08:00 2026-03-01T08:30 3 Vendor   A2  G2   low
            1  2026-03-01T08:00 2026-03-01T08:30 4 Resolved A2  G2   -
            1  2026-03-01T08:00 2026-03-01T08:40 5 Active   -   -    low
            1  2026-03-01T08:00 2026-03-01T08:50 6 Resolved -   -    low
            1  2026-03-01T08:00 2026-03-01T09:00 7 Closed   -   -    low
        """),
    )
    assert events(ws, "sequence", "kind", "from_value", "to_value", "detail") == [
        "01 08:00 -1 created - new -",
        "01 08:10 1 assigned - A1 -",
        "01 08:10 1 status_changed new open Active",
        "01 08:20 2 group_changed G1 G2 -",
        "01 08:20 2 priority_changed high low -",
        "01 08:20 2 status_changed open pending Waiting",
        "01 08:30 3 assigned A1 A2 -",
        "01 08:30 3 status_changed pending on_hold Vendor",
        "01 08:30 4 solved on_hold solved Resolved",
        "01 08:40 5 assigned A2 - -",
        "01 08:40 5 group_changed G2 - -",
        "01 08:40 5 reopened solved open Active",
        "01 08:50 6 solved open solved Resolved",
        "01 09:00 7 closed solved closed Closed",
    ]
    ticket = read_tables(ws.tables).tickets.loc[0]
    assert (ticket["priority"], ticket["group_id"]) == ("high", "G1")
    assert (str(ticket["created_at"])[11:16], str(ticket["known_at"])[11:16]) == ("08:00", "08:05")


def test_change_log_first_seen_late(workspace: Make) -> None:
    """A ticket first seen solved was new until then, so that its clock does not end at once."""
    ws = workspace(
        CHANGES,
        t__csv=csv("""
            id opened           at               n state    who team
            1  2026-03-01T08:00 2026-03-01T08:05 0 Resolved A1  G1
            2  2026-03-01T08:00 2026-03-01T08:05 0 Active   A1  G1
        """),
    )
    assert events(ws, "ticket_id", "kind", "from_value", "to_value") == [
        "01 08:00 1 created - -",
        "01 08:05 1 assigned - A1",
        "01 08:05 1 solved new solved",
        "01 08:00 2 created - open",
        "01 08:05 2 assigned - A1",
    ]


def test_change_log_oddities(workspace: Make) -> None:
    """Repeated rows are dropped, second contents of a number and updates too early refused."""
    ws = workspace(
        CHANGES,
        more=ANY,
        t__csv=csv("""
            id opened           at               n state    who team
            1  2026-03-01T08:00 2026-03-01T07:00 0 New      -   G1
            1  2026-03-01T08:00 2026-03-01T08:05 0 New      -   G1
            1  2026-03-01T08:00 2026-03-01T08:05 0 New      -   G1
            1  2026-03-01T08:00 2026-03-01T09:05 0 Active   -   G1
        """),
    )
    assert ingest(ws).n_repeated == 1
    frame = read_quarantine(ws)
    assert list(zip(frame["row"], frame["column"], frame["reason"], strict=True)) == [
        (2, "at", "update before its ticket was created"),
        (5, "n", "this sequence number of the ticket was given before with other values"),
    ]


def test_change_log_without_sequence(workspace: Make) -> None:
    """Rows of one instant stay in the order of the file, and are numbered so."""
    ws = workspace(
        CHANGES.replace("sequence: n, ", ""),
        t__csv=csv("""
            id opened           at               state    who team
            1  2026-03-01T08:00 2026-03-01T08:05 New      -   G1
            1  2026-03-01T08:00 2026-03-01T08:05 Active   -   G1
            1  2026-03-01T08:00 2026-03-01T08:05 Resolved -   G1
        """),
    )
    assert events(ws, "sequence", "kind") == [
        "01 08:00 -1 created",
        "01 08:05 1 status_changed",
        "01 08:05 2 solved",
    ]


EVENTS = """
  - name: e
    shape: event_log
    path: e.csv
    time_zone: UTC
    columns: {ticket_id: id, occurred_at: at, to_value: to, customer_id: who}
    kinds: {opened: created, moved: status_changed, wrote: customer_reply, mail: agent_reply}
    statuses: {fresh: new, doing: open, waiting: pending, done: solved}
"""


def test_event_log(workspace: Make) -> None:
    """Words become canonical, changes of status get their kind and the state before."""
    ws = workspace(
        EVENTS,
        e__csv=csv("""
            id at               kind   to      actor_id who
            1  2026-03-01T08:00 opened fresh   -        C1
            1  2026-03-01T08:10 mail   -       A1       -
            1  2026-03-01T08:10 moved  waiting A1       -
            1  2026-03-01T08:20 wrote  -       -        -
            1  2026-03-01T08:20 wrote  -       C9       -
            1  2026-03-01T08:20 moved  done    A1       -
            1  2026-03-01T08:30 moved  doing   A1       -
            1  2026-03-01T08:40 solved -       A1       -
        """),
    )
    columns = ("sequence", "kind", "from_value", "to_value", "actor_kind", "is_public")
    assert events(ws, *columns) == [
        "01 08:00 0 created - new - False",
        "01 08:10 0 agent_reply - - agent True",
        "01 08:10 0 status_changed new pending - False",
        "01 08:20 0 customer_reply - - customer True",
        "01 08:20 0 solved pending solved - False",
        "01 08:20 1 customer_reply - - customer True",
        "01 08:30 0 reopened solved open - False",
        "01 08:40 0 solved open solved - False",
    ]
    assert read_tables(ws.tables).tickets["customer_id"].tolist() == ["C1"]


def test_event_log_oddities(workspace: Make) -> None:
    """Events without a ticket, before it, created twice or without their status are refused."""
    ws = workspace(
        EVENTS,
        more=ANY,
        e__csv=csv("""
            id at               kind   to      actor_id who
            1  2026-03-01T08:00 opened -       -        C1
            1  2026-03-01T07:00 mail   -       A1       -
            1  2026-03-01T08:30 opened -       A1       -
            1  2026-03-01T08:40 moved  -       A1       -
            2  2026-03-01T08:40 mail   -       A1       -
            1  2026-03-01T08:50 rang   -       A1       -
        """),
    )
    ingest(ws)
    frame = read_quarantine(ws)
    assert dict(zip(frame["row"], frame["reason"], strict=True)) == {
        3: "event before its ticket was created",
        4: "the ticket was created before",
        5: "a change of status without the new status",
        6: "no ticket of this id: neither in a ticket source nor by a 'created' event",
        7: "unknown kind of event: map it under 'kinds'",
    }


def test_tickets_beside_events(workspace: Make) -> None:
    """A ticket source says what a ticket is; a missing 'created' event is made from it."""
    ws = workspace(
        EVENTS + "  - {name: t, shape: tickets, path: t.csv, time_zone: UTC}\n",
        e__csv=csv("""
            id at               kind   to      actor_id who
            1  2026-03-01T08:10 mail   -       A1       -
        """),
        t__csv=csv("""
            ticket_id created_at       known_at         channel
            1         2026-03-01T08:00 2026-03-01T08:01 phone
        """),
    )
    assert events(ws, "sequence", "kind") == ["01 08:00 -1 created", "01 08:10 0 agent_reply"]
    tables = read_tables(ws.tables)
    assert tables.tickets["channel"].tolist() == ["phone"]
    assert str(tables.ticket_events["known_at"][0]) == "2026-03-01 08:01:00+00:00"


def test_one_id_in_two_sources(workspace: Make) -> None:
    """Two sources with a ticket of one id: the first stays, the second is refused."""
    source = "  - {name: %s, shape: tickets, path: %s.csv, time_zone: UTC}\n"
    ws = workspace(
        source % ("a", "a") + source % ("b", "b"),
        more=ANY,
        a__csv="ticket_id,created_at,channel\n1,2026-03-01,a\n",
        b__csv="ticket_id,created_at,channel\n1,2026-03-01,b\n",
    )
    ingest(ws)
    assert read_quarantine(ws)["file"].tolist() == ["b.csv"]
    assert read_tables(ws.tables).tickets["channel"].tolist() == ["a"]


def test_flat_tickets(workspace: Make) -> None:
    """Times become events, due columns imported deadlines."""
    ws = workspace(
        "  - {name: t, shape: flat_tickets, path: t.csv, time_zone: UTC}",
        t__csv=csv("""
            ticket_id created_at       first_response_at solved_at        closed_at        resolution_due_at
            1         2026-03-01T08:00 2026-03-01T08:10  2026-03-01T09:00 2026-03-02T09:00 2026-03-01T16:00
        """),  # noqa: E501
    )
    assert events(ws, "kind", "from_value", "to_value", "actor_kind", "is_public") == [
        "01 08:00 created - - - False",
        "01 08:10 agent_reply - - agent True",
        "01 09:00 solved new solved - False",
        "02 09:00 closed solved closed - False",
    ]
    due = read_tables(ws.tables).tickets["resolution_due_at"]
    assert str(due[0]) == "2026-03-01 16:00:00+00:00"


def test_known_before_it_occurred(workspace: Make) -> None:
    """Knowledge never precedes the fact; how often it claimed to is reported."""
    ws = workspace(
        "  - {name: t, shape: tickets, path: t.csv, time_zone: UTC}",
        t__csv="ticket_id,created_at,known_at\n1,2026-03-01T08:00,2026-03-01T07:00\n",
    )
    assert ingest(ws).n_known_early == 1
    assert str(read_tables(ws.tables).tickets["known_at"][0]) == "2026-03-01 08:00:00+00:00"


def test_entities(workspace: Make) -> None:
    """A fact without a date always held; of two contents for one time the first stays."""
    ws = workspace(
        """
  - {name: t, shape: tickets, path: t.csv, time_zone: UTC}
  - {name: c, shape: customers, path: c.csv, time_zone: UTC}
  - {name: h, shape: customer_health, path: h.csv, time_zone: UTC}
""",
        more=ANY,
        t__csv="ticket_id,created_at\n1,2026-03-01\n",
        c__csv="customer_id,tier\nC2,gold\nC1,silver\nC2,silver\nC1,silver\n",
        h__csv="customer_id,occurred_at,score\nC1,2026-03-01,101\nC1,2026-03-02,99\n",
    )
    assert ingest(ws).n_repeated == 1
    tables = read_tables(ws.tables)
    assert tables.customers[["customer_id", "tier"]].to_numpy().tolist() == [
        ["C1", "silver"], ["C2", "gold"],
    ]  # fmt: skip
    assert tables.customers["known_at"].dt.year.tolist() == [1970, 1970]
    assert tables.customer_health["score"].tolist() == [99.0]
    assert sorted(read_quarantine(ws)["reason"]) == [
        "above 100",
        "this customer_id was given before for the same time with other values",
    ]


@pytest.mark.parametrize("shape", ["tickets", "flat_tickets"])
def test_later_file_replaces(workspace: Make, shape: str) -> None:
    """A ticket that a later file gives again has the later file's content."""
    ws = workspace(
        f"  - {{name: t, shape: {shape}, path: 't-*.csv', time_zone: UTC}}",
        **{
            "t-1__csv": "ticket_id,created_at,channel\n1,2026-03-01,phone\n2,2026-03-01,web\n",
            "t-2__csv": "ticket_id,created_at,channel\n1,2026-03-01,mail\n",
        },
    )
    assert ingest(ws).n_superseded == 1
    assert read_tables(ws.tables).tickets["channel"].tolist() == ["mail", "web"]
