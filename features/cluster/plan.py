"""Which streams each feature asks, and by what key: found by asking for no observations at all."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.catalogue import declared_features
from features.history import History
from features.measures import MEASURED
from features.sight import Sight
from features.spec import Feature
from features.streams import Int64
from forewarn.config import METRICS
from forewarn.errors import DataError

EVERYBODY = "all"
"""The key of the whole desk."""


@dataclass(frozen=True)
class Plan:
    """What has to be shuffled.

    ``asks``: per feature the streams that are not its own ticket's; features that are functions
    of other features may ask all. ``keys``: per stream its key, as ``Sight`` names it.
    """

    asks: dict[str, frozenset[str]]
    keys: dict[str, str]

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """Keys without the metric: what facts and observations are shuffled by."""
        return tuple(sorted({base_of(key) for key in self.keys.values()}))

    def streams_of(self, base: str) -> tuple[str, ...]:
        """The streams that are keyed by it."""
        return tuple(sorted(s for s, key in self.keys.items() if base_of(key) == base))

    def without(self, complete: set[str]) -> "Plan":
        """The plan where some streams are complete on every part."""
        asks = {name: streams - complete for name, streams in self.asks.items()}
        return Plan(asks, {s: key for s, key in self.keys.items() if s not in complete})


class _Listening(Sight):
    """Sight that notes which streams are asked by which key."""

    def __init__(self, history: History) -> None:
        nobody = np.empty(0, np.int64)
        super().__init__(history, nobody, nobody)
        self.heard: set[tuple[str, str]] = set()

    def rows(self, stream: str, key: str, back: int = 0) -> Int64:
        self.heard.add((stream, key))
        return super().rows(stream, key, back)

    def root(self, stream: str, key: str) -> Int64:
        self.heard.add((stream, key))
        return super().root(stream, key)


def make_plan(nobody: History) -> Plan:
    """The plan of all features that a history declares; ``nobody``: one without tickets."""
    asks: dict[str, frozenset[str]] = {}
    keys: dict[str, str] = {}
    declared = declared_features(nobody)
    for feature in declared:
        if feature.measure != "python":
            asks[feature.name] = _streams_of(nobody, feature, keys)
    every = frozenset(keys)
    asks |= {feature.name: every for feature in declared if feature.measure == "python"}
    return Plan(asks, keys)


def base_of(key: str) -> str:
    """A key without the metric.

    >>> base_of("group+metric")
    'group'
    """
    return key.partition("+")[0]


def keys_each(key: str) -> int:
    """How many keys of a stream belong to one word of the base: one, or one per metric."""
    return len(METRICS) if "+" in key else 1


def _streams_of(nobody: History, feature: Feature, keys: dict[str, str]) -> frozenset[str]:
    sight = _Listening(nobody)
    MEASURED[feature.measure](sight, feature)
    shuffled = {(stream, key) for stream, key in sight.heard if base_of(key) != "ticket"}
    for stream, key in shuffled:
        if keys.setdefault(stream, key) != key:
            raise DataError(
                f"feature {feature.name!r} asks stream {stream!r} by {key!r}, others do by "
                f"{keys[stream]!r}: a stream that is shuffled has one key"
            )
    return frozenset(stream for stream, _ in shuffled)
