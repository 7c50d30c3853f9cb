"""Which streams each feature asks, and by what key: found by asking for no observations at all."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from features.catalogue import declared_features
from features.history import History
from features.measures import MEASURED
from features.sight import Sight
from features.spec import Feature, span
from features.streams import Int64, Stream
from forewarn.config import METRICS
from forewarn.errors import DataError

MEDIAN = "median"
"""The measure that one row of a stream does not answer."""
ALWAYS = 1 << 61
"""Microseconds: a window without a beginning."""
EVERYBODY = "all"
"""The key of the whole desk."""


@dataclass(frozen=True)
class Plan:
    """What has to be shuffled.

    ``asks``: per feature the streams that are not its own ticket's; features that are functions
    of other features may ask all. ``keys``: per stream its key, as ``Sight`` names it.
    ``unkeyed``: streams that are asked in ways of their own, so that nothing shuffles them.
    ``tails``: per stream of which medians are asked their longest window, µs.
    """

    asks: dict[str, frozenset[str]]
    keys: dict[str, str]
    unkeyed: frozenset[str] = frozenset()
    tails: dict[str, int] = field(default_factory=dict)

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """Keys without the metric: what facts and observations are shuffled by."""
        return tuple(sorted({base_of(key) for key in self.keys.values()}))

    def streams_of(self, base: str) -> tuple[str, ...]:
        """The streams that are keyed by it."""
        return tuple(sorted(s for s, key in self.keys.items() if base_of(key) == base))

    def only(self, names: Sequence[str]) -> "Plan":
        """The plan of some features: streams that none of them asks are not shuffled."""
        asked = frozenset[str]().union(*(self.asks[name] for name in names))
        asks = {name: streams & asked for name, streams in self.asks.items()}
        return replace(self, asks=asks, keys={s: k for s, k in self.keys.items() if s in asked})

    def without(self, complete: frozenset[str]) -> "Plan":
        """The plan where some streams are complete on every part."""
        asks = {name: streams - complete for name, streams in self.asks.items()}
        keys = {s: key for s, key in self.keys.items() if s not in complete}
        return replace(self, asks=asks, keys=keys)


def join_plans(plans: Sequence[Plan]) -> Plan:
    """The plan of all parts: some may know features that others have no fact for."""
    asks: dict[str, frozenset[str]] = {}
    keys: dict[str, str] = {}
    unkeyed = frozenset[str]()
    tails: dict[str, int] = {}
    for plan in plans:
        asks |= plan.asks
        keys |= plan.keys
        unkeyed |= plan.unkeyed
        tails |= plan.tails
    return Plan(asks, keys, unkeyed, tails)


class _Listening(Sight):
    """Sight that notes which streams are asked by which key."""

    def __init__(self, history: History) -> None:
        nobody = np.empty(0, np.int64)
        super().__init__(history, nobody, nobody)
        self.heard: set[tuple[str, str]] = set()
        self.opened: set[str] = set()

    def stream(self, name: str) -> Stream:
        self.opened.add(name)
        return super().stream(name)

    def rows(self, stream: str, key: str, back: int = 0) -> Int64:
        self.heard.add((stream, key))
        return super().rows(stream, key, back)

    def root(self, stream: str, key: str) -> Int64:
        self.heard.add((stream, key))
        return super().root(stream, key)


def make_plan(history: History) -> Plan:
    """The plan of all features that a history declares."""
    asks: dict[str, frozenset[str]] = {}
    keys: dict[str, str] = {}
    unkeyed: set[str] = set()
    declared = declared_features(history)
    for feature in declared:
        if feature.measure != "python":
            sight = _Listening(history)
            MEASURED[feature.measure](sight, feature)
            asks[feature.name] = _shuffled(sight.heard, feature, keys)
            unkeyed |= sight.opened - {stream for stream, _ in sight.heard}
    every = frozenset(keys)
    asks |= {feature.name: every for feature in declared if feature.measure == "python"}
    return Plan(asks, keys, frozenset(unkeyed - keys.keys()), _tails(declared))


def _tails(declared: Sequence[Feature]) -> dict[str, int]:
    """Of streams of which medians are asked: so far back facts are needed one by one."""
    tails: dict[str, int] = {}
    for feature in declared:
        if feature.measure == MEDIAN:
            window = span(feature.window) or ALWAYS
            tails[feature.stream] = max(tails.get(feature.stream, 0), window)
    return tails


def base_of(key: str) -> str:
    """A key without the metric.

    >>> base_of("group+metric")
    'group'
    """
    return key.partition("+")[0]


def keys_each(key: str) -> int:
    """How many keys of a stream belong to one word of the base: one, or one per metric."""
    return len(METRICS) if "+" in key else 1


def _shuffled(
    heard: set[tuple[str, str]], feature: Feature, keys: dict[str, str]
) -> frozenset[str]:
    """The streams that are not the ticket's own; notes their keys."""
    shuffled = {(stream, key) for stream, key in heard if base_of(key) != "ticket"}
    for stream, key in shuffled:
        if keys.setdefault(stream, key) != key:
            raise DataError(
                f"feature {feature.name!r} asks stream {stream!r} by {key!r}, others do by "
                f"{keys[stream]!r}: a stream that is shuffled has one key"
            )
    return frozenset(stream for stream, _ in shuffled)
