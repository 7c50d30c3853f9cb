"""Files with other policies: an sla section alone, or a whole forewarn.yaml."""

from pathlib import Path

import pytest

from forewarn.config.policy_file import load_policies
from forewarn.errors import ConfigError

SLA = """sla:
  policies:
    - name: p
      targets: {resolution: 4h}
"""
SOURCES = "sources: [{name: t, shape: tickets, path: t.csv}]\n"
HEALTH = "health: {at_risk_below: 30}\n"


def written(folder: Path, text: str) -> Path:
    """A file with this text."""
    path = folder / "new.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_section_alone_is_enough(tmp_path: Path) -> None:
    """Health is the workspace's then, or stands beside it."""
    alone = load_policies(written(tmp_path, SLA))
    assert [p.name for p in alone.sla.policies] == ["p"]
    assert alone.health is None
    beside = load_policies(written(tmp_path, SLA + HEALTH))
    assert beside.health is not None
    assert beside.health.at_risk_below == 30


def test_a_whole_configuration_is_taken_too(tmp_path: Path) -> None:
    """Its policies and its health; its other sections must hold as well."""
    found = load_policies(written(tmp_path, SOURCES + SLA + HEALTH))
    assert [p.name for p in found.sla.policies] == ["p"]
    assert found.health is not None
    assert found.health.at_risk_below == 30
    with pytest.raises(ConfigError, match=r"new.yaml:6: queue.oldest_every"):
        load_policies(written(tmp_path, SOURCES + SLA + "queue: {oldest_every: 1}\n"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SLA.replace("4h", "soon"), r"new.yaml:4: sla.policies.0.targets.resolution.*'soon'"),
        ("policies: []\n", r"new.yaml:1: sla: Field required"),
        ("sla: [\n", r"new.yaml:2: not valid YAML"),
        (SLA + "sla: {}\n", r"new.yaml:5: sla: this key is given twice"),
        (SLA + "report: {title: x}\n", r"new.yaml:5: report: there is no such key here"),
        ("", r"new.yaml:1: sla: Field required"),
    ],
)
def test_a_mistake_is_told_by_line(tmp_path: Path, text: str, message: str) -> None:
    """File, line and key."""
    with pytest.raises(ConfigError, match=message):
        load_policies(written(tmp_path, text))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By its path, with what was expected."""
    with pytest.raises(ConfigError, match=r"other.yaml: there is no such file; expected one with"):
        load_policies(tmp_path / "other.yaml")


def test_the_example_of_the_page_is_valid(tmp_path: Path) -> None:
    """What docs/policies.md shows can be tried."""
    page = (Path(__file__).parents[3] / "docs" / "policies.md").read_text("utf-8")
    found = load_policies(written(tmp_path, page.split("```yaml\n")[1].split("```")[0]))
    assert [p.name for p in found.sla.policies] == ["all"]
