"""What part ``ablation`` observes of each data set."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from benchmarks.ablation_fits import Data
from benchmarks.ablation_made_sla import observe_made_sla
from benchmarks.data_sets import data_sets
from features.build import build_features
from features.history import History
from features.observations import landmark_observations
from features.recording_texts import HASHED, SENTIMENT
from forewarn.config import Config, parse_config
from forewarn.demo.catalogue import SHIFTS, ZONE
from forewarn.progress import Progress
from forewarn.sla.labels import as_instants
from models.splits import history_end, rolling_cutoffs, training_outcomes


def observed_sets(progress: Progress) -> Iterator[tuple[Data, History, Config]]:
    """Each data set's metrics with history and configuration."""
    for found in data_sets(progress):
        path = found.workspace.config_path
        config = found.workspace.config if found.log else with_everything(path)
        history = found.history(config, kind="ablation", progress=progress)
        for metric in config.sla.metrics:
            yield observe(found.name, history, config, metric=metric), history, config
        if found.name == "uci" and found.log is not None:
            yield observe_made_sla(found.log, found.tables, history), history, config


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
