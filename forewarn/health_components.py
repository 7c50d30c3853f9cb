"""Health composed of what a company measures: weights, directions, and what is missing."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forewarn.config.settings import HealthConfig


@dataclass(frozen=True)
class Composed:
    """A score of 0 to 100 (100 is healthy), and the components that it had to do without."""

    score: float
    missing: tuple[str, ...]


def read_components(text: str) -> dict[str, float]:
    """The numbers of a JSON object, by their names as features spell them.

    What is no object, and members that are no finite numbers, tell nothing.

    >>> read_components('{"Product usage": 71.5, "plan": "gold", "support": 40}')
    {'product_usage': 71.5, 'support': 40.0}
    >>> read_components("71.5"), read_components("usage=71.5")
    ({}, {})
    """
    try:
        found: Any = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    named = {_name(key): value for key, value in found.items() if _is_number(value)}
    return {name: float(value) for name, value in named.items() if name}


def compose(parts: Mapping[str, float], health: HealthConfig) -> Composed | None:
    """The weighted mean of the configured components; None where all of them are missing.

    Each is brought to 0 (worst) to 100 (best) between its ``worst`` and ``best``, which also say
    which way is healthy. What is missing gives its weight to the others, in proportion.
    """
    points: dict[str, float] = {}
    for name, component in health.components.items():
        if name in parts:
            span = component.best - component.worst
            points[name] = min(max(100 * (parts[name] - component.worst) / span, 0.0), 100.0)
    weight = sum(health.components[name].weight for name in points)
    if not points or weight <= 0:
        return None
    score = sum(health.components[name].weight * value for name, value in points.items()) / weight
    missing = tuple(name for name in health.components if name not in points)
    return Composed(score, missing)


def _name(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < math.inf
