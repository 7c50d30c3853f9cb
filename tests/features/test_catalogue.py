"""What is declared, what models see of it, and by which names."""

import re
from collections.abc import Callable
from typing import get_args

import pytest

from features.catalogue import (
    declared_features,
    feature_names,
    fixed_features,
    unseen_because,
)
from features.catalogue_customer import component_features
from features.history import History
from features.measures import MEASURED
from features.spec import MEASURES, NO_STREAM, Measure
from forewarn.config import Config
from forewarn.errors import ConfigError


def with_features(config: Config, **settings: object) -> Config:
    """The configuration with other settings of features."""
    features = config.features.model_copy(update=settings)
    return config.model_copy(update={"features": features})


def test_there_are_features_on_everything() -> None:
    """At least forty, on all eight entities."""
    entities = {feature.entity for feature in fixed_features()}
    assert len(fixed_features()) >= 90
    assert entities == {
        "ticket", "clock", "customer", "health", "group", "agent", "load", "time",
    }  # fmt: skip


def test_declarations_are_whole(small_history: History) -> None:
    """Each says what it is in, what null means, and why; names are unique and in one form."""
    declared = declared_features(small_history)
    assert len({feature.name for feature in declared}) == len(declared)
    for feature in declared:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", feature.name)
        assert feature.unit
        assert feature.null
        assert feature.why.endswith(".")
        assert feature.stream in NO_STREAM or feature.stream in small_history.streams


def test_measures_are_declared_computed_and_explained() -> None:
    """The three lists of measures are one."""
    assert set(get_args(Measure)) == set(MEASURES) == set(MEASURED)


def test_names_tell_entity_and_window(small_history: History) -> None:
    """A feature with a window ends in it."""
    for feature in declared_features(small_history):
        if feature.window is not None:
            assert feature.name.endswith(f"_{feature.window}")


def test_features_on_single_agents_are_off(small_history: History, small_config: Config) -> None:
    """They need the configuration's word, even where they are named."""
    asked = with_features(small_config, include=("agent_breach_rate",))
    assert not {n for n in feature_names(small_history, asked) if n.startswith("agent_breach")}
    allowed = with_features(small_config, include=("agent_breach_rate",), agent_identity=True)
    names = feature_names(small_history, allowed)
    assert {"agent_breach_rate", "agent_breach_lift_28d"} <= set(names)


def test_features_can_be_taken_out_and_in(small_history: History, small_config: Config) -> None:
    """By their names."""
    config = with_features(small_config, exclude=("time_hour",), include=("group_breach_rate",))
    names = feature_names(small_history, config)
    assert "time_hour" not in names
    assert "group_breach_rate" in names
    assert "group_breach_rate" not in feature_names(small_history, small_config)


def test_what_has_not_earned_its_place_is_off() -> None:
    """Of customers only health is on, nothing of the desk as a whole, no surges, one median."""
    declared = {f.name: f for f in (*fixed_features(), *component_features(("usage",)))}
    on = {name for name, feature in declared.items() if feature.is_default}
    of_customers = {n for n in on if declared[n].entity in ("customer", "health")}
    assert of_customers == {
        "health_score", "health_segment", "health_change_28d", "health_age_hours",
        "customer_breach_lift_28d",
    }  # fmt: skip
    assert not {name for name in on if declared[name].entity == "load"}
    assert [n for n in on if declared[n].measure == "median"] == ["group_solution_median_hours_28d"]
    path_so_far = {"ticket_statuses", "ticket_waiting_share", "ticket_first_step_hours"}
    assert not on & {*path_so_far, "ticket_acting_agents"}
    assert {"group_open_per_agent_on_shift", "group_agents_on_shift_share"} <= on


def test_turned_on_by_name(small_history: History, small_config: Config) -> None:
    """What is off by default is seen once the configuration includes it."""
    config = with_features(small_config, include=("desk_surge_1h", "customer_open"))
    assert {"desk_surge_1h", "customer_open"} <= set(feature_names(small_history, config))
    assert "desk_surge_4h" not in feature_names(small_history, config)


@pytest.mark.parametrize("where", ["include", "exclude"])
def test_a_misspelt_name_is_an_error(
    small_history: History, small_config: Config, where: str
) -> None:
    """It would otherwise do nothing, unnoticed."""
    config = with_features(small_config, **{where: ("time_huor",)})
    with pytest.raises(ConfigError, match="'time_huor' is not a feature"):
        feature_names(small_history, config)


def test_features_without_facts_are_left_out(small_history: History, small_config: Config) -> None:
    """The small world has no types and no languages; few-valued texts need no lift."""
    names = feature_names(small_history, small_config)
    assert not {n for n in names if n.startswith(("ticket_type", "ticket_language", "type_"))}
    assert "ticket_site" in names
    assert "site_breach_lift_28d" not in names
    assert "group_breach_lift_28d" in names


def test_bare_tables_have_fewer_features(
    history_of: Callable[..., History], desk: Callable[..., object], small_config: Config
) -> None:
    """A log of tickets and solutions only: nothing on customers, replies, agents, health."""
    history = history_of(desk([("A", 0), ("B", 5)], [("A", 3, "solved")]))
    names = feature_names(history, with_features(small_config, include=()))
    assert not {n for n in names if n.startswith(("customer_", "health_", "agent_", "group_"))}
    assert {"clock_elapsed_share", "ticket_idle_hours", "ticket_events_24h"} <= set(names)


def test_every_reason_for_being_left_out_has_its_words(
    small_history: History, small_config: Config
) -> None:
    """One feature for each; what models see has none."""
    config = with_features(small_config, exclude=("time_hour",))
    declared = {feature.name: feature for feature in declared_features(small_history)}
    found = {name: unseen_because(small_history, config, f) for name, f in declared.items()}
    assert {name: found[name] for name in (
        "clock_cycle", "time_hour", "ticket_language", "agent_breach_lift_28d",
        "group_breach_rate", "site_breach_lift_28d",
    )} == {
        "clock_cycle": None,
        "time_hour": "excluded by features.exclude",
        "ticket_language": "no fact behind it in this data",
        "agent_breach_lift_28d": "tells single agents apart; features.agent_identity allows it",
        "group_breach_rate": "off by default; features.include turns it on",
        "site_breach_lift_28d": "its text has fewer than 20 values, so the text itself tells it",
    }  # fmt: skip
    assert tuple(n for n, why in found.items() if why is None) == feature_names(
        small_history, config
    )
