"""The examples that 'forewarn init' writes: valid, commented, and right about the real data."""

from pathlib import Path

import pandas as pd
import pytest

from forewarn.config import load_config
from forewarn.errors import ConfigError
from forewarn.examples import init_workspace
from forewarn.ingest import ingest
from forewarn.quarantine import read_quarantine
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

UCI = "uci_incidents/incident_event_log.parquet"
BOSTON = "boston311/service_requests_2011h2.parquet"


@pytest.mark.real_data
def test_uci(real_data: Path, tmp_path: Path) -> None:
    """The UCI log: 24,918 incidents; its eleven odd rows go to quarantine, each with a reason."""
    init_workspace(tmp_path, example="uci", data=real_data / UCI)
    ws = Workspace(tmp_path)
    report = ingest(ws)
    assert (report.n_read, report.n_refused) == (141_712, 11)
    assert report.reasons == {
        "unknown status: map it under 'statuses'": 5,
        "update before its ticket was created": 5,
        "this sequence number of the ticket was given before with other values": 1,
    }
    assert set(read_quarantine(ws)["column"]) == {
        "incident_state", "sys_updated_at", "sys_mod_count",
    }  # fmt: skip
    tables = read_tables(ws.tables)
    assert len(tables.tickets) == 24_918
    assert tables.ticket_events["kind"].value_counts().to_dict() == {
        "assigned": 31_784, "solved": 25_236, "closed": 24_930, "created": 24_918,
        "group_changed": 23_318, "status_changed": 15_532, "category_changed": 1_313,
        "priority_changed": 436, "reopened": 331,
    }  # fmt: skip
    assert not set(tables.attributes) & {"closed_code", "resolved_by", "made_sla", "sys_mod_count"}
    assert ingest(ws).is_changed is False


@pytest.mark.real_data
def test_uci_opening_observations(real_data: Path, tmp_path: Path) -> None:
    """Incidents of May that are open just after their first row: 7,056, of which .366 breach."""
    init_workspace(tmp_path, example="uci", data=real_data / UCI)
    ws = Workspace(tmp_path)
    ingest(ws)
    tables = read_tables(ws.tables)
    tickets = tables.tickets.set_index("ticket_id")
    may = tickets[tickets["created_at"].between("2016-05-01T00:00Z", "2016-05-31T23:59Z")]
    done = tables.ticket_events[tables.ticket_events["kind"].isin(["solved", "closed"])]
    completed = done.groupby("ticket_id")["known_at"].min().reindex(may.index)
    hours = may["priority"].str[0].map({"1": 4, "2": 8, "3": 24, "4": 48})
    due = may["created_at"] + pd.to_timedelta(hours, unit="h")
    seen = may["known_at"] + pd.Timedelta("1us")
    is_open = (completed.isna() | (completed >= seen)) & (due >= seen)
    assert int(is_open.sum()) == 7_056
    assert round(float((completed.isna() | (completed > due))[is_open].mean()), 3) == 0.366


@pytest.mark.real_data
def test_boston(real_data: Path, tmp_path: Path) -> None:
    """The Boston log: 5,660 requests of November open after a minute, .280 of them late."""
    init_workspace(tmp_path, example="boston", data=real_data / BOSTON)
    ws = Workspace(tmp_path)
    report = ingest(ws)
    assert (report.n_read, report.n_refused) == (58_251, 0)
    tables = read_tables(ws.tables)
    tickets = tables.tickets.set_index("ticket_id")
    assert int(tickets["resolution_due_at"].notna().sum()) == 47_270
    closed = tables.ticket_events.query("kind == 'closed'").set_index("ticket_id")["occurred_at"]
    month = tickets["created_at"].between("2011-11-01T04:00Z", "2011-12-01T04:59:59Z")
    november = tickets[month & (tickets["resolution_due_at"] > tickets["created_at"])]
    ended = closed.reindex(november.index)
    is_open = ~(ended <= november["created_at"] + pd.Timedelta("1min"))
    late = ended.isna() | (ended > november["resolution_due_at"])
    assert int(is_open.sum()) == 5_660
    assert round(float(late[is_open].mean()), 3) == 0.280
    assert not set(tables.attributes) & {"ontime", "case_status"}


def test_own(tmp_path: Path) -> None:
    """Without an example: a commented file to fill in, that already is valid."""
    data = tmp_path / "export.csv"
    data.write_text("ticket_id,created_at\n1,2026-03-01\n")
    written = init_workspace(tmp_path / "desk", example=None, data=data)
    assert [p.name for p in written] == [".gitignore", "forewarn.yaml"]
    assert ingest(Workspace(tmp_path / "desk")).rows["tickets"] == 1
    assert (tmp_path / "desk" / ".gitignore").read_text() == "/.forewarn/\n"
    text = (tmp_path / "desk" / "forewarn.yaml").read_text()
    assert text.count("#") > 30


def test_data_inside_the_workspace_is_relative(tmp_path: Path) -> None:
    """A workspace with its data can be moved."""
    data = tmp_path / "my data.csv"
    data.write_text("ticket_id,created_at\n1,2026-03-01\n")
    init_workspace(tmp_path, example=None, data=data)
    assert load_config(tmp_path / "forewarn.yaml").sources[0].path == "my data.csv"


def test_without_data(tmp_path: Path) -> None:
    """No file named: tickets.csv is expected beside forewarn.yaml."""
    init_workspace(tmp_path, example=None, data=None)
    assert load_config(tmp_path / "forewarn.yaml").sources[0].path == "tickets.csv"


def test_refusals(tmp_path: Path) -> None:
    """Nothing is overwritten, and an example that needs data says where it is offered."""
    with pytest.raises(ConfigError, match=r"--example uci needs --data FILE; .*archive\.ics\.uci"):
        init_workspace(tmp_path, example="uci", data=None)
    with pytest.raises(ConfigError, match="is not a file; name the data file with --data"):
        init_workspace(tmp_path, example="boston", data=tmp_path / "none")
    init_workspace(tmp_path, example=None, data=None)
    with pytest.raises(ConfigError, match="is there already; remove it first, or choose another"):
        init_workspace(tmp_path, example=None, data=None)


def test_demo_configuration() -> None:
    """The demo's configuration is valid as it is shipped."""
    folder = Path(__file__).parents[2] / "forewarn" / "examples"
    config = load_config(folder / "demo.yaml")
    assert [s.shape for s in config.sources] == [
        "tickets", "event_log", "customers", "customer_health", "agents", "groups",
    ]  # fmt: skip
    assert config.scoring.as_of == "data"
