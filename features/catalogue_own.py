"""Features that ``forewarn.yaml`` declares."""

from collections.abc import Iterable, Mapping
from typing import Any

from features.spec import Entity, Feature
from forewarn.config.own_features import OwnFeature

_ENTITIES: Mapping[str, Entity] = {
    "ticket": "ticket", "customer": "customer", "group": "group", "agent": "agent",
}  # fmt: skip
_UNITS = {"count": "facts", "age": "hours", "mean": "as it came", "ratio": "ratio"}


def own_declarations(features: Iterable[Mapping[str, Any]]) -> tuple[Feature, ...]:
    """The declarations, from what the history says about them (OwnFeature as JSON)."""
    return tuple(_declaration(OwnFeature.model_validate(f)) for f in features)


def _declaration(feature: OwnFeature) -> Feature:
    by = feature.by
    null = "never null" if by in ("ticket", "desk") else f"the ticket has no {by}"
    if feature.measure in ("age", "mean"):
        null = "there was none yet" if by in ("ticket", "desk") else f"{null}, or there was none"
    return Feature(
        feature.name, _ENTITIES.get(by, "load"), f"own/{feature.name}", feature.measure,
        _UNITS[feature.measure], null, feature.why, key="all" if by == "desk" else by,
        column="value" if feature.measure == "mean" else "",
        window=feature.window, trailing=feature.trailing, is_identity=by == "agent",
    )  # fmt: skip
