"""What the tests of serving share: a store in a temporary folder, small runs, PostgreSQL."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from features.build import build_features
from features.catalogue import feature_names
from features.history import History, build_history
from features.observations import landmark_observations, micros
from forewarn.config import Config
from forewarn.tables import Tables
from models.breach import fit_breach_model
from models.bundle import ModelBundle
from models.splits import training_outcomes
from models.touches import read_touches, solved_tickets
from models.work import fit_work_model
from serving.run import ScoredRun
from serving.store import Store, open_store

_FOLDER = Path(__file__).parent
_POSTGRES = Path("/usr/lib/postgresql/15/bin")


def _load(name: str) -> object:
    spec = importlib.util.spec_from_file_location(name, _FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def db(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store, once on SQLite and once on PostgreSQL."""
    opened = open_store(request.getfixturevalue(f"{request.param}_url"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def example_run() -> Callable[..., ScoredRun]:
    """Makes a small run whose rows all carry its stamp."""
    made: Callable[..., ScoredRun] = vars(_load("example_run"))["example_run"]
    return made


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'state' / 'forewarn.db'}"


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def publisher_script() -> Path:
    """The script that publishes until it is killed."""
    return _FOLDER / "publisher.py"


@pytest.fixture(scope="session")
def demo_history(
    demo_tables: Tables, demo_config: Config, tmp_path_factory: pytest.TempPathFactory
) -> History:
    """The built history of six weeks of the demo desk."""
    return build_history(demo_tables, demo_config, folder=tmp_path_factory.mktemp("history"))


@pytest.fixture(scope="session")
def demo_bundle(demo_tables: Tables, demo_history: History, demo_config: Config) -> ModelBundle:
    """Small models of the first five weeks: sixty trees each."""
    cutoff = demo_history.watermark.floor("D") - pd.Timedelta(days=7)
    training = demo_config.training.model_copy(update={"trees": 60})
    config = demo_config.model_copy(update={"training": training})
    observations = landmark_observations(demo_history, landmarks=(0.25, 0.5, 0.75, 0.9))
    outcomes = training_outcomes(demo_history, observations, cutoff=cutoff).reset_index(drop=True)
    names = feature_names(demo_history, config)
    features = build_features(demo_history, outcomes, names=names)
    models = {}
    for metric in demo_config.sla.metrics:
        rows = outcomes["metric"] == metric
        models[metric] = fit_breach_model(
            features[rows].reset_index(drop=True), outcomes[rows].reset_index(drop=True),
            metric=metric, config=config, seed=1,
        )  # fmt: skip
    touches = read_touches(demo_tables, demo_history.timelines, as_of=micros(cutoff))
    solved = solved_tickets(demo_tables, as_of=micros(cutoff))
    return ModelBundle(
        models=models, refused={}, work=fit_work_model(touches, solved=solved), cutoff=cutoff,
        feature_names=names, digests={"data": "d"}, policy_version="1", golden={}, versions={},
        settings={}, version="3",
    )  # fmt: skip


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[str]:
    """URL (without a database) of a PostgreSQL server of our own, on a socket in /tmp."""
    if not (_POSTGRES / "initdb").exists() or sys.platform != "linux":
        pytest.skip(f"no PostgreSQL server binaries in {_POSTGRES}")
    folder = Path(tempfile.mkdtemp(prefix="fw-pg-"))
    prefix: list[str] = []
    if os.getuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        prefix = ["runuser", "-u", "postgres", "--"]

    def run(*command: str) -> None:
        subprocess.run([*prefix, *command], check=True, capture_output=True, cwd=folder)

    data, options = str(folder / "data"), f"-c listen_addresses='' -k {folder} -c fsync=off"
    run(str(_POSTGRES / "initdb"), "-D", data, "-A", "trust", "-U", "forewarn", "-E", "UTF8")
    log = str(folder / "log")
    run(str(_POSTGRES / "pg_ctl"), "-D", data, "-o", options, "-l", log, "-w", "start")
    yield f"postgresql://forewarn@/{{name}}?host={folder}"
    run(str(_POSTGRES / "pg_ctl"), "-D", data, "-m", "immediate", "-w", "stop")
    shutil.rmtree(folder)


@pytest.fixture
def postgres_url(postgres_cluster: str, request: pytest.FixtureRequest) -> str:
    """URL of an empty database of that server."""
    import psycopg

    name = f"t{abs(hash(request.node.nodeid)):x}"
    address = postgres_cluster.format(name="postgres")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"create database {name}".encode())
    return postgres_cluster.format(name=name)
