from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.build import build_features
from features.history import History, build_history
from features.observations import open_observations
from forewarn.config import Config
from forewarn.errors import ModelError
from forewarn.tables import SPECS, Tables, write_tables
from forewarn.workspace import Workspace
from models.bundle import ModelBundle, bundle_files
from models.lineage import source_commit
from models.train import train, training_cutoff

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def desk(
    demo_tables: Tables, demo_config: Config, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Workspace, History]:
    """A workspace with six weeks of the demo desk in it."""
    ws = Workspace(tmp_path_factory.mktemp("desk"))
    write_tables(ws.tables, {name: getattr(demo_tables, name) for name in SPECS}, {})
    return ws, build_history(demo_tables, demo_config, folder=ws.history)


@pytest.fixture(scope="module")
def small(demo_config: Config) -> Config:
    """The demo's configuration with few trees."""
    training = demo_config.training.model_copy(update={"trees": 40, "learning_rate": 0.2})
    return demo_config.model_copy(update={"training": training})


@pytest.fixture(scope="module")
def trained(desk: tuple[Workspace, History], small: Config) -> ModelBundle:
    """A training at the end of the data."""
    ws, history = desk
    return train(ws, history, small)


def test_a_desk_gets_a_model_per_metric_and_its_work(trained: ModelBundle) -> None:
    """Nothing is refused, both models beat the prior, and touches were found in the log."""
    assert sorted(trained.models) == ["first_response", "resolution"]
    assert trained.refused == {}
    for model in trained.models.values():
        assert model.report.brier is not None
        assert model.report.brier_prior is not None
        assert model.report.brier < 0.9 * model.report.brier_prior
    assert trained.work.source == "touches"
    assert 10 < trained.work.averages.overall[0].figures[0] < 300


def test_work_is_judged_and_customers_need_more_weeks(trained: ModelBundle) -> None:
    """Trees answer for work; three weeks of customers are too few, and the reason is kept."""
    assert set(trained.work.judged) == {"remaining", "next_touch", "reply"}
    assert "days before the cutoff" in trained.work.note
    assert trained.customers == {}
    assert sorted(trained.customers_refused) == ["breaches", "escalation"]
    assert "the volume serves" in trained.customers_refused["breaches"]


def test_the_same_training_gives_the_same_bytes(
    desk: tuple[Workspace, History], small: Config, trained: ModelBundle
) -> None:
    """Every file of the bundle is equal to the last character, on the same commit."""
    ws, history = desk
    again = replace(train(ws, history, small), versions=trained.versions)
    assert bundle_files(again) == bundle_files(trained)


def test_a_training_at_a_cutoff_knows_nothing_later(
    desk: tuple[Workspace, History], small: Config
) -> None:
    """A week earlier there are fewer tickets, and the bundle names its cutoff."""
    ws, history = desk
    earlier = history.watermark - pd.Timedelta(days=7)
    bundle = train(ws, history, small, cutoff=earlier)
    whole = train(ws, history, small)
    assert bundle.cutoff == earlier
    for metric, model in bundle.models.items():
        assert model.report.n_tickets < whole.models[metric].report.n_tickets
    assert bundle.digests["data"] == whole.digests["data"]


def test_open_clocks_can_be_scored_with_it(
    desk: tuple[Workspace, History], trained: ModelBundle
) -> None:
    """Every open clock of a metric gets a probability from the features that are named."""
    _, history = desk
    clocks = open_observations(history, as_of=history.watermark - pd.Timedelta(days=1))
    features = build_features(history, clocks, names=trained.feature_names)
    for metric in trained.models:
        mine = features[(clocks["metric"] == metric).to_numpy()]
        given = trained.probabilities(mine, metric=metric)
        assert len(given) > 0
        assert np.all((given >= 0) & (given <= 1))


def test_where_nothing_can_be_learned_every_reason_is_told(
    desk: tuple[Workspace, History], small: Config
) -> None:
    """Hours after the desk opened there are too few tickets for either metric."""
    ws, history = desk
    short = small.training.model_copy(update={"minimum_span": pd.Timedelta(hours=1)})
    config = small.model_copy(update={"training": short})
    begin = pd.Timestamp(int(np.min(history.ticket_created_at)), unit="us", tz="UTC")
    with pytest.raises(ModelError, match=r"first_response: .*needs 200.*; resolution: .*needs 200"):
        train(ws, history, config, cutoff=begin + pd.Timedelta(hours=6))


def test_a_history_of_a_few_weeks_is_not_learned_from(
    desk: tuple[Workspace, History], small: Config
) -> None:
    """Three weeks hold tickets enough, but fall short of the 28 days that are asked for."""
    ws, history = desk
    begin = pd.Timestamp(int(np.min(history.ticket_created_at)), unit="us", tz="UTC")
    with pytest.raises(ModelError, match=r"span 2\d\.\d days, training needs 28 .*the rules serve"):
        train(ws, history, small, cutoff=begin + pd.Timedelta(days=24))


def test_the_configured_cutoff_holds_unless_one_is_given(
    desk: tuple[Workspace, History], small: Config
) -> None:
    """Given first, then configured, then the end of the data."""
    _, history = desk
    configured = history.watermark - pd.Timedelta(days=3)
    training = small.training.model_copy(update={"cutoff": configured})
    config = small.model_copy(update={"training": training})
    given = configured - pd.Timedelta(days=1)
    assert training_cutoff(history, config) == configured
    assert training_cutoff(history, config, cutoff=given) == given
    end = training_cutoff(history, small)
    assert end == history.watermark + pd.Timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("head", "commit"), [("0123abcd", "0123abcd"), ("ref: refs/heads/main", "4567")]
)
def test_the_commit_is_read_from_the_repository(tmp_path: Path, head: str, commit: str) -> None:
    """Detached or on a branch; without a repository there is none."""
    assert source_commit(tmp_path) is None
    (tmp_path / ".git/refs/heads").mkdir(parents=True)
    (tmp_path / ".git/refs/heads/main").write_text("4567\n")
    (tmp_path / ".git/HEAD").write_text(f"{head}\n")
    assert source_commit(tmp_path) == commit
