"""Features on a cluster: the same values as on one machine, exactly."""

import dataclasses
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("distributed", reason="the extra 'dask' is not installed")

from distributed import Client, LocalCluster, Security

from features.build import build_features
from features.catalogue import declared_features
from features.cluster import connect
from features.cluster.connect import Tls, check_versions, checked, connected, versions
from features.cluster.parts import write_parts
from features.cluster.reading import read_features
from features.cluster.run import Built, build_on_cluster
from features.history import History
from features.labelled import history_observations
from forewarn.config import Config, parse_config
from forewarn.errors import ClusterError, DataError
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
    options = {"processes": False, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
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
def test_every_feature_equals_that_of_one_machine(  # noqa: PLR0917
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


def test_worker_processes_give_the_same(
    small_tables: Tables, small_config: Config, small_history: History, tmp_path: Path
) -> None:
    """Two processes on loopback, as the command line starts them."""
    with connected(n_workers=2) as client:
        _, found = on_cluster(client, small_tables, small_config, str(tmp_path), n_parts=2)
    assert_equal(found, on_one_machine(small_history, small_config))


def test_the_demo_gives_the_same(
    client: Client,
    demo_tables: Tables,
    demo_config: Config,
    demo_history: History,
    tmp_path: Path,
) -> None:
    """Six weeks of the demo desk, health scores and shifts included."""
    _, found = on_cluster(client, demo_tables, demo_config, str(tmp_path), n_parts=4, least=500)
    assert_equal(found, on_one_machine(demo_history, demo_config))


@pytest.mark.real_data
@pytest.mark.slow
def test_a_real_log_gives_the_same(client: Client, real_data: Path, tmp_path: Path) -> None:
    """The UCI log, of which a fifth of the rows share their minute with another."""
    from features.history import build_history
    from forewarn.config import load_config
    from forewarn.examples import init_workspace
    from forewarn.ingest import ingest
    from forewarn.tables import read_tables
    from forewarn.workspace import Workspace

    data = real_data / "uci_incidents" / "incident_event_log.parquet"
    init_workspace(tmp_path, example="uci", data=data)
    ws = Workspace(tmp_path)
    ingest(ws)
    tables, config = read_tables(ws.tables), load_config(ws.config_path)
    expected = on_one_machine(build_history(tables, config, folder=ws.history), config)
    _, found = on_cluster(client, tables, config, str(tmp_path / "on"), n_parts=4, least=5000)
    assert_equal(found, expected)


def test_no_tickets_give_no_rows(
    client: Client, small_tables: Tables, small_config: Config, tmp_path: Path
) -> None:
    """The empty history: files without rows, and no error."""
    none = dataclasses.replace(
        small_tables,
        tickets=small_tables.tickets.iloc[:0],
        ticket_events=small_tables.ticket_events.iloc[:0],
    )
    built, found = on_cluster(client, none, small_config, str(tmp_path), n_parts=2)
    assert (built.n_tickets, built.n_observations, len(found)) == (0, 0, 0)
    assert "ticket_events" in found


def test_a_ticket_that_belongs_to_nobody(
    client: Client, desk: Callable[..., Tables], history_of: HistoryOf, tmp_path: Path
) -> None:
    """Without customer, group and agent, alone in its part or beside one that has them."""
    tables = desk(
        [("T1", 0), ("T2", 1, {"customer_id": "C", "group_id": "g"}), ("T3", 2)],
        [("T2", 2, "assigned", {"to_value": "a"}), ("T3", 5, "solved")],
    )
    config = parse_config(BARE)
    _, found = on_cluster(client, tables, config, str(tmp_path), n_parts=8, least=1)
    assert_equal(found, on_one_machine(history_of(tables, config), config))
    nobody = found[found["ticket_id"] == "T1"]
    assert nobody[["customer_open", "group_backlog_ratio_28d"]].isna().all(axis=None)


def test_any_storage_will_do(
    client: Client, small_tables: Tables, small_config: Config, small_history: History
) -> None:
    """Tables, exchange and features in fsspec's memory; nothing but the features is left."""
    import fsspec

    write_parts(small_tables, "memory://desk/tables", n_parts=2)
    build_on_cluster(
        client, small_config, tables="memory://desk/tables", output="memory://desk/features",
        scratch="memory://desk/scratch", n_parts=2, names=["customer_open", "ticket_status"],
    )  # fmt: skip
    observations = history_observations(small_history, small_config).iloc[::-1]
    names = ["ticket_status", "customer_open"]
    found = read_features("memory://desk/features", small_history, observations, names=names)
    expected = build_features(small_history, observations, names=names)
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    files = fsspec.filesystem("memory")
    assert files.find("/desk/scratch") == []
    files.rm("/desk", recursive=True)


def test_features_of_other_tables_are_refused(
    client: Client, small_tables: Tables, small_config: Config, small_history: History,
    tmp_path: Path,
) -> None:  # fmt: skip
    """An observation that the files do not hold is no null."""
    half = dataclasses.replace(small_tables, tickets=small_tables.tickets.iloc[:100])
    on_cluster(client, half, small_config, str(tmp_path), n_parts=2, names=["customer_open"])
    observations = history_observations(small_history, small_config)
    address = f"{tmp_path}/features"
    with pytest.raises(DataError, match="it is of other tables"):
        read_features(address, small_history, observations, names=["customer_open"])
    with pytest.raises(DataError, match="has no feature 'customer_tier'"):
        read_features(address, small_history, observations, names=["customer_tier"])


def test_wishes_that_cannot_be_met(
    client: Client, small_tables: Tables, small_config: Config, tmp_path: Path
) -> None:
    """More parts than the tables have, a feature that is not declared, no tables at all."""
    write_parts(small_tables, f"{tmp_path}/tables", n_parts=8)
    with pytest.raises(DataError, match="has 8 parts, asked for 9"):
        build_on_cluster(
            client, small_config, tables=f"{tmp_path}/tables", output=f"{tmp_path}/features",
            scratch=f"{tmp_path}/scratch", n_parts=9,
        )  # fmt: skip
    with pytest.raises(DataError, match="feature 'ticket_colour' is not declared"):
        on_cluster(client, small_tables, small_config, str(tmp_path), n_parts=1,
                   names=["ticket_colour"])  # fmt: skip
    with pytest.raises(DataError, match=r"manifest\.json is not there"):
        build_on_cluster(
            client, small_config, tables=f"{tmp_path}/nowhere", output=f"{tmp_path}/features",
            scratch=f"{tmp_path}/scratch", n_parts=1,
        )  # fmt: skip


def test_progress_is_told_and_only_rises(
    client: Client, small_tables: Tables, small_config: Config, tmp_path: Path
) -> None:
    """Every stage by its name, up to the end."""
    told: list[tuple[str, float]] = []
    options = {"names": ["customer_open"], "progress": lambda what, done: told.append((what, done))}
    on_cluster(client, small_tables, small_config, str(tmp_path), n_parts=2, **options)
    assert list(dict.fromkeys(what for what, _ in told)) == [
        "Cluster: recording", "Cluster: asking", "Cluster: answering", "Cluster: building",
    ]  # fmt: skip
    shares = [done for _, done in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


def test_workers_with_other_versions_are_refused(client: Client) -> None:
    """The message names the worker, the package and both versions."""
    check_versions(client)
    with pytest.raises(ClusterError, match=r"inproc://.* has numpy .*, we have 1\.0: values"):
        check_versions(client, ours={**versions(), "numpy": "1.0"})


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names its address and what to check."""
    monkeypatch.setattr(connect, "_SECONDS", 1)
    with (
        pytest.raises(ClusterError, match=r"scheduler tcp://127\.0\.0\.1:9 cannot be reached"),
        connected(scheduler="tcp://127.0.0.1:9"),
    ):
        pass


def test_a_worker_that_dies() -> None:
    """The message says while what, and what mostly helps."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        connected(n_workers=1) as client,
        pytest.raises(ClusterError, match=r"workers died while recording.*more partitions"),
    ):
        list(checked([client.submit(os._exit, 1)], "recording"))


def test_nothing_declared_is_left_out(small_history: History, tmp_path: Path) -> None:
    """The table of one machine has every declared feature, in the declared order."""
    from features.cluster.local import build_here
    from forewarn.config import parse_config

    built = build_here(small_history, parse_config(BARE), output=f"{tmp_path}/here")
    assert built.features == tuple(f.name for f in declared_features(small_history))
    assert list(read_rows(f"{tmp_path}/here"))[8:] == list(built.features)


def test_a_scheduler_that_asks_for_certificates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has them works there; who has none is told where to look."""
    security = Security.temporary()
    texts = security.tls_ca_file, security.tls_client_cert, security.tls_client_key
    files = [tmp_path / name for name in ("ca.pem", "cert.pem", "key.pem")]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    monkeypatch.setattr(connect, "_SECONDS", 2)
    options = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(
        n_workers=1,
        processes=True,
        host="127.0.0.1",
        protocol="tls://",
        security=security,
        **options,
    ) as cluster:
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        with connected(scheduler=address, tls=Tls(*map(str, files))) as client:
            assert client.submit(sum, [1, 2]).result() == 3
        with pytest.raises(ClusterError, match="--tls-ca"), connected(scheduler=address):
            pass


def test_without_dask_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is optional; one machine does without."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"pip install 'forewarn\[dask\]'"), connected():
        pass
