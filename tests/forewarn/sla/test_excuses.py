"""Excused breaches: which are, by which excuse."""

from typing import Any

import pandas as pd
import pytest
from pydantic import ValidationError

from forewarn.config import ExcuseConfig
from forewarn.errors import ConfigError
from forewarn.sla.excuses import mark_excused

VERDICTS = pd.DataFrame(
    {
        "ticket_id": ["a", "b", "c", "d"],
        "metric": ["resolution", "first_response", "resolution", "resolution"],
        "is_broken": [True, True, False, True],
        "decided_at": pd.to_datetime(
            ["2026-03-02T10:00Z", "2026-03-02T11:00Z", "2026-03-02T10:30Z", "2026-03-02T12:00Z"]
        ),
        "channel": ["phone", "phone", "phone", None],
    }
)


def excuse(**settings: Any) -> ExcuseConfig:
    """An excuse with author and reason."""
    granted = {"name": "outage", "author": "Head of service", "reason": "power cut"}
    return ExcuseConfig.model_validate(granted | settings)


@pytest.mark.parametrize(
    ("settings", "excused"),
    [
        ({"tickets": ["a", "c"]}, ["a"]),
        ({"when": {"channel": "phone"}}, ["a", "b"]),
        ({"when": {"channel": "phone"}, "metric": "resolution"}, ["a"]),
        ({"from": "2026-03-02T11:00:00Z"}, ["b", "d"]),
        ({"until": "2026-03-02T11:00:00Z"}, ["a"]),
        ({"from": "2026-03-02T12:00:00+01:00", "until": "2026-03-02T12:00:00Z"}, ["b"]),
        ({"tickets": ["x"]}, []),
    ],
)
def test_only_breaches_that_meet_all_conditions(
    settings: dict[str, Any], excused: list[str]
) -> None:
    """A kept promise (c) is never excused; from is inside, until is not."""
    found = mark_excused(VERDICTS, [excuse(**settings)])
    assert found.loc[found["is_excused"], "ticket_id"].tolist() == excused
    assert found["excuse"].notna().tolist() == found["is_excused"].tolist()


def test_the_first_excuse_that_holds_is_named() -> None:
    """The order of the configuration decides; without any, nothing is excused."""
    both = [excuse(name="one", tickets="b"), excuse(name="two", when={"channel": "phone"})]
    found = mark_excused(VERDICTS, both)
    assert found["excuse"].fillna("-").tolist() == ["two", "one", "-", "-"]
    assert not mark_excused(VERDICTS, [])["is_excused"].any()


def test_an_unknown_column_is_named() -> None:
    """Else a mistyped column would excuse nothing, in silence."""
    with pytest.raises(ConfigError, match=r"excuse 'outage' looks at 'chanel'.*channel"):
        mark_excused(VERDICTS, [excuse(when={"chanel": "phone"})])


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({}, "else it excuses every breach"),
        ({"metric": "resolution"}, "else it excuses every breach"),
        ({"from": "2026-03-02T12:00:00"}, "timezone"),
        ({"from": "2026-03-02T12:00:00Z", "until": "2026-03-02T12:00:00Z"}, "after from"),
        ({"tickets": "a", "author": ""}, "author"),
    ],
)
def test_an_excuse_that_says_too_little_is_refused(settings: dict[str, Any], fault: str) -> None:
    """It needs a name to answer for it, and a bound."""
    with pytest.raises(ValidationError, match=fault):
        excuse(**settings)
