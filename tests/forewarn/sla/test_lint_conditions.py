"""Policies that can never match, by their conditions alone."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forewarn.config import SlaConfig
from forewarn.sla.lint_conditions import repeated_names, unreachable
from forewarn.sla.policy import Column, match_policies


def config(*policies: dict[str, Any]) -> SlaConfig:
    """Policies p0, p1 … with a target each."""
    named = [
        {"name": f"p{i}", "targets": {"resolution": "1h"}, **policy}
        for i, policy in enumerate(policies)
    ]
    return SlaConfig.model_validate({"policies": named})


def found(*policies: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Code and policy of each finding."""
    return [(f.code, f.policy) for f in unreachable(config(*policies))]


@pytest.mark.parametrize(
    "when",
    [
        {"contract_value": {"at_least": 10, "below": 10}},
        {"contract_value": {"above": 5, "at_most": 5}},
        {"contract_value": {"below": 0}},
        {"contract_value": ["gold"]},
        {"health_score": {"above": 100}},
        {"health_segment": ["at risk"]},
        {"health_segment": {"none_of": ["at_risk", "needs_attention", "healthy"]}},
        {"tier": []},
        {"priority": ["1"], "tier": {"at_least": 3, "below": 2}},
    ],
)
def test_a_condition_that_no_value_fulfils_is_an_error(when: dict[str, Any]) -> None:
    """Limits that exclude each other, and what a column cannot hold."""
    assert found({"when": when}) == [("contradictory", "p0")]


@pytest.mark.parametrize(
    "when",
    [
        {"contract_value": {"at_least": 10, "at_most": 10}},
        {"contract_value": {"above": 5, "below": 5.5}},
        {"health_score": {"at_least": 100}},
        {"tier": {"none_of": ["gold"]}},
        {"priority": {"at_least": 1, "none_of": ["1"]}},
    ],
)
def test_a_condition_that_some_value_fulfils_is_none(when: dict[str, Any]) -> None:
    """10 itself; a number between; 100; any other text; any other number."""
    assert found({"when": when}) == []


def test_behind_a_policy_without_conditions_nothing_is_left() -> None:
    """The first one takes everything; the message names it."""
    policies = ({}, {"when": {"tier": "gold"}})
    assert found(*policies) == [("shadowed", "p1")]
    finding = next(unreachable(config(*policies)))
    assert "policy p0 takes every ticket that it matches" in finding.why
    assert finding.severity == "error"


def test_several_policies_can_take_everything_together() -> None:
    """Below ten and from ten on leave only customers of whom no contract value is known."""
    small, large = ({"when": {"contract_value": {k: 10}}} for k in ("below", "at_least"))
    other = {"when": {"tier": "gold", "contract_value": {"none_of": ["7"]}}}
    assert found(small, large, other) == [("shadowed", "p2")]
    assert found(small, large, {"when": {"tier": "gold"}}) == []  # no contract value: null
    finding = next(unreachable(config(small, large, other)))
    assert "policies p0 and p1 together take" in finding.why


def test_a_narrower_policy_first_leaves_something() -> None:
    """Gold on the phone, then gold, then the rest: as it should be."""
    assert (
        found({"when": {"tier": "gold", "channel": "phone"}}, {"when": {"tier": "gold"}}, {}) == []
    )


def test_one_and_one_point_nought_are_one_value() -> None:
    """As in matching."""
    assert found({"when": {"priority": ["1"]}}, {"when": {"priority": ["1.0"]}}) == [
        ("shadowed", "p1")
    ]


def test_policies_of_other_times_do_not_shadow() -> None:
    """The old one ends when the new one begins; one whose time lies within the first's is lost."""
    old = {"valid_until": "2026-01-01T00:00Z"}
    new = {"valid_from": "2026-01-01T00:00Z"}
    within = {"valid_from": "2025-01-01T00:00Z", "valid_until": "2025-06-01T00:00Z"}
    assert found(old, new) == []
    assert found(old, within, new) == [("shadowed", "p1")]
    assert found(old, {**within, "valid_until": "2026-01-01T00:01Z"}, new) == []


def test_a_repeated_name_is_an_error() -> None:
    """Penalties go by name."""
    twice = config({"name": "a"}, {"name": "b"}, {"name": "a"})
    assert [(f.code, f.policy) for f in repeated_names(twice)] == [("repeated-name", "a")]


TEXTS = ("a", "b", "1", "2")
VALUES = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=2)
LIMITS = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.integers(0, 3) for name in ("at_least", "above", "at_most", "below")},
        "none_of": VALUES,
    },
).filter(bool)
WHEN = st.dictionaries(st.sampled_from(("channel", "product")), VALUES | LIMITS, max_size=2)
EVERY = (*TEXTS, "z", *(str(n / 4) for n in range(-8, 24)))


@settings(max_examples=150)
@given(st.lists(WHEN, min_size=1, max_size=5))
def test_what_is_found_is_what_no_ticket_can_get(whens: Sequence[dict[str, Any]]) -> None:
    """Trying every value of a grid, a policy that wins none is found, and no other."""
    sla = config(*({"when": when} for when in whens))
    codes = np.array([*range(len(EVERY)), -1], np.int32)
    pairs = np.array(list(product(codes, codes)), np.int32)
    columns = {n: Column(pairs[:, i], EVERY) for i, n in enumerate(("channel", "product"))}
    winner = match_policies(columns, sla.policies, at=np.zeros(len(pairs), np.int64))
    lost = {p.name for i, p in enumerate(sla.policies) if not (winner == i).any()}
    assert {f.policy for f in unreachable(sla)} == lost
