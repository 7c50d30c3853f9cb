"""All declared features, in the order in which tables and documents show them."""

from features.catalogue_clock import CLOCK
from features.catalogue_ticket import TICKET, attribute_features
from features.history import History
from features.spec import Feature
from forewarn.config import Config


def declared_features(history: History) -> tuple[Feature, ...]:
    """Every feature that this history can answer, those on single agents included."""
    return (*CLOCK, *TICKET, *attribute_features(history.text_columns))


def feature_names(history: History, config: Config) -> tuple[str, ...]:
    """What a model sees: all declared features but the excluded ones.

    Features on the identity of single agents need ``features.agent_identity``.
    """
    chosen = (
        f
        for f in declared_features(history)
        if f.name not in config.features.exclude
        and (config.features.agent_identity or not f.is_identity)
    )
    return tuple(f.name for f in chosen)
