"""What health scores are made of: the stream of their components."""

import math
from collections import Counter

import numpy as np

from features.arranging import build_stream
from features.facts import Facts
from features.recording_load import codes_of, newest_facts, visible_at
from features.streams import Stream
from forewarn.health_components import read_components

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
