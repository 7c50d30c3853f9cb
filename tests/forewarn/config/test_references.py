"""Names that point at nothing are told with their line."""

import pytest

from forewarn.config import Config
from forewarn.config.load import parse_config
from forewarn.config.references import known_columns
from forewarn.errors import ConfigError

CONFIG = """\
sources:
  - {name: tickets, shape: tickets, path: tickets.csv, attributes: [site]}
sla:
  calendars: {office: {time_zone: UTC, windows: {mon-fri: ["08:00-16:00"]}}}
  policies:
    - name: gold
      when:
        %s: [gold]
      targets: {resolution: {default: 4h}}
  tighten:
    rules:
      - name: risky
        when: {%s: at_risk}
        shares: {resolution: 0.5}
queue: {working_hours: %s}
"""


def parse(tier: str = "tier", segment: str = "health_segment", hours: str = "office") -> Config:
    """A configuration with these names."""
    return parse_config(CONFIG % (tier, segment, hours))


@pytest.mark.parametrize("name", ["tier", "product", "site", "contract_value", "health_score"])
def test_what_tickets_customers_and_health_have_is_known(name: str) -> None:
    """Columns of tickets, attributes of a source, customers' columns, the health's."""
    assert name in known_columns(parse())


def test_a_condition_on_a_column_that_nobody_has() -> None:
    """Line, key, and what was probably meant; of policies and of internal targets alike."""
    with pytest.raises(ConfigError) as found:
        parse(tier="teir", segment="health_segmnt")
    policy, rule = [line for line in str(found.value).splitlines() if "looks at" in line]
    assert policy.startswith("forewarn.yaml:8: sla.policies.0.when.teir: 'gold' looks at 'teir'")
    assert "did you mean 'tier'?" in policy
    assert rule.startswith("forewarn.yaml:13: sla.tighten.rules.0.when.health_segmnt: 'risky'")
    assert "did you mean 'health_segment'?" in rule


def test_working_hours_without_a_calendar() -> None:
    """At their own line."""
    with pytest.raises(ConfigError, match=r"^forewarn.yaml:15: queue.working_hours: calendar"):
        parse(hours="noon")


def test_a_key_of_another_spelling() -> None:
    """The key that was probably meant is named."""
    with pytest.raises(ConfigError, match="there is no such key here; did you mean 'working_ho"):
        parse_config("queue: {working_hour: office}\n")
