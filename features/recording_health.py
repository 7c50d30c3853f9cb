"""What health scores are made of: the stream of their components."""

import json
import math
import re
from collections import Counter
from typing import Any

import numpy as np

from features.facts import Facts
from features.recording_load import codes_of, newest_facts, visible_at
from features.streams import Stream, build_stream

MOST = 20
"""Components that are kept; of more the ones that most scores tell."""


def component_stream(facts: Facts) -> Stream:
    """``component``, keyed by customer: one fact per measured score that tells its components.

    A column per component, by its name in small letters; null where the score does not tell it.
    Components stay as measured under an override.
    """
    scores = facts.tables.customer_health
    rows = newest_facts(scores[scores["components"].notna()], "customer_id")
    told = [read_components(text) for text in rows["components"]]
    counts = Counter(name for parts in told for name in parts)
    names = sorted(sorted(counts, key=lambda name: (-counts[name], name))[:MOST])
    customers = facts.words["customer"]
    return build_stream(
        codes_of(customers, rows["customer_id"]),
        visible_at(rows),
        n_keys=len(customers),
        states={
            name: np.array([parts.get(name, math.nan) for parts in told], np.float64)
            for name in names
        },
    )


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


def _name(key: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", key.lower()).strip("_")


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < math.inf
