import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forewarn.errors import ModelError
from forewarn.workspace import Workspace
from models.bundle import ModelBundle
from models.champion import bundle_folder, read_pointer
from models.registry import fetch_champion, load_champion, log_evaluation, promote, register
from models.trees import TreesPart

CONFIG = """
sources:
  - {name: tickets, shape: tickets, path: tickets.csv}
sla:
  policies:
    - {name: all, targets: {resolution: 8h}}
"""
EVALUATION = {
    "metrics": {
        "resolution": {
            "headline": {
                "macro": {
                    "models": {
                        "forewarn": {"auc": {"value": 0.85, "low": 0.84, "high": 0.86}},
                        "time left": {"auc": {"value": 0.7, "low": None, "high": None}},
                    }
                },
                "landmarks": {
                    "opening": {
                        "n": 100,
                        "models": {
                            "forewarn": {"auc": {"value": 0.85, "low": 0.84, "high": 0.86}},
                            "time left": {"auc": {"value": 0.7, "low": None, "high": None}},
                        },
                        "reliability": [
                            {"mean_probability": 0.2, "breach_share": 0.25},
                            {"mean_probability": 0.7, "breach_share": 0.75},
                        ],
                    }
                },
            }
        }
    }
}


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """A workspace with a configuration and nothing else."""
    (tmp_path / "forewarn.yaml").write_text(CONFIG, encoding="utf-8")
    return Workspace(tmp_path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, bundle: ModelBundle) -> Workspace:
    """A workspace with one registered model; tests copy it and change their copy."""
    root = tmp_path_factory.mktemp("registry") / "desk"
    root.mkdir()
    (root / "forewarn.yaml").write_text(CONFIG, encoding="utf-8")
    ws = Workspace(root)
    register(ws, bundle, evaluation=EVALUATION)
    return ws


def _client(ws: Workspace):
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=ws.mlflow_url, registry_uri=ws.mlflow_url)


def _other(bundle: ModelBundle) -> ModelBundle:
    return replace(bundle, policy_version="2")


def test_the_first_model_becomes_champion_and_serves(
    made: Workspace, planted, bundle: ModelBundle
) -> None:
    """It comes back with its version and gives the same probabilities."""
    champion = load_champion(made)
    assert champion.version == "1"
    assert champion.note is None
    np.testing.assert_array_equal(
        champion.probabilities(planted.features, metric="resolution"),
        bundle.probabilities(planted.features, metric="resolution"),
    )


def test_what_was_done_is_in_the_run(made: Workspace) -> None:
    """Parameters, digests, figures with their intervals, plots, card and requirements."""
    client = _client(made)
    version = client.get_model_version_by_alias("forewarn", "champion")
    run = client.get_run(version.run_id)
    assert run.data.params["policy_version"] == "1"
    assert run.data.params["setting.trees"] == "60"
    assert run.data.tags["digest.data"] == "d" * 64
    assert run.data.metrics["resolution.opening.forewarn.auc"] == 0.85
    assert run.data.metrics["resolution.opening.forewarn.auc.low"] == 0.84
    assert "resolution.opening.time left.auc.low" not in run.data.metrics
    assert run.data.metrics["resolution.fit.n_tickets"] == 1500
    assert run.inputs.dataset_inputs[0].dataset.name == "history"
    assert "0.850 (0.840 to 0.860)" in version.description
    names = {f.path for f in client.list_artifacts(version.run_id)}
    assert {"model_card.md", "evaluation.json", "plots", "features.json"} <= names


def test_nothing_in_the_registry_could_run_code(made: Workspace) -> None:
    """Its files are text, JSON, PNG and MLflow's description, which names no flavour to load."""
    files = [p for p in (made.models / "artifacts").rglob("*") if p.is_file()]
    assert {p.suffix for p in files} == {".json", ".txt", ".md", ".png", ""}
    descriptions = [p for p in files if p.suffix == ""]
    assert {p.name for p in descriptions} == {"MLmodel"}
    assert all("flavors: {}" in p.read_text("utf-8") for p in descriptions)
    requirements = {p.read_text("utf-8") for p in files if p.name == "requirements.txt"}
    assert requirements == {"lightgbm==4.7.0\n"}


@pytest.fixture
def copied(made: Workspace, ws: Workspace) -> Workspace:
    """The same workspace elsewhere; MLflow's database still points at the first one's files."""
    shutil.copytree(made.state, ws.state)
    return ws


def test_the_same_bundle_is_registered_once(copied: Workspace, bundle: ModelBundle) -> None:
    """Content decides: a second registration finds the first."""
    again = register(copied, bundle)
    assert (again.version, again.alias, again.is_new) == ("1", "champion", False)


def test_a_second_model_challenges_and_is_promoted_only_when_told(
    copied: Workspace, bundle: ModelBundle
) -> None:
    """Until then the champion serves; after it the old one is called previous."""
    second = register(copied, _other(bundle))
    assert (second.version, second.alias, second.is_new) == ("2", "challenger", True)
    assert load_champion(copied).version == "1"
    promote(copied, version="2")
    assert load_champion(copied).policy_version == "2"
    aliases = _client(copied).get_registered_model("forewarn").aliases
    assert (int(aliases["champion"]), int(aliases["previous"])) == (2, 1)


def test_told_at_once_the_second_model_serves(copied: Workspace, bundle: ModelBundle) -> None:
    """A scheduled training that is allowed to promote does so in one step."""
    assert register(copied, _other(bundle), promote=True).alias == "champion"
    assert load_champion(copied).version == "2"


def test_a_lost_copy_is_fetched_again(copied: Workspace) -> None:
    """Without the workspace's own copy the registry's files are fetched, checked and kept."""
    shutil.rmtree(copied.models / "bundles")
    champion = load_champion(copied)
    assert champion.version == "1"
    assert champion.note is not None
    assert champion.note.endswith("fetched again")
    assert load_champion(copied).note is None


def test_an_altered_copy_is_not_used(copied: Workspace) -> None:
    """The registry's sound copy takes its place, and the note tells what was wrong."""
    pointer = read_pointer(copied)
    assert pointer is not None
    (bundle_folder(copied, pointer.digest) / "work.json").write_text("{}", "utf-8")
    champion = load_champion(copied)
    assert champion.note is not None
    assert "work.json has 2 bytes" in champion.note


def test_an_altered_artefact_is_refused_with_its_reason(
    made: Workspace, ws: Workspace, bundle: ModelBundle
) -> None:
    """Neither the copy nor the registry's files are sound: the message names both faults."""
    register(ws, bundle)
    for path in ws.models.rglob("breach_resolution_trees.txt"):
        text = path.read_text("utf-8")
        path.write_text(text[: len(text) // 2], "utf-8")
    with pytest.raises(ModelError, match=r"cut off or altered.*; .*cut off or altered"):
        load_champion(ws)


def test_with_the_registry_away_the_last_good_copy_serves(copied: Workspace) -> None:
    """Refreshing fails, the copy answers, and says since when it stands."""
    (copied.state / "mlflow.db").write_bytes(b"not a database" * 100)
    champion = load_champion(copied, refresh=True)
    assert champion.version == "1"
    assert champion.note is not None
    assert "the model registry failed" in champion.note
    assert "the copy installed at 20" in champion.note


def test_without_any_model_it_says_train(ws: Workspace) -> None:
    """Nothing is made by asking."""
    with pytest.raises(ModelError, match="no model was registered yet: run 'forewarn train'"):
        load_champion(ws)
    assert not ws.state.exists()


def test_a_model_that_does_not_load_is_never_registered(ws: Workspace, bundle: ModelBundle) -> None:
    """It is rehearsed before the registry hears of it."""
    model = bundle.models["resolution"]
    trees = next(part for part in model.parts if isinstance(part, TreesPart))
    damaged = replace(trees, text=trees.text.replace("leaf_value=", "leaf_value=7 "))
    broken = replace(model, parts=(damaged,))
    with pytest.raises(ModelError, match="refused"):
        register(ws, replace(bundle, models={"resolution": broken}))
    assert not (ws.state / "mlflow.db").exists()


def test_figures_of_a_later_backtest_join_the_run(copied: Workspace) -> None:
    """The card is written anew and the figures stand beside those of the fit."""
    better = {"value": 0.9, "low": 0.89, "high": 0.91}
    landmarks = {"opening": {"n": 5, "models": {"forewarn": {"auc": better}}, "reliability": []}}
    evaluation = {
        "metrics": {"resolution": {"headline": {"landmarks": landmarks, "macro": {"models": {}}}}}
    }
    log_evaluation(copied, evaluation, version="1")
    version = _client(copied).get_model_version("forewarn", "1")
    run = _client(copied).get_run(version.run_id)
    assert run.data.metrics["resolution.opening.forewarn.auc"] == 0.9
    assert "0.900 (0.890 to 0.910)" in version.description


def test_the_copy_is_loaded_without_mlflow(copied: Workspace) -> None:
    """A scoring run pays for no registry, and needs none."""
    code = (
        "import sys; from pathlib import Path; from forewarn.workspace import Workspace\n"
        "from models.registry import load_champion\n"
        f"assert load_champion(Workspace(Path({os.fspath(copied.root)!r}))).version == '1'\n"
        "sys.exit(3 if 'mlflow' not in sys.modules else 4)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 3


def test_fetching_twice_gives_the_same(copied: Workspace) -> None:
    """A fetched model is that of the alias, as often as it is asked for."""
    assert fetch_champion(copied).models == fetch_champion(copied).models
