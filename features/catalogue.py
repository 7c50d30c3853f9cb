"""All declared features, in the order in which tables and documents show them."""

import numpy as np

from features.catalogue_clock import CLOCK
from features.catalogue_customer import CUSTOMER, component_features
from features.catalogue_load import LOAD
from features.catalogue_own import own_declarations
from features.catalogue_rates import rate_features
from features.catalogue_texts import text_features
from features.catalogue_ticket import TICKET, attribute_features
from features.history import History
from features.python import python_features
from features.spec import NO_STREAM, Feature
from forewarn.config import Config
from forewarn.errors import ConfigError

FEW_WORDS = 20
"""A text with fewer values needs no rate to stand for it."""


def declared_features(history: History) -> tuple[Feature, ...]:
    """Every feature that this history can answer, those on single agents included."""
    texts, numbers = history.text_columns, history.about["number_columns"]
    components = component_features(history.components)
    tickets = (*TICKET, *attribute_features(texts, numbers))
    tickets = (*tickets, *text_features(history.about["made_of_texts"]))
    every = (*CLOCK, *tickets, *CUSTOMER, *components, *LOAD)
    own = own_declarations(history.about["own"])
    coded = python_features(history.about["python"]).values()
    return _distinct((*every, *rate_features(texts), *own, *(f.declaration for f in coded)))


def _distinct(features: tuple[Feature, ...]) -> tuple[Feature, ...]:
    """The features; ConfigError where one of the user's has the name of another."""
    seen: set[str] = set()
    for feature in features:
        if feature.name in seen:
            raise ConfigError(
                f"forewarn.yaml: features: {feature.name!r} is declared already; "
                "give yours another name"
            )
        seen.add(feature.name)
    return features


def fixed_features() -> tuple[Feature, ...]:
    """Those that do not depend on which columns the tickets came with, or could be made of any."""
    return (*CLOCK, *TICKET, *text_features(), *CUSTOMER, *LOAD, *rate_features(()))


def feature_names(history: History, config: Config) -> tuple[str, ...]:
    """What a model sees: declared features that are on and say something in this history.

    On: the defaults and ``features.include`` without ``features.exclude``; those on the
    identity of single agents only with ``features.agent_identity``. Nothing is said by a
    feature without a fact behind it, nor by the lift of a text that has few values: trees
    tell those apart by the text itself. Raises ConfigError for a name that is not declared.
    """
    declared, chosen = declared_features(history), config.features
    names = {f.name for f in declared}
    unknown = sorted({*chosen.include, *chosen.exclude} - names)
    if unknown:
        raise ConfigError(
            f"forewarn.yaml: features: {unknown[0]!r} is not a feature of this history; "
            f"'forewarn features list' shows them. Declared are {', '.join(sorted(names))}"
        )
    return tuple(f.name for f in declared if unseen_because(history, config, f) is None)


def unseen_because(history: History, config: Config, feature: Feature) -> str | None:
    """Why models do not see a declared feature, in words; None where they see it."""
    chosen = config.features
    if feature.name in chosen.exclude:
        return "excluded by features.exclude"
    if _is_empty(history, feature):
        return "no fact behind it in this data"
    if feature.is_identity and not chosen.agent_identity:
        return "tells single agents apart; features.agent_identity allows it"
    return None if feature.name in chosen.include else _unasked_because(history, feature)


def _unasked_because(history: History, feature: Feature) -> str | None:
    """Why models do not see it unless ``features.include`` names it."""
    if not feature.is_default:
        return "off by default; features.include turns it on"
    if _says_the_same(history, feature):
        return f"its text has fewer than {FEW_WORDS} values, so the text itself tells it"
    return None


def _says_the_same(history: History, feature: Feature) -> bool:
    """Whether a lift only repeats a text column of few values."""
    name = feature.key.removesuffix("+metric")
    few = name in history.text_columns and len(history.texts[f"word/{name}"]) < FEW_WORDS
    return feature.measure == "lift" and few


def _is_empty(history: History, feature: Feature) -> bool:
    if feature.stream == "ticket":
        place = "number" if feature.measure == "number" else "code"
        values = history.arrays[f"{place}/{feature.column}"]
        return bool(np.isnan(values).all() if place == "number" else (values < 0).all())
    if feature.stream in NO_STREAM:
        return False
    names = [feature.stream, feature.of.rpartition("/")[0] or feature.stream]
    streams = [history.streams[name] for name in names]
    return any(s.at.size == s.start.size - 1 for s in streams)  # nothing but roots
