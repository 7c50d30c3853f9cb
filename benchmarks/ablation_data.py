"""Data sets of part ``ablation``: public logs where they are, and the simulated desk."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from benchmarks.ablation_fits import Data
from benchmarks.ablation_made_sla import observe_made_sla
from benchmarks.record import ROOT
from features.build import build_features
from features.history import History, build_history
from features.observations import landmark_observations
from features.recording_texts import HASHED, SENTIMENT
from forewarn.config import Config, parse_config
from forewarn.demo.catalogue import SHIFTS, ZONE
from forewarn.examples import Example, init_workspace
from forewarn.ingest import ingest
from forewarn.progress import Progress
from forewarn.sla.labels import as_instants
from forewarn.tables import Tables, read_tables
from forewarn.workspace import Workspace
from models.splits import history_end, rolling_cutoffs, training_outcomes

FOLDER = ROOT / "build" / "bench" / "ablation"
"""Workspaces of the data sets; tables and histories are kept from run to run."""
LOGS: dict[Example, str | None] = {
    "uci": "uci_incidents/incident_event_log.parquet",
    "boston": "boston311/service_requests_2011h2.parquet",
    "demo": None,
}
"""Data sets, with the file of a public log; the demo simulates its own."""


def public_data() -> Path:
    """The folder of the public logs."""
    return Path(os.environ.get("FOREWARN_DATA", ROOT.parent / "shared" / "data"))


def data_sets(progress: Progress) -> Iterator[tuple[Data, History, Config]]:
    """Each data set with its history and configuration; the public logs only where they are."""
    for name, file in LOGS.items():
        log = None if file is None else public_data() / file
        if log is None or log.is_file():
            tables, history, config = _read(name, log, progress)
            for metric in config.sla.metrics:
                yield observe(name, history, config, metric=metric), history, config
            if name == "uci" and log is not None:
                yield observe_made_sla(log, tables, history), history, config


def observe(name: str, history: History, config: Config, *, metric: str) -> Data:
    """All landmark observations of the metric with every declared feature, computed once."""
    rows = landmark_observations(
        history, landmarks=config.training.landmarks, opened_from=config.training.opened_from
    )
    rows = rows[rows["metric"] == metric].reset_index(drop=True)
    opened = np.asarray(history.ticket_created_at[rows["ticket"].to_numpy()])
    rows = rows.assign(opened_at=as_instants(opened))

    def outcomes_at(instant: pd.Timestamp) -> pd.DataFrame:
        return training_outcomes(history, rows, cutoff=instant)

    return Data(
        name=f"{name} {metric}",
        metric=metric,
        features=build_features(history, rows),
        outcomes_at=outcomes_at,
        windows=rolling_cutoffs(history, rows, config),
        end=history_end(history),
    )


def _read(name: Example, log: Path | None, progress: Progress) -> tuple[Tables, History, Config]:
    workspace = Workspace(FOLDER / name)
    if not workspace.config_path.exists():
        workspace.root.mkdir(parents=True, exist_ok=True)
        init_workspace(workspace.root, example=name, data=log)
    ingest(workspace, progress=progress)
    config = workspace.config if log else with_everything(workspace.config_path)
    tables = read_tables(workspace.tables)
    return (
        tables,
        build_history(tables, config, folder=workspace.history, progress=progress),
        config,
    )


def with_everything(path: Path) -> Config:
    """The demo's configuration with calendars for its agents' shifts, and texts as numbers."""
    content = yaml.safe_load(path.read_text("utf-8"))
    for shift, windows in SHIFTS.items():
        hours = [f"{_clock(start)}-{_clock(end)}" for start, end in windows]
        content["sla"]["calendars"][shift] = {"time_zone": str(ZONE), "windows": {"mon-fri": hours}}
    content["features"] = {"include": [f"ticket_{name}" for name in text_names()]}
    return parse_config(yaml.safe_dump(content))


def text_names() -> tuple[str, ...]:
    """What can be made of texts here; the sentiment needs a package of its own."""
    has_lexicon = importlib.util.find_spec("textblob") is not None
    return (*HASHED, SENTIMENT) if has_lexicon else HASHED


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
