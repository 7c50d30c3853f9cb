"""The public logs, ingested by their example configurations and run through the clock.

The counts are those of the evaluation protocol, which were found without this project.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forewarn.config import load_config
from forewarn.examples import Example, init_workspace
from forewarn.ingest import ingest
from forewarn.sla.clock import reach, read_clocks
from forewarn.sla.events import microseconds
from forewarn.sla.labels import label_clocks
from forewarn.sla.timeline import Timelines, build_timelines
from forewarn.tables import Tables, read_tables
from forewarn.workspace import Workspace

pytestmark = [pytest.mark.real_data, pytest.mark.slow]
MINUTE = 60_000_000


def clocks_of(folder: Path, example: Example, data: Path) -> tuple[Tables, Timelines]:
    """Tables and timelines of an example workspace."""
    init_workspace(folder, example=example, data=data)
    workspace = Workspace(folder)
    ingest(workspace)
    tables = read_tables(workspace.tables)
    return tables, build_timelines(tables, load_config(workspace.config_path).sla)


def opened_within(tables: Tables, timelines: Timelines, first: str, last: str) -> np.ndarray:
    """Clocks of tickets created in ``[first, last)``."""
    created_at = tables.tickets["created_at"]
    chosen = (created_at >= pd.Timestamp(first)) & (created_at < pd.Timestamp(last))
    return np.flatnonzero(chosen.to_numpy()[timelines.clock_ticket])


def observed(timelines: Timelines, clocks: np.ndarray, as_of: np.ndarray) -> np.ndarray:
    """Final verdicts of those clocks that are open and unbroken as read at ``as_of``."""
    readings = read_clocks(timelines, clocks, as_of=as_of)
    labels = label_clocks(timelines, as_of=timelines.watermark + 1)
    chosen = clocks[readings.is_open & ~readings.is_breached]
    return labels["is_breached"].to_numpy()[chosen]


def test_the_incident_log_gives_the_protocols_observations(real_data: Path, tmp_path: Path) -> None:
    """May 2016: 7,056 at opening, .366 of them broken; 18,825 over all landmarks, .685."""
    data = real_data / "uci_incidents" / "incident_event_log.parquet"
    tables, timelines = clocks_of(tmp_path, "uci", data)
    clocks = opened_within(tables, timelines, "2016-05-01T00:00Z", "2016-06-01T00:00Z")
    known_at = microseconds(tables.tickets["known_at"])[timelines.clock_ticket[clocks]]
    verdicts = [observed(timelines, clocks, known_at + 1)]
    for share in (0.25, 0.5, 0.75, 0.9):
        as_of = reach(timelines, clocks, share=share) + 1
        seen = as_of > known_at
        verdicts.append(observed(timelines, clocks[seen], as_of[seen]))
    assert verdicts[0].size == 7_056
    assert round(float(verdicts[0].mean()), 3) == 0.366
    everything = np.concatenate(verdicts)
    assert everything.size == 18_825
    assert round(float(everything.mean()), 3) == 0.685


def test_the_city_log_gives_the_protocols_observations(real_data: Path, tmp_path: Path) -> None:
    """November 2011, a minute after opening, by imported deadlines: 5,660, .280 of them late."""
    data = real_data / "boston311" / "service_requests_2011h2.parquet"
    tables, timelines = clocks_of(tmp_path, "boston", data)
    assert len(timelines) == 47_270
    assert timelines.terms_imported.all()
    clocks = opened_within(tables, timelines, "2011-11-01T04:00Z", "2011-12-01T05:00Z")
    created_at = microseconds(tables.tickets["created_at"])[timelines.clock_ticket[clocks]]
    verdicts = observed(timelines, clocks, created_at + MINUTE + 1)
    assert verdicts.size == 5_660
    assert round(float(verdicts.mean()), 3) == 0.280
