"""Service levels, escalations, excuses and credits in forewarn.yaml."""

import datetime as dt

import pytest

from forewarn.config import Config, clock_settings, parse_config
from forewarn.errors import ConfigError

PLAIN = """
sources: [{name: t, shape: tickets, path: t.csv}]
sla:
  calendars: {office: {time_zone: UTC, windows: {mon-fri: ["09:00-17:00"]}}}
  policies:
    - name: p
      targets: {resolution: 4h}
"""


def _with_policy(text: str) -> Config:
    """The policy with a further line."""
    return parse_config(f"{PLAIN}      {text}\n")


def _with_sla(text: str) -> Config:
    """The section sla with a further line."""
    return parse_config(f"{PLAIN}  {text}\n")


def test_a_service_level_has_sensible_defaults() -> None:
    """80 % in 20 s from arrival; early abandons by their wait, late ones missed."""
    (level,) = _with_sla("service_levels: [{name: voice}]").sla.service_levels
    assert (level.share, level.within, level.start) == (0.8, dt.timedelta(seconds=20), "arrived")
    assert (level.abandoned_within, level.abandoned_after) == ("normal", "missed")
    assert level.threshold == dt.timedelta(seconds=20)
    assert level.groups == ()


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("service_levels: [{name: a}, {name: a}]", "sla.service_levels: two have the name 'a'"),
        ("service_levels: [{name: a, share: 80}]", "less than or equal to 1"),
        ("service_levels: [{name: a, within: 20}]", "expected a duration"),
        ("excuses: [{name: a, author: b, reason: c}]", "else it excuses every breach"),
        ("excuses: [{name: a, author: b, tickets: [c]}]", "excuses.0.reason"),
    ],
)
def test_mistakes_beside_the_policies_are_told_with_their_line(line: str, fault: str) -> None:
    """Every message begins with file and line."""
    with pytest.raises(ConfigError, match=rf"(?s)forewarn.yaml:8: .*{fault}"):
        _with_sla(line)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("escalations: [{metric: resolution, to: lead}]", "expected either at_share or before"),
        (
            "escalations: [{metric: resolution, to: lead, at_share: 1, before: 1h}]",
            "expected either at_share or before",
        ),
        (
            "escalations: [{metric: resolution, to: lead, at_share: 1, hours: home}]",
            r"policy 'p', escalation 'lead at 1': calendar 'home' is not .* \(defined: office\)",
        ),
        (
            "escalations: [{metric: answer, to: lead, at_share: 1}]",
            "policy 'p', escalation 'lead at 1': the policy promises no answer",
        ),
        (
            "credits: {steps: {resolution: [{below: 0.9, share: 0.1}, {below: 0.9, share: 0.2}]}}",
            "below 0.9 must give back more than below 0.9",
        ),
    ],
)
def test_mistakes_in_a_policy_are_told(line: str, fault: str) -> None:
    """With what was expected."""
    with pytest.raises(ConfigError, match=fault):
        _with_policy(line)


def test_the_clocks_do_not_depend_on_what_only_judges_or_prices() -> None:
    """An excuse or an escalation makes no new history; another target does."""
    plain = clock_settings(parse_config(PLAIN).sla)
    beside = (
        _with_policy("escalations: [{metric: resolution, to: lead, at_share: 1, hours: office}]"),
        _with_policy("weights: {resolution: 2}"),
        _with_policy("credits: {steps: {resolution: [{below: 0.9, share: 0.1}]}}"),
        _with_sla("service_levels: [{name: voice}]"),
        _with_sla("excuses: [{name: a, author: b, reason: c, tickets: [d]}]"),
    )
    assert [clock_settings(config.sla) for config in beside] == [plain] * 5
    assert clock_settings(parse_config(PLAIN.replace("4h", "5h")).sla) != plain
