"""A part sends its facts to the slices that they belong to, and asks what it has to know."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from features.catalogue import declared_features
from features.cluster.array_files import ArrayWriter, writing_arrays
from features.cluster.cuts import Cuts, hash_words
from features.cluster.facts import KINDS, StreamFacts, facts_of
from features.cluster.home import read_home, read_shares, words_of
from features.cluster.job import AllCuts, Job
from features.cluster.medians import Spans, spans_of
from features.cluster.plan import keys_each
from features.given import given_streams
from features.history import History
from features.labelled import history_observations
from features.measures import MEASURED
from features.sight import Sight
from features.spec import Feature
from features.streams import Hints, Int64, Stream
from forewarn.sla.events import microseconds

_SHARD = 1 << 17  # observations that are asked about together


@dataclass(frozen=True)
class AskedStream(Stream):
    """A part's share of a stream, which notes the keys and instants that it is asked for."""

    asked: list[tuple[Int64, Int64]] = field(default_factory=list)

    def last_before(self, keys: Int64, instants: Int64, hints: Hints | None = None) -> Int64:
        pair = (keys, np.broadcast_to(instants, keys.shape))
        if not any(_is_same(pair, other) for other in self.asked):
            self.asked.append(pair)
        return super().last_before(keys, instants, hints)


@dataclass(frozen=True)
class _Routes:
    """Of one base: per word its hash, and the cuts."""

    words: pa.Array
    hashes: Int64
    cuts: Cuts

    def slice_of(self, keys: Int64, at: Int64, *, each: int) -> Int64:
        """Per fact or question its slice; -1: no key."""
        number = np.full(keys.size, -1, np.int64)
        rows = np.flatnonzero(keys >= 0)
        number[rows] = self.cuts.slice_of(self.hashes[keys[rows] // each], at[rows])
        return number


def send_part(job: Job, part: int, cuts: AllCuts) -> int:
    """Write one message per base and slice; gives the number of observations."""
    history = read_home(job, part)
    observed = _observe(history, job)
    for base in job.plan.bases:
        wanted = _features_that_ask(history, job, base)
        streams = {stream for feature in wanted for stream in job.plan.asks[feature.name]}
        shares = read_shares(job, part, streams)
        _send(job, part, given_streams(history, shares), observed, base=base, cuts=cuts[base])
    return observed[0].size


def _observe(history: History, job: Job) -> tuple[Int64, Int64]:
    """The part's observations: clocks and instants."""
    observations = history_observations(history, job.config)
    return observations["clock"].to_numpy(np.int64), microseconds(observations["as_of"])


def _features_that_ask(history: History, job: Job, base: str) -> list[Feature]:
    """Wanted features that ask streams of the base.

    Features that are functions of others ask through these, and may ask through any.
    """
    ours, declared = set(job.plan.streams_of(base)), declared_features(history)
    is_any = any(f.measure == "python" and f.name in job.names for f in declared)
    return [
        feature
        for feature in declared
        if feature.measure != "python"
        and (is_any or feature.name in job.names)
        and job.plan.asks[feature.name] & ours
    ]


def _send(
    job: Job,
    part: int,
    history: History,
    observed: tuple[Int64, Int64],
    *,
    base: str,
    cuts: Cuts,
) -> None:
    streams = job.plan.streams_of(base)
    words = words_of(history, job.plan.keys[streams[0]])
    routes = _Routes(words, hash_words(words), cuts)
    wanted = _features_that_ask(history, job, base)
    asked = _ask(history, observed, wanted, streams)
    sight = Sight(history, *observed)
    asks_medians = [s for s in streams if s in job.plan.tails]
    spans = {name: spans_of(sight, wanted, name) for name in asks_medians}
    with ExitStack() as stack:
        files = [
            stack.enter_context(writing_arrays(job.message(part, base, number)))
            for number in range(cuts.n_slices)
        ]
        for number, file in enumerate(files):
            here = cuts.words_within(routes.hashes, number)
            file.write("words/code", here)
            file.write_texts("words/text", words.take(pa.array(here)))
        for name in streams:
            each = keys_each(job.plan.keys[name])
            _write_facts(files, name, facts_of(history.streams[name], name), routes, each=each)
            _write_questions(files, name, asked.pop(name), routes, each=each)
            if name in spans:
                _write_spans(files, name, spans[name], routes, each=each)


def _ask(
    history: History,
    observed: tuple[Int64, Int64],
    features: list[Feature],
    streams: tuple[str, ...],
) -> dict[str, tuple[Int64, Int64]]:
    """Per stream the keys and instants that these features ask for, over all observations."""
    clock, as_of = observed
    parts: dict[str, list[tuple[Int64, Int64]]] = {name: [] for name in streams}
    for begin in range(0, clock.size, _SHARD):
        shard = slice(begin, begin + _SHARD)
        asked = _ask_shard(history, clock[shard], as_of[shard], features, streams)
        for name, pairs in asked.items():
            parts[name] += pairs
    return {name: _join(pairs) for name, pairs in parts.items()}


def _ask_shard(
    history: History,
    clock: Int64,
    as_of: Int64,
    features: list[Feature],
    streams: tuple[str, ...],
) -> Mapping[str, list[tuple[Int64, Int64]]]:
    shares = {n: history.streams[n] for n in streams}
    given = {n: AskedStream(s.start, s.at, s.columns, s.grid) for n, s in shares.items()}
    sight = Sight(given_streams(history, {**history.streams, **given}), clock, as_of)
    for feature in features:
        MEASURED[feature.measure](sight, feature)  # its value is of no use: it lacks other parts
    return {name: stream.asked for name, stream in given.items()}


def _join(pairs: list[tuple[Int64, Int64]]) -> tuple[Int64, Int64]:
    nothing = np.empty(0, np.int64)
    keys = np.concatenate([nothing, *(k for k, _ in pairs)])
    instants = np.concatenate([nothing, *(t for _, t in pairs)])
    return keys, instants


def _is_same(one: tuple[Int64, Int64], other: tuple[Int64, Int64]) -> bool:
    return np.array_equal(one[1], other[1]) and np.array_equal(one[0], other[0])


def _write_facts(
    files: list[ArrayWriter], name: str, facts: StreamFacts, routes: _Routes, *, each: int
) -> None:
    for file, rows in zip(
        files, _split(routes, facts.key, facts.at, len(files), each), strict=True
    ):
        mine = facts.take(rows)
        file.write(f"{name}/fact/key", mine.key.astype(np.int32))
        file.write(f"{name}/fact/at", mine.at)
        for kind in KINDS:
            for column, values in getattr(mine, kind).items():
                file.write(f"{name}/{kind}/{column}", values)


def _write_questions(
    files: list[ArrayWriter],
    name: str,
    asked: tuple[Int64, Int64],
    routes: _Routes,
    *,
    each: int,
) -> None:
    keys, instants = asked
    split = _split(routes, keys, instants - 1, len(files), each)  # facts before it, to the µs
    for file, rows in zip(files, split, strict=True):
        file.write(f"{name}/ask/key", keys[rows].astype(np.int32))
        file.write(f"{name}/ask/at", instants[rows])


def _split(routes: _Routes, keys: Int64, at: Int64, n: int, each: int) -> list[np.ndarray]:
    """Per slice the rows that belong to it."""
    number = routes.slice_of(keys, at, each=each)
    return [np.flatnonzero(number == k) for k in range(n)]


def _write_spans(
    files: list[ArrayWriter], name: str, spans: list[Spans], routes: _Routes, *, each: int
) -> None:
    """Windows of which medians are asked, to the slices in which they end."""
    nothing = np.empty(0, np.int64)
    whole = Spans(*(np.concatenate([nothing, *(s[i] for s in spans)]) for i in range(3)))
    split = _split(routes, whole.key, whole.now - 1, len(files), each)
    for file, rows in zip(files, split, strict=True):
        file.write(f"{name}/span/key", whole.key[rows].astype(np.int32))
        file.write(f"{name}/span/then", whole.then[rows])
        file.write(f"{name}/span/now", whole.now[rows])
