"""Families of features: what part ``ablation`` leaves out, adds, and tries alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features.catalogue import declared_features, feature_names, unseen_because
from features.history import History
from features.spec import Feature
from forewarn.config import Config

FAMILIES = {
    "clock": "what the clock says: elapsed, remaining, deadline, opening hours",
    "wall time": "hour and weekday, now and at creation",
    "ticket state": "status, group, priority, category, and for how long",
    "ticket counts and gaps": "events, replies, hand-overs so far, and the hours since",
    "path so far": "statuses passed, waiting share, first step, agents who acted",
    "text attributes": "what the ticket came with and never changes: channel, type, lengths, ...",
    "contract": "tier, region, criticality, value, loyalty, renewal",
    "customer": "tickets, replies, escalations, solutions, satisfaction",
    "promises broken to them": "the customer's known breaches and the time since the last",
    "health": "the customer's score, segment, change and age",
    "health in depth": "components, slopes, overrides, change of satisfaction",
    "group": "backlog, arrivals and solutions of the group against its usual",
    "agent": "backlog and activity of whoever has the ticket",
    "desk and arrivals": "the whole desk, the category and the product against their usual",
    "surges": "arrivals against the same hour of the week",
    "medians": "median solution time of the group",
    "shifts": "who of the group is on shift",
    "lifts, 28 days": "breach rates of the last 28 days less the desk's",
    "lifts, matured": "breach rates over all time less the desk's",
    "rates": "breach rates as levels",
    "single agents": "breach rates and lifts of single agents",
    "texts": "words of subject and description, hashed",
    "sentiment": "how angry the words are",
    "own": "declared by the configuration",
}
"""Every family with what is in it, in the order of the table."""
_PATH = {"ticket_statuses", "ticket_waiting_share", "ticket_first_step_hours"}
_PATH |= {"ticket_acting_agents"}
_BROKEN = {"customer_breaches_known_180d", "customer_breach_age_hours"}
_DEPTH = {
    "health_slope_28d",
    "health_slope_90d",
    "health_is_overridden",
    "customer_csat_change_28d",
}
_STATE = {"status", "group", "priority", "category", "status_row", "group_row", "agent_row"}
_BY_ENTITY = {
    "clock": "clock",
    "time": "wall time",
    "ticket": "ticket counts and gaps",
    "customer": "customer",
    "health": "health",
    "group": "group",
    "agent": "agent",
    "load": "desk and arrivals",
}


@dataclass(frozen=True)
class Variant:
    """Features that a model is fitted on; ``family``: what was left out, added or alone."""

    kind: str
    family: str
    names: tuple[str, ...]


def family_of(feature: Feature) -> str:
    """The one family of FAMILIES that a feature is in."""
    if feature.stream.startswith("own/") or feature.measure == "python":
        return "own"
    if feature.is_identity:
        return "single agents"
    if feature.measure == "rate":
        return "rates"
    if feature.measure == "lift":
        return "lifts, 28 days" if feature.window else "lifts, matured"
    return _by_name(feature) or _by_measure(feature) or _BY_ENTITY[feature.entity]


def _by_name(feature: Feature) -> str | None:
    if feature.name in _PATH:
        return "path so far"
    if feature.name in _BROKEN:
        return "promises broken to them"
    if feature.name in _DEPTH or feature.stream == "component":
        return "health in depth"
    if feature.name == "ticket_sentiment":
        return "sentiment"
    return "texts" if feature.name.startswith("ticket_text_") else None


def _by_measure(feature: Feature) -> str | None:
    if feature.measure == "hour_of_week_ratio":
        return "surges"
    if feature.measure == "median" and feature.entity == "group":
        return "medians"
    if "shift" in feature.measure:
        return "shifts"
    if feature.stream == "profile":
        return "contract"
    if feature.stream == "ticket":
        return "text attributes"
    is_state = feature.stream == "path" and feature.column in _STATE
    return "ticket state" if is_state else None


def families(history: History) -> dict[str, list[str]]:
    """Family: the features with a fact behind them; families without any are left out.

    Of texts of few values the lifts over 28 days are left out, as for models.
    """
    found: dict[str, list[str]] = {name: [] for name in FAMILIES}
    for feature in declared_features(history):
        found[family_of(feature)].append(feature.name)
    return {name: names for name, names in found.items() if names}


def variants(history: History, config: Config) -> list[Variant]:
    """The default set, then less each family, plus each that is off, each alone with the clock.

    Defaults are the catalogue's, whatever ``config`` includes and excludes; what it chooses
    itself is the variant ``example``.
    """
    default = default_names(history, config)
    every, on = families(history), set(default)
    clock = [name for name in every["clock"] if name in on]
    less, plus, alone = [], [], []
    for family, members in every.items():
        inside = [name for name in members if name in on]
        outside = [n for n in _possible(history, config, members) if n not in on]
        if inside:
            less.append(Variant("without", family, _but(default, inside)))
            chosen = inside if family == "clock" else [*clock, *inside]
            alone.append(Variant("alone", family, tuple(chosen)))
        elif outside:
            plus.append(Variant("with", family, (*default, *outside)))
    first = [Variant("default", "", default)]
    if config.features.include or config.features.exclude:
        first.append(Variant("example", "", feature_names(history, config)))
    return [*first, *less, *plus, *alone]


def default_names(history: History, config: Config) -> tuple[str, ...]:
    """What models see of this history when the configuration chooses nothing."""
    return feature_names(history, _choosing(config, include=()))


def _possible(history: History, config: Config, names: Sequence[str]) -> list[str]:
    """Those that say something in this history once they are asked for."""
    asked = _choosing(config, include=tuple(names), agent_identity=True)
    declared = {feature.name: feature for feature in declared_features(history)}
    return [n for n in names if unseen_because(history, asked, declared[n]) is None]


def _choosing(config: Config, **features: object) -> Config:
    chosen: Mapping[str, object] = {"exclude": (), "agent_identity": False, **features}
    return config.model_copy(update={"features": config.features.model_copy(update=chosen)})


def _but(names: Sequence[str], without: Sequence[str]) -> tuple[str, ...]:
    gone = set(without)
    return tuple(name for name in names if name not in gone)
