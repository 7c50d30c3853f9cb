"""Ingest reads what is new, changes nothing where nothing is, and survives being killed."""

import dataclasses
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from forewarn.errors import BusyError, DataError, SourceError
from forewarn.ingest import IngestReport, ingest
from forewarn.quarantine import read_quarantine
from forewarn.schema import AGENTS, SPECS
from forewarn.sources import parts, reading
from forewarn.sources.shapes import INPUTS
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

YAML = """
sources:
  - {name: tickets, shape: tickets, path: "tickets-*.csv", time_zone: UTC}
  - {name: events, shape: event_log, path: "events-*.csv", time_zone: UTC}
sla: {policies: [{name: all, targets: {resolution: 8h}}]}
ingest: {max_quarantined_share: 0.5}
"""


def write_day(folder: Path, day: int, *, tickets: int = 20) -> None:
    """One day's export: tickets and their events."""
    opened = [f"T{day}-{i},2026-03-{day:02} {i % 24:02}:00" for i in range(tickets)]
    replies = [f"T{day}-{i},2026-03-{day:02} {i % 24:02}:30,agent_reply" for i in range(tickets)]
    (folder / f"tickets-{day}.csv").write_text("ticket_id,created_at\n" + "\n".join(opened))
    (folder / f"events-{day}.csv").write_text("ticket_id,occurred_at,kind\n" + "\n".join(replies))


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """A workspace with three days of exports."""
    (tmp_path / "forewarn.yaml").write_text(YAML)
    for day in (1, 2, 3):
        write_day(tmp_path, day)
    return Workspace(tmp_path)


def files_of(ws: Workspace) -> dict[str, bytes]:
    """Every table file with its content."""
    return {p.name: p.read_bytes() for p in ws.tables.glob("*.parquet")}


def new_inputs(report: IngestReport) -> list[int]:
    """How many files of each source were new."""
    return [source.n_new for source in report.sources]


def test_second_ingest_changes_nothing(ws: Workspace) -> None:
    """Nothing new: no file is read again, and every table keeps its bytes."""
    first = ingest(ws)
    before = files_of(ws)
    again = ingest(ws)
    assert (first.is_changed, again.is_changed) == (True, False)
    assert new_inputs(first) == [3, 3]
    assert new_inputs(again) == [0, 0]
    assert again.digest == first.digest
    assert again.rows == {
        "tickets": 60, "ticket_events": 120, "customers": 0, "customer_health": 0, "agents": 0,
        "groups": 0,
    }  # fmt: skip
    assert files_of(ws) == before


def test_touched_file_is_not_read_again(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """New times on an old content are noticed by its digest, once."""
    ingest(ws)
    os.utime(ws.root / "tickets-1.csv")
    monkeypatch.setattr(reading, "write_part", None)
    assert not ingest(ws).is_changed
    monkeypatch.setattr("forewarn.sources.inputs.sha256_of", None)
    assert not ingest(ws).is_changed


def test_only_what_is_new_is_read(ws: Workspace) -> None:
    """Of four files one is new; the tables equal those of one whole read."""
    ingest(ws)
    write_day(ws.root, 4)
    grown = ingest(ws)
    assert new_inputs(grown) == [1, 1]
    assert grown.rows["tickets"] == 80
    rebuilt = ingest(ws, rebuild=True)
    assert new_inputs(rebuilt) == [4, 4]
    assert rebuilt.digest == grown.digest


def test_order_of_arrival_does_not_matter(ws: Workspace, tmp_path: Path) -> None:
    """Files that came one by one give the bytes of files that came at once."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "forewarn.yaml").write_text(YAML)
    for day in (3, 1, 2):
        write_day(other, day)
        last = ingest(Workspace(other))
    assert last.digest == ingest(ws).digest


def test_removed_and_changed_files(ws: Workspace) -> None:
    """What a source no longer says is no longer in the tables."""
    ingest(ws)
    for path in ws.root.glob("*-3.csv"):
        path.unlink()
    write_day(ws.root, 2, tickets=5)
    report = ingest(ws)
    assert (report.rows["tickets"], new_inputs(report)) == (25, [1, 1])
    assert len(list((ws.tables / "parts").glob("*.rows.parquet"))) == 4


def test_changed_mapping_reads_again(ws: Workspace) -> None:
    """Another time zone is another content."""
    first = ingest(ws)
    ws.config_path.write_text(YAML.replace("UTC", "Europe/Berlin"))
    second = ingest(Workspace(ws.root))
    assert second.digest != first.digest
    assert new_inputs(second) == [3, 3]


def test_damaged_state_is_read_again(ws: Workspace) -> None:
    """A lost table or a damaged manifest costs a whole read, nothing else."""
    first = ingest(ws)
    next(ws.tables.glob("tickets-*.parquet")).unlink()
    with pytest.raises(DataError, match="missing or was altered: run 'forewarn ingest"):
        read_tables(ws.tables)
    assert ingest(ws).digest == first.digest
    (ws.tables / "manifest.json").write_text("[]")
    with pytest.raises(DataError, match="damaged"):
        read_tables(ws.tables)
    assert ingest(ws).digest == first.digest
    assert len(read_tables(ws.tables).tickets) == 60


def test_failed_ingest_leaves_the_tables(ws: Workspace) -> None:
    """A file that cannot be read stops the ingest and leaves the tables as they were."""
    first = ingest(ws)
    (ws.root / "tickets-4.csv").write_text("")
    with pytest.raises(SourceError, match=r"tickets-4\.csv: is empty"):
        ingest(ws)
    assert read_tables(ws.tables).digest == first.digest
    assert len(read_quarantine(ws)) == 0


def test_one_at_a_time(ws: Workspace) -> None:
    """A second ingest of the same workspace is told that it is busy."""
    ingest(ws)
    script = (
        "import fcntl, sys, time\n"
        f"file = open({str(ws.tables / '.lock')!r}, 'a')\n"
        "fcntl.flock(file, fcntl.LOCK_EX)\n"
        "print('held', flush=True)\n"
        "time.sleep(60)\n"
    )
    holder = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(BusyError, match="another 'forewarn ingest' is at work"):
            ingest(ws)
    finally:
        holder.kill()
        holder.communicate()
    assert not ingest(ws).is_changed


_INGEST_WHEN_TOLD = """
import sys
from pathlib import Path
from forewarn.ingest import ingest
from forewarn.workspace import Workspace
ws = Workspace(Path(sys.argv[1]))
ws.config
print("ready", flush=True)
sys.stdin.readline()
ingest(ws)
print("done", flush=True)
sys.stdin.readline()
"""


@pytest.mark.slow
def test_killed_at_any_moment(ws: Workspace, tmp_path: Path) -> None:
    """Whenever an ingest is killed, the tables are whole, and the next ingest catches up."""
    ingest(ws)
    n_before = []
    for day in range(4, 11):
        write_day(ws.root, day)
        command = [sys.executable, "-c", _INGEST_WHEN_TOLD, str(ws.root)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            process.stdin.write(b"go\n")
            process.stdin.flush()
            time.sleep(0.08 * (day - 4))
            assert process.poll() is None
            process.kill()
        n_tickets = len(read_tables(ws.tables).tickets)
        assert n_tickets % 20 == 0
        assert 60 <= n_tickets <= 20 * day
        n_before.append(n_tickets < 20 * day)
    assert n_before[0]
    last = ingest(ws)
    assert last.rows["tickets"] == 10 * 20
    clean = tmp_path / "clean"
    clean.mkdir()
    for path in (*ws.root.glob("*.csv"), ws.config_path):
        shutil.copy(path, clean)
    assert ingest(Workspace(clean)).digest == last.digest
    left = [p.name for p in ws.tables.rglob("*") if "tmp" in p.name or "scratch" in p.name]
    assert left == []


def test_agents_kept_before_a_column_came_are_read_again(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next ingest knows whom A1 also serves; of the other sources no file is read again."""
    agents = "\n  - {name: agents, shape: agents, path: agents.csv}\nsla:"
    ws.config_path.write_text(YAML.replace("\nsla:", agents))
    (ws.root / "agents.csv").write_text("agent_id,group_id,also_serves\nA1,net,mail\n")
    with monkeypatch.context() as before:
        columns = tuple(c for c in INPUTS["agents"] if c.name != "also_serves")
        kept = tuple(c for c in AGENTS.columns if c.name != "also_serves")
        before.setitem(INPUTS, "agents", columns)
        before.setitem(SPECS, "agents", dataclasses.replace(AGENTS, columns=kept))
        before.setattr(parts, "_SHAPE_VERSIONS", {})
        ingest(ws)
    assert read_tables(ws.tables).agents["also_serves"].isna().all()
    report = ingest(ws)
    assert new_inputs(report) == [0, 0, 1]
    assert read_tables(ws.tables).agents["also_serves"].tolist() == ["mail"]
    assert not ingest(ws).is_changed
