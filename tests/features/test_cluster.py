"""Features on a cluster: the same values as on one machine, exactly."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("distributed", reason="the extra 'dask' is not installed")

from distributed import Client, LocalCluster

from features.build import build_features
from features.cluster.connect import ClusterError, connected
from features.cluster.parts import read_part, write_parts
from features.cluster.run import Built, build_on_cluster
from features.history import History
from features.labelled import history_observations
from forewarn.config import Config, parse_config
from forewarn.errors import DataError
from forewarn.tables import Tables

HistoryOf = Callable[..., History]
ORDER = ["ticket_id", "metric", "cycle", "as_of", "landmark"]
BARE = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
sla:
  metrics: [resolution]
  policies:
    - {name: all, targets: {resolution: 10h}}
"""
RATED = """
    - {name: desk_rating, events: csat, by: desk, measure: mean}
    - {name: group_rating_30d, events: csat, by: group, measure: mean, window: 30d}
    - {name: desk_notes, events: internal_note, by: desk, measure: count}
    - {name: site_notes_age, events: internal_note, by: site, measure: age}
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two workers in this process."""
    options = {"processes": False, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(n_workers=2, **options) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture(scope="module")
def rated_tables(small_tables: Tables) -> Tables:
    """The small world with ratings whose sums depend on their order, some in one instant."""
    events = small_tables.ticket_events.copy()
    rated = np.flatnonzero(events["kind"] == "csat")
    values = np.random.default_rng(5).uniform(0.1, 9.9, rated.size).astype(str)
    events.loc[rated, "to_value"] = values
    events.loc[rated[::3], "known_at"] = events["known_at"].max()
    return dataclasses.replace(small_tables, ticket_events=events, digest="rated")


@pytest.fixture(scope="module")
def rated_config(small_config: Config) -> Config:
    """The small world's configuration with more features of its own."""
    more = parse_config(f"{BARE}features:\n  own:{RATED}").features.own
    own = (*small_config.features.own, *more)
    features = small_config.features.model_copy(update={"own": own})
    return small_config.model_copy(update={"features": features})


def on_cluster(
    client: Client, tables: Tables, config: Config, folder: str, *, n_parts: int, **options: Any
) -> tuple[Built, pd.DataFrame]:
    """What the cluster says and its rows, in a fixed order."""
    write_parts(tables, f"{folder}/tables", n_parts=max(n_parts, 8))
    built = build_on_cluster(
        client, config, tables=f"{folder}/tables", output=f"{folder}/features",
        scratch=f"{folder}/scratch", n_parts=n_parts, **{"least": 20, **options},
    )  # fmt: skip
    return built, read_rows(f"{folder}/features")


def read_rows(folder: str) -> pd.DataFrame:
    """All parts as one frame."""
    parts = [pq.read_table(path) for path in sorted(Path(folder).glob("*.parquet"))]
    return pa.concat_tables(parts).to_pandas().sort_values(ORDER, ignore_index=True)


def on_one_machine(history: History, config: Config) -> pd.DataFrame:
    """The same rows from a history in memory."""
    observations = history_observations(history, config)
    features = build_features(history, observations)
    texts = {n: features[n].astype("str") for n in features if features[n].dtype == "category"}
    rows = pd.concat([observations[ORDER], features.assign(**texts)], axis=1)
    return rows.sort_values(ORDER, ignore_index=True)


def assert_equal(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Every value is the same to the last bit."""
    pd.testing.assert_frame_equal(found[expected.columns], expected, check_exact=True)


@pytest.mark.parametrize("per_worker", [1, 2, 4])
def test_every_feature_equals_that_of_one_machine(
    client: Client,
    rated_tables: Tables,
    rated_config: Config,
    history_of: HistoryOf,
    tmp_path: Path,
    per_worker: int,
) -> None:
    """All declared features, own and coded ones included, however many parts a worker has."""
    built, found = on_cluster(
        client, rated_tables, rated_config, str(tmp_path), n_parts=2 * per_worker
    )
    expected = on_one_machine(history_of(rated_tables, rated_config), rated_config)
    assert_equal(found, expected)
    assert (built.n_tickets, built.n_observations) == (250, len(expected))
    assert built.slices["all"] == 2 * per_worker  # so sums of the desk were carried on
    assert found["desk_rating"].nunique() > 20
