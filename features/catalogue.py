"""All declared features, in the order in which tables and documents show them."""

import numpy as np

from features.catalogue_clock import CLOCK
from features.catalogue_customer import CUSTOMER
from features.catalogue_load import LOAD
from features.catalogue_rates import rate_features
from features.catalogue_ticket import TICKET, attribute_features
from features.history import History
from features.spec import NO_STREAM, Feature
from forewarn.config import Config


def declared_features(history: History) -> tuple[Feature, ...]:
    """Every feature that this history can answer, those on single agents included."""
    texts, numbers = history.text_columns, history.about["number_columns"]
    return (
        *CLOCK,
        *TICKET,
        *attribute_features(texts, numbers),
        *CUSTOMER,
        *LOAD,
        *rate_features(texts),
    )


def feature_names(history: History, config: Config) -> tuple[str, ...]:
    """What a model sees: all declared features but the excluded ones and the empty ones.

    Empty: the history has no fact that could give it a value other than null or 0. Features
    on the identity of single agents need ``features.agent_identity``.
    """
    chosen = (
        f
        for f in declared_features(history)
        if f.name not in config.features.exclude
        and (config.features.agent_identity or not f.is_identity)
        and not _is_empty(history, f)
    )
    return tuple(f.name for f in chosen)


def _is_empty(history: History, feature: Feature) -> bool:
    if feature.stream == "ticket":
        place = "number" if feature.measure == "number" else "code"
        values = history.arrays[f"{place}/{feature.column}"]
        return bool(np.isnan(values).all() if place == "number" else (values < 0).all())
    if feature.stream in NO_STREAM:
        return False
    stream = history.streams[feature.stream]
    return stream.at.size == stream.start.size - 1  # nothing but roots
