"""Data sets of the benchmarks: public logs where they are, and the simulated desk."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.record import ROOT
from features.history import History, build_history
from forewarn.config import Config
from forewarn.examples import Example, init_workspace
from forewarn.ingest import ingest
from forewarn.progress import Progress
from forewarn.tables import Tables, read_tables
from forewarn.workspace import Workspace

FOLDER = ROOT / "build" / "bench" / "data"
"""Workspaces of the data sets; tables and histories are kept from run to run."""
LOGS: dict[Example, str | None] = {
    "uci": "uci_incidents/incident_event_log.parquet",
    "boston": "boston311/service_requests_2011h2.parquet",
    "demo": None,
}
"""Data sets, with the file of a public log; the demo simulates its own."""


@dataclass(frozen=True)
class DataSet:
    """One desk's tables, and histories made of them. ``log``: its public file, if it has one."""

    name: Example
    log: Path | None
    workspace: Workspace
    tables: Tables

    def history(self, config: Config, *, kind: str, progress: Progress) -> History:
        """Its history under a configuration; the last one of each ``kind`` is kept."""
        folder = self.workspace.history / kind
        return build_history(self.tables, config, folder=folder, progress=progress)


def public_data() -> Path:
    """The folder of the public logs."""
    return Path(os.environ.get("FOREWARN_DATA", ROOT.parent / "shared" / "data"))


def data_sets(progress: Progress) -> Iterator[DataSet]:
    """Each data set, read; the public logs only where they are."""
    for name, file in LOGS.items():
        log = None if file is None else public_data() / file
        if log is None or log.is_file():
            yield read_data_set(name, log, progress=progress)


def read_data_set(name: Example, log: Path | None, *, progress: Progress) -> DataSet:
    """A workspace of the example, ingested."""
    workspace = Workspace(FOLDER / f"{name}-{_version(name)}")
    if not workspace.config_path.exists():
        workspace.root.mkdir(parents=True, exist_ok=True)
        init_workspace(workspace.root, example=name, data=log)
    ingest(workspace, progress=progress)
    return DataSet(name, log, workspace, read_tables(workspace.tables))


def _version(name: Example) -> str:
    """Hash of what makes a workspace: the example, and the simulator."""
    package = ROOT / "forewarn"
    made_by = [package / "examples" / f"{name}.yaml"]
    if LOGS[name] is None:
        made_by += sorted((package / "demo").rglob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in made_by)).hexdigest()[:12]
