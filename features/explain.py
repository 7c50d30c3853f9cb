"""One feature told in words: what is declared of it, and which values it takes."""

import difflib
from typing import Any

import numpy as np
import pandas as pd

from features.catalogue import declared_features
from features.document import window_in_words
from features.history import History
from features.spec import MEASURES, STATE_KEYS, Feature
from forewarn.errors import DataError

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
"""Shares of the known values that lie at or below what ``describe_values`` gives."""
_TOP_WORDS = 10
_SOURCES = {
    "clock": "the clock itself",
    "ticket": "what the ticket came with",
    "time": "wall time in the desk's zone",
    "features": "other features, as of the same instant",
}
_KEYS = {
    "": "the clock",
    "all": "the whole desk",
    "ticket": "the ticket",
    "customer": "the ticket's customer",
    "agent": "whoever has the ticket",
}


def find_feature(history: History, name: str) -> Feature:
    """The declared feature of a name; raises DataError that names those spelt alike."""
    declared = {feature.name: feature for feature in declared_features(history)}
    if name in declared:
        return declared[name]
    alike = difflib.get_close_matches(name, list(declared), n=3)
    hint = f"; close to it: {', '.join(alike)}" if alike else ""
    raise DataError(
        f"no feature {name!r} is declared for this history{hint}. "
        "'forewarn features list' shows them all"
    )


def describe_feature(feature: Feature) -> dict[str, str]:
    """The declaration in words, by what each tells, in the order in which to read them."""
    column = f", column {feature.column}" if feature.column else ""
    of = f", over {feature.of}" if feature.of else ""
    return {
        "feature": feature.name,
        "entity": feature.entity,
        "what": f"{feature.measure} of {feature.stream}{column}{of}",
        "stream": _SOURCES.get(feature.stream, f"facts of the stream {feature.stream}"),
        "key": key_in_words(feature.key),
        "measure": MEASURES[feature.measure],
        "window": window_in_words(feature),
        "unit": feature.unit,
        "null": feature.null,
        "why": feature.why,
    }


def key_in_words(key: str) -> str:
    """Whose facts are asked.

    >>> key_in_words("group+metric")
    "the ticket's group at as_of, the clock's metric alone"
    """
    base, _, by_metric = key.partition("+")
    of_ticket = f"the ticket's {base}"
    words = _KEYS.get(base, f"{of_ticket} at as_of" if base in STATE_KEYS else of_ticket)
    return f"{words}, the clock's metric alone" if by_metric else words


def describe_values(column: pd.Series) -> dict[str, Any]:
    """``n`` observations, ``null_share`` (null where n is 0), and what the known ones are.

    Numbers: ``quantiles`` by share. Texts: ``n_words`` in use, and ``words``, the most
    frequent ones, each with its share of all observations; equals go by the alphabet.
    """
    known = column.dropna()
    found: dict[str, Any] = {"n": len(column), "null_share": None}
    if len(column):
        found["null_share"] = float(column.isna().mean())
    if isinstance(column.dtype, pd.CategoricalDtype):
        counts = known.astype("str").value_counts().sort_index()
        counts = counts.sort_values(ascending=False, kind="stable")
        top = counts.head(_TOP_WORDS) / max(len(column), 1)
        return {**found, "n_words": len(counts), "words": top.to_dict()}
    values = np.quantile(known.to_numpy(np.float64), QUANTILES) if len(known) else []
    return {**found, "quantiles": dict(zip(map(str, QUANTILES), map(float, values), strict=False))}
