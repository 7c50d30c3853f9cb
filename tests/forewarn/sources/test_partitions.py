"""However tickets are cut into ranges, the tables are the same; memory is bounded by a range."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from forewarn.ingest import ingest
from forewarn.sources.assembly import Assembly
from forewarn.tables import read_tables
from forewarn.workspace import Workspace

Make = Callable[..., Workspace]
SOURCES = """
  - {name: t, shape: flat_tickets, path: t.csv, time_zone: UTC}
  - {name: e, shape: event_log, path: e.csv, time_zone: UTC}
"""


def test_ranges_do_not_matter(workspace: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small ranges, spilled to disk, give the bytes and the quarantine of one range."""
    ids = [f"{chr(97 + i * 7 % 26)}-{i * 37 % 997}" for i in range(900)]
    tickets = "".join(f"{t},2026-03-{i % 28 + 1:02}\n" for i, t in enumerate(ids))
    events = "".join(
        f"{ids[i * 13 % 900]},2026-03-{i % 31 + 1:02},internal_note\n" for i in range(3_000)
    )
    ws = workspace(
        SOURCES,
        more="ingest: {max_quarantined_share: 1}\n",
        t__csv=f"ticket_id,created_at\n{tickets}",
        e__csv=f"ticket_id,occurred_at,kind\n{events}",
    )
    whole = ingest(ws)
    assert whole.reasons.keys() == {"event before its ticket was created"}
    for rows in (100, 700, 2_600):
        cut_so = partial(Assembly, rows_per_partition=rows)
        monkeypatch.setattr("forewarn.ingest.Assembly", cut_so)
        cut = ingest(ws, rebuild=True)
        assert cut.digest == whole.digest
        assert cut.reasons == whole.reasons
        assert cut.n_repeated == whole.n_repeated
    assert len(read_tables(ws.tables).tickets) == len(set(ids))


# VmHWM, not getrusage: that one begins with the peak of the process which started this one.
_INGEST = """
import sys
from pathlib import Path
from forewarn.ingest import ingest
from forewarn.workspace import Workspace
report = ingest(Workspace(Path(sys.argv[1])))
print(report.rows["tickets"], report.rows["ticket_events"], report.n_refused)
status = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.slow
def test_one_gigabyte(tmp_path: Path) -> None:
    """A CSV file of 1 GB is read whole, in less memory than it has bytes."""
    if shutil.disk_usage(tmp_path).free < 4 << 30:
        pytest.skip("needs 4 GB of free disk for a CSV file of 1 GB and its tables")
    note = "The printer on the second floor does not print. " * 5
    lines = [
        f"T@@@@{i:05},2026-01-{i % 28 + 1:02} 08:00:00,2026-02-01 09:00:00,"
        f"P{i % 4},G{i % 9},Printer {i % 7},{note}"
        for i in range(20_000)
    ]
    block = ("\n".join(lines) + "\n").encode()
    copies = (1 << 30) // len(block) + 1
    path = tmp_path / "tickets.csv"
    with path.open("wb") as file:
        file.write(b"ticket_id,created_at,closed_at,priority,group_id,subject,note\n")
        for n in range(copies):
            file.write(block.replace(b"@@@@", b"%04d" % n))
        file.write(b"Total,,,,,,\n")
    (tmp_path / "forewarn.yaml").write_text(
        "sources: [{name: t, shape: flat_tickets, path: tickets.csv, time_zone: UTC}]\nsla: {}\n"
    )
    assert path.stat().st_size > 1 << 30
    command = [sys.executable, "-c", _INGEST, str(tmp_path)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    path.unlink()
    n = 20_000 * copies
    assert [int(word) for word in told[:3]] == [n, 2 * n, 1]
    assert int(told[3]) < 900
