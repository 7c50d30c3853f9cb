"""What was done already is not done again."""

from pathlib import Path

from forewarn.workspace import Workspace
from pipelines.memory import fingerprint, last, recall, remember


def test_what_a_stage_gave_is_recalled_for_the_same_key(workspace: Workspace) -> None:
    """The outcome comes back; another key finds nothing."""
    remember(workspace, "train", key="a", outcome={"model_version": "1"})
    assert recall(workspace, "train", key="a") == {"model_version": "1"}
    assert recall(workspace, "train", key="b") is None


def test_last_outcome_is_known_whatever_the_key(workspace: Workspace) -> None:
    """A stage that has run tells what it gave; one that has not tells nothing."""
    remember(workspace, "train", key="a", outcome={"version": "1"})
    remember(workspace, "train", key="b", outcome={"version": "2"})
    assert last(workspace, "train") == {"version": "2"}
    assert last(workspace, "score") is None


def test_nothing_is_recalled_from_a_damaged_note(workspace: Workspace) -> None:
    """A note that cannot be read means that the work is done again."""
    remember(workspace, "train", key="a", outcome={})
    (workspace.state / "stages" / "train.json").write_text("{", encoding="utf-8")
    assert recall(workspace, "train", key="a") is None


def test_fingerprint_moves_with_data_and_named_configuration(workspace: Workspace) -> None:
    """Other data or another policy gives another key; a part that is not named does not."""
    key = fingerprint(workspace, inputs={"data": "x"}, config=("sla",))
    assert fingerprint(workspace, inputs={"data": "x"}, config=("sla",)) == key
    assert fingerprint(workspace, inputs={"data": "y"}, config=("sla",)) != key
    text = workspace.config_path.read_text("utf-8")
    changed = _changed(workspace.root, text + "report: {title: Other}\n")
    assert fingerprint(changed, inputs={"data": "x"}, config=("sla",)) == key
    changed = _changed(workspace.root, text.replace("8h", "9h"))
    assert fingerprint(changed, inputs={"data": "x"}, config=("sla",)) != key


def _changed(root: Path, text: str) -> Workspace:
    (root / "forewarn.yaml").write_text(text, encoding="utf-8")
    return Workspace(root)
