"""Every value of the list of bad input: read as what it is, or refused with its reason."""

from collections.abc import Callable

import pandas as pd
import pytest

from forewarn.errors import ConfigError, SourceError
from forewarn.ingest import ingest
from forewarn.quarantine import read_quarantine
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

Flat = Callable[..., Workspace]
Make = Callable[..., Workspace]


def reasons(ws: Workspace) -> list[tuple[int, str]]:
    """Row and reason of all that an ingest refuses."""
    ingest(ws)
    frame = read_quarantine(ws)
    return list(zip(frame["row"], frame["reason"], strict=True))


def customers(values: str, *, make: Make) -> Workspace:
    """A workspace with one ticket, and customers of the given contract values."""
    rows = "".join(f"C{i},{value}\n" for i, value in enumerate(values.split("|")))
    sources = """
  - {name: t, shape: tickets, path: t.csv, time_zone: UTC}
  - {name: c, shape: customers, path: c.csv, time_zone: UTC}
"""
    return make(
        sources,
        more="ingest: {max_quarantined_share: 1}\n",
        t__csv="ticket_id,created_at\nT1,2026-03-01\n",
        c__csv=f"customer_id,contract_value\n{rows}",
    )


def test_numbers(workspace: Make) -> None:
    """Numbers need a point, are finite and not negative where the column says so."""
    ws = customers('1.5|1e3|-5|"1,5"|1e400|NaN|N/A|9223372036854775808|\u0661|0x10', make=workspace)
    assert reasons(ws) == [
        (5, "a number needs a decimal point, not a comma"),
        (10, "not a number"),
        (11, "not a number"),
        (6, "too large for a number"),
        (4, "negative"),
    ]
    values = read_tables(ws.tables).customers["contract_value"]
    assert list(values.dropna()) == [1.5, 1000.0, 9223372036854775808.0]


def test_ids_stay_texts(flat: Flat) -> None:
    """Ids that look like numbers keep every character, but lose surrounding blanks."""
    ws = flat(
        "id,opened,closed\n007,2026-03-01,\n7,2026-03-01,\n1E5, 2026-03-01 ,\n 8 ,2026-03-01,\n"
    )
    ingest(ws)
    assert list(read_tables(ws.tables).tickets["ticket_id"]) == ["007", "1E5", "7", "8"]


def test_two_contents_of_one_id(flat: Flat) -> None:
    """The first of two contents stays, the other is refused; the same said twice is one."""
    ws = flat("id,opened,closed\nT1,2026-03-01,\nT1,2026-03-02,\nT2,2026-03-03,\nT2,2026-03-03,\n")
    report = ingest(ws)
    assert (report.n_refused, report.n_repeated) == (1, 1)
    assert reasons(ws) == [(3, "this ticket_id was given before with other values")]
    assert list(read_tables(ws.tables).tickets["created_at"].dt.day) == [1, 3]


def test_composed_and_decomposed_ids(flat: Flat) -> None:
    """Ids that look alike are alike: both spellings of an umlaut are one ticket."""
    ws = flat("id,opened,closed\nM\u00fc,2026-03-01,\nMu\u0308,2026-03-02,\n")
    assert reasons(ws) == [(3, "this ticket_id was given before with other values")]


@pytest.mark.parametrize("mark", ["\x1b[31m", "\u202e", "\u200f", "\x9b"])
def test_unprintable_characters(workspace: Make, mark: str) -> None:
    """Escapes and marks of direction are refused in ids and blanked in free text."""
    ws = workspace(
        "  - {name: t, shape: tickets, path: t.csv, time_zone: UTC}",
        more="ingest: {max_quarantined_share: 1}\n",
        t__csv=f"ticket_id,created_at,subject\nT{mark}1,2026-03-01,x\nT2,2026-03-01,a{mark}b\n",
    )
    assert reasons(ws) == [(2, "holds an unprintable character")]
    subject = read_tables(ws.tables).tickets["subject"][0]
    assert mark[0] not in subject
    assert subject.startswith("a ")


def test_event_before_its_ticket(flat: Flat) -> None:
    """What happened before a ticket was created is refused; the ticket stays."""
    ws = flat("id,opened,closed\nT1,2026-03-02,2026-03-01\n")
    ingest(ws)
    frame = read_quarantine(ws)
    assert list(frame["reason"]) == ["event before its ticket was created"]
    assert list(frame["value"]) == ["2026-03-01 00:00:00.000000Z"]
    assert list(read_tables(ws.tables).ticket_events["kind"]) == ["created"]


def test_unknown_status(workspace: Make) -> None:
    """A status that the mapping does not know is refused, with the key that would map it."""
    ws = workspace(
        "  - {name: t, shape: change_log, path: t.csv, time_zone: UTC, statuses: {Neu: new}}",
        more="ingest: {max_quarantined_share: 1}\n",
        t__csv="ticket_id,updated_at,status\nT1,2026-03-01,Neu\nT1,2026-03-02,Erledigt\n",
    )
    assert reasons(ws) == [(3, "unknown status: map it under 'statuses'")]


def test_unknown_zone(flat: Flat) -> None:
    """A time zone that does not exist is told with its line and key."""
    ws = flat("id,opened,closed\n")
    ws.config_path.write_text(ws.config_path.read_text().replace("UTC", "Europe/Belrin"))
    with pytest.raises(ConfigError) as caught:
        ingest(Workspace(ws.root))
    assert str(caught.value) == (
        "forewarn.yaml:6: sources.0.time_zone: unknown time zone 'Europe/Belrin'; expected an "
        "IANA name such as Europe/Berlin or UTC (given: 'Europe/Belrin')"
    )


def test_no_zone(flat: Flat) -> None:
    """A naive time in a source without a zone is refused with file, row, column and value."""
    ws = flat("id,opened,closed\nT1,2026-03-01T09:00Z,\nT2,2026-03-01 09:00,\n")
    ws.config_path.write_text(ws.config_path.read_text().replace("    time_zone: UTC\n", ""))
    with pytest.raises(SourceError, match=r"tickets\.csv, row 3, column 'opened', value '2026-03-"):
        ingest(Workspace(ws.root))


def test_wrong_zone_shows(flat: Flat) -> None:
    """Times that a zone's clocks skipped are refused, with the question that helps."""
    ws = flat("id,opened,closed\nT1,2026-03-29 02:30,\nT2,2026-03-29 03:30,\n")
    ws.config_path.write_text(ws.config_path.read_text().replace("UTC", "Europe/Berlin"))
    assert reasons(Workspace(ws.root)) == [
        (2, "the clocks of Europe/Berlin skipped this time (is the time zone right?)")
    ]


def test_every_category_new(flat: Flat) -> None:
    """A column in which every value differs, and one of a single value, are read as they are."""
    rows = "".join(f"T{i},2026-03-01,,K{i},same\n" for i in range(50))
    ws = flat(f"id,opened,closed,category,channel\n{rows}")
    ingest(ws)
    tickets = read_tables(ws.tables).tickets
    assert tickets["category"].nunique() == 50
    assert tickets["channel"].unique().tolist() == ["same"]


def test_attribute_kinds(flat: Flat) -> None:
    """An attribute is a number where all its values are plain ones; codes stay texts."""
    ws = flat(
        "id,opened,closed,seats,zip,mixed\nT1,2026-03-01,,5,02131,1\nT2,2026-03-01,,-2.5,10,x\nT3,2026-03-01,,,3,\n",
        settings="    attributes: [seats, zip, mixed]",
    )
    ingest(ws)
    tables = read_tables(ws.tables)
    assert sorted(tables.attributes) == ["mixed", "seats", "zip"]
    assert tables.tickets["seats"].tolist()[:2] == [5.0, -2.5]
    assert tables.tickets["zip"].tolist() == ["02131", "10", "3"]
    assert tables.tickets["mixed"].tolist()[:2] == ["1", "x"]


def test_open_tickets_and_single_class(flat: Flat) -> None:
    """A log in which every ticket is closed, or none is, is read like any other."""
    for closed in ("2026-03-02", ""):
        rows = "".join(f"T{i},2026-03-01,{closed}\n" for i in range(5))
        report = ingest(flat(f"id,opened,closed\n{rows}"))
        assert report.rows["tickets"] == 5
        assert report.rows["ticket_events"] == (10 if closed else 5)
        assert isinstance(report.watermark, pd.Timestamp)
