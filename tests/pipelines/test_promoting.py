"""Who serves: promoted by the gate or by force, rolled back, and written down."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from forewarn.errors import ModelError
from forewarn.workspace import Workspace
from models.champion import load_shadow, read_pointer
from models.registry.versions import find_version, list_versions
from pipelines import promoting, stages
from serving import queries
from serving.score_history import read_scores

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
LENIENT = {
    "minimum_tickets": 20, "brier_margin": 1.0, "auc_margin": 1.0, "slice_bound": 100.0,
    "bias": 1.0, "segment_bias": 1.0, "label_noise": 1.0, "golden_changed": 1.0,
    "past_changed": 1.0,
    "latency_ms": 100_000.0,
}  # fmt: skip
"""A gate that lets everything pass."""


def with_gate(root: Path, **bounds: float) -> Workspace:
    """The workspace with other bounds of the gate."""
    path = root / "forewarn.yaml"
    config = yaml.safe_load(path.read_text("utf-8"))
    path.write_text(yaml.safe_dump({**config, "promotion": bounds}), "utf-8")
    return Workspace(root)


def with_trees_alone(ws: Workspace) -> None:
    """Challengers of one part: who serves is no matter of how many parts foretell."""
    config = yaml.safe_load(ws.config_path.read_text("utf-8"))
    training = {**config["training"], "parts": ["trees"]}
    ws.config_path.write_text(yaml.safe_dump({**config, "training": training}), "utf-8")


@pytest.fixture(scope="module")
def challenged(finished_desk: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The finished desk with a second version that learned until a week earlier."""
    root = tmp_path_factory.mktemp("challenged") / "desk"
    shutil.copytree(finished_desk.root, root, symlinks=True)
    ws = with_gate(root, **LENIENT)
    with_trees_alone(ws)
    earlier = pd.Timestamp("2026-06-17T00:00Z").to_pydatetime()
    outcome = stages.run_train(ws, cutoff=earlier)
    assert (outcome["version"], outcome["alias"]) == ("2", "challenger")
    return ws


@pytest.fixture
def ws(challenged: Workspace, tmp_path: Path) -> Workspace:
    """A copy, to be changed; fetched files come from the first one's artefacts."""
    shutil.copytree(challenged.root, tmp_path / "desk", symlinks=True)
    return Workspace(tmp_path / "desk")


def kinds(ws: Workspace) -> list[str]:
    """The decisions, oldest first."""
    return [event["kind"] for event in reversed(promoting.read_decisions(ws))]


def served_by(ws: Workspace) -> str | None:
    """The version that a new scoring run is published by."""
    stages.run_score(ws)
    with promoting.opened_store(ws) as store:
        return (queries.current_run(store) or {})["model_version"]


def test_a_training_promotes_nothing_by_itself(challenged: Workspace) -> None:
    """The first model serves, written down; the second waits, is known by alias, with its seed."""
    pointer = read_pointer(challenged)
    assert pointer is not None
    assert pointer.version == "1"
    assert kinds(challenged) == ["first"]
    newest, oldest = list_versions(challenged)
    assert (newest.version, newest.aliases, newest.seed) == ("2", ("challenger",), "1")
    assert (oldest.aliases, oldest.verdict) == (("champion",), None)


def test_promotion_and_rollback_hold_from_the_next_run_on(ws: Workspace) -> None:
    """The published run names its model: 1, then 2, then 1 again."""
    assert served_by(ws) == "1"
    done = stages.run_promote(ws)
    assert (done["version"], done["before"], done["verdict"]["passed"]) == ("2", "1", True)
    assert load_shadow(ws) is None
    assert served_by(ws) == "2"
    assert find_version(ws, "previous").version == "1"
    again = stages.run_promote(ws, version="2")
    assert again["is_new"] is False
    stages.run_rollback(ws, reason="too many alerts")
    assert served_by(ws) == "1"
    assert find_version(ws, "previous").version == "2"
    assert kinds(ws) == ["first", "promoted", "rolled_back"]
    assert promoting.read_decisions(ws)[0]["reason"] == "too many alerts"


def test_the_gate_refuses_with_its_reasons_unless_forced(ws: Workspace) -> None:
    """A bound that nothing can keep: refused, unchanged, written down; forced, so is the reason."""
    strict = with_gate(ws.root, **{**LENIENT, "latency_ms": 1e-6})
    with pytest.raises(ModelError, match=r"(?s)version 2 is refused, version 1 goes.*1e-06 ms are"):
        stages.run_promote(strict)
    pointer = read_pointer(strict)
    assert pointer is not None
    assert pointer.version == "1"
    verdict = find_version(strict, "2").verdict
    assert verdict is not None
    assert verdict["passed"] is False
    stages.run_promote(strict, force="the machine was busy")
    pointer = read_pointer(strict)
    assert pointer is not None
    assert pointer.version == "2"
    forced = promoting.read_decisions(strict)[0]
    assert (forced["kind"], forced["reason"]) == ("forced", "the machine was busy")
    assert forced["verdict"]["passed"] is False
    assert kinds(strict) == ["first", "refused", "forced"]


def test_a_training_that_may_promote_asks_the_gate(ws: Workspace) -> None:
    """What was trained already is promoted where the gate lets it, and waits where not."""
    earlier = pd.Timestamp("2026-06-17T00:00Z").to_pydatetime()
    strict = with_gate(ws.root, **{**LENIENT, "latency_ms": 1e-6})
    refused = stages.run_train(strict, cutoff=earlier, promote=True)
    assert refused["alias"] == "challenger"
    assert "promotion.latency_ms" in refused["gate"]


def test_an_altered_golden_set_stops_the_gate(ws: Workspace) -> None:
    """Neither promoted nor judged: somebody has to look."""
    path = promoting.golden_path(ws)
    text = path.read_text("utf-8")
    path.write_text(text.replace("resolution", "resolutions", 1), "utf-8")
    with pytest.raises(ModelError, match=r"golden set .* does not have the signature"):
        stages.run_promote(ws)
    assert read_pointer(ws) is not None
    renewed = promoting.run_freeze(ws, reason="tampered with")
    assert renewed["reason"] == "tampered with"
    assert stages.run_promote(ws)["version"] == "2"


def test_the_challenger_is_scored_in_the_shadow(ws: Workspace) -> None:
    """Both speak of the same clocks; the queue is the champion's; a second run adds nothing."""
    stages.run_score(ws)
    with promoting.opened_store(ws) as store:
        said = read_scores(store)
    roles = said.groupby("role")["model_version"].unique()
    assert (list(roles["champion"]), list(roles["challenger"])) == (["1"], ["2"])
    stages.run_score(ws)
    with promoting.opened_store(ws) as store:
        assert len(read_scores(store)) == len(said)
    found = stages.run_compare(ws)
    assert (found["champion"], found["challenger"]) == ("1", "2")
    figures = found["shadow"]["first_response"]
    assert 0.3 < figures["agreement"] <= 1.0
    assert figures["n_matured"] == 0
    with promoting.opened_store(ws) as store:
        current = queries.current_run(store) or {}
    assert current["model_version"] == "1"


def test_an_unsound_challenger_does_not_disturb_a_run(ws: Workspace) -> None:
    """Its copy is altered: the champion scores alone."""
    pointer = (ws.models / "challenger.json").read_text("utf-8")
    digest = yaml.safe_load(pointer)["digest"]
    (ws.models / "bundles" / digest[:32] / "work.json").write_text("{}", "utf-8")
    assert stages.run_score(ws)["model_version"] == "1"


def test_evidence_needs_tickets_that_came_since(ws: Workspace) -> None:
    """The champion learned until the end of the data: nothing can be told."""
    found = stages.run_evidence(ws)
    assert (found["champion"], found["advice"], found["evidence"]) == ("1", "none", {})
    assert "only 0 tickets have come since" in found["checks"][0]["reason"]


def test_evidence_is_found_where_the_world_changed(ws: Workspace) -> None:
    """With version 2 serving there is a week behind its cutoff; bounds of zero find everything.

    A challenger trained lately makes it wait, none makes it train.
    """
    stages.run_promote(ws)
    path = ws.root / "forewarn.yaml"
    config = yaml.safe_load(path.read_text("utf-8"))
    bounds = {"minimum_tickets": 20, "psi": 1e-6, "divergence": 1e-6}
    path.write_text(yaml.safe_dump({**config, "evidence": bounds}), "utf-8")
    found = stages.run_evidence(Workspace(ws.root))
    assert found["advice"] == "train"
    assert "features" in found["evidence"]
    assert "resolution: scores" in found["evidence"]
    assert {row["feature"] for row in found["features"]} >= {"clock_elapsed_share"}


def test_without_a_model_nothing_is_promoted_compared_or_found(workspace: Workspace) -> None:
    """Each says what to do first; looking makes no database."""
    stages.run_ingest(workspace)
    for action in (stages.run_promote, stages.run_rollback, stages.run_compare):
        with pytest.raises(ModelError, match="run 'forewarn train'"):
            action(workspace)
    found = stages.run_evidence(workspace)
    assert found["note"] == "no model serves yet: 'forewarn train' makes the first"
    assert list_versions(workspace) == []
    assert not (workspace.state / "mlflow.db").exists()
    assert promoting.run_golden(workspace) is None


def test_with_one_version_there_is_nothing_to_promote_or_go_back_to(
    finished_desk: Workspace,
) -> None:
    """The words name what there is."""
    with pytest.raises(ModelError, match=r"no version is challenger; there are: 1 \(champion\)"):
        stages.run_promote(finished_desk)
    with pytest.raises(ModelError, match="no version is previous"):
        stages.run_rollback(finished_desk)
    with pytest.raises(ModelError, match="there is no version '7'"):
        stages.run_promote(finished_desk, version="7")
    with pytest.raises(ModelError, match="is the champion itself"):
        stages.run_compare(finished_desk, version="1")
