"""A part's own share of the history: recorded once, then read stream by stream."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.catalogue import declared_features
from features.cluster.array_files import ArrayReader, reading_arrays, writing_arrays
from features.cluster.cuts import Sample, hash_words, sample_facts
from features.cluster.job import Job, word_list
from features.cluster.parts import read_part
from features.cluster.plan import EVERYBODY, Plan, base_of, keys_each, make_plan
from features.history import History
from features.recording import record
from features.streams import Stream
from forewarn.config import Config
from forewarn.errors import DataError
from forewarn.progress import silent
from forewarn.tables import Tables


@dataclass(frozen=True)
class Recorded:
    """What a part says of its share.

    ``declared``: the features that it knows. ``made_of_tickets``: streams of which it has some.
    """

    declared: tuple[str, ...]
    plan: Plan
    samples: Mapping[str, Sample]
    made_of_tickets: frozenset[str]
    n_tickets: int


def record_part(job: Job, part: int) -> Recorded:
    """Record the part's share of the history and keep it with the storage."""
    tables = read_part(job.tables, part, of=job.n_parts)
    history = _record(tables, job.config, origin=job.origin)
    plan = make_plan(history)
    made = _made_of_tickets(history, plan, tables, job.config)
    samples = {stream: _sample(history, stream, plan) for stream in made}
    with writing_arrays(job.home(part)) as file:
        for name, array in history.arrays.items():
            file.write(f"array/{name}", array)
        for name, words in history.texts.items():
            file.write_texts(f"text/{name}", words)
        about = json.dumps(dict(history.about)).encode()
        file.write("about", np.frombuffer(about, np.uint8))
    declared = tuple(feature.name for feature in declared_features(history))
    return Recorded(declared, plan, samples, made, len(history))


def read_home(job: Job, part: int) -> History:
    """The part's share without the streams that are shuffled."""
    skipped = tuple(f"array/stream/{stream}/" for stream in job.plan.keys)
    with reading_arrays(job.home(part)) as file:
        return _read(file, skipped)


def read_shares(job: Job, part: int, streams: Iterable[str]) -> dict[str, Stream]:
    """What the part has of some streams."""
    found = {}
    with reading_arrays(job.home(part)) as file:
        for name in streams:
            found[name] = Stream.from_arrays(file.below(f"array/stream/{name}"))
    return found


def words_of(history: History, key: str) -> pa.Array:
    """The words that a key's numbers are positions in; of the whole desk one."""
    if base_of(key) == EVERYBODY:
        return pa.array([""], pa.large_string())
    if word_list(key) not in history.texts:
        raise DataError(f"a stream is keyed by {key!r}: the cluster knows no words for it")
    return history.texts[word_list(key)]


def _record(tables: Tables, config: Config, *, origin: int) -> History:
    arrays, texts, about = record(tables, config, progress=silent)
    about = {**about, "origin": origin}
    return History(tables.digest, tables.watermark, tables.attributes, about, arrays, texts)


def _sample(history: History, name: str, plan: Plan) -> Sample:
    stream, key = history.streams[name], plan.keys[name]
    words = hash_words(words_of(history, key))
    if stream.n_keys != words.size * keys_each(key):
        raise DataError(
            f"stream {name!r} has {stream.n_keys} keys, expected {words.size} words by {key!r}"
        )
    counts = np.diff(stream.start)[:-1] - 1
    hashes = np.repeat(np.repeat(words, keys_each(key)), counts)
    return sample_facts(hashes, np.delete(stream.at, stream.start[:-1]))


def _made_of_tickets(
    history: History, plan: Plan, tables: Tables, config: Config
) -> frozenset[str]:
    """Streams that have facts of tickets, so that the part has only some of them.

    All others are made of tables that the part has in full for its keys. Raises DataError for a
    stream of both kinds, and for one that is asked in a way of its own.
    """
    nobody = replace(
        tables, tickets=tables.tickets.iloc[:0], ticket_events=tables.ticket_events.iloc[:0]
    )
    others = {name: _n_facts(s) for name, s in _record(nobody, config, origin=0).streams.items()}
    asked = plan.keys.keys() | plan.unkeyed
    made = frozenset(s for s in asked if _n_facts(history.streams[s]) != others.get(s, 0))
    for name in made:
        if name in plan.unkeyed or others.get(name, 0):
            raise DataError(
                f"stream {name!r} cannot be put together on a cluster: it is not asked through "
                "Sight.rows, or only some of its facts are made of tickets"
            )
    return made


def _n_facts(stream: Stream) -> int:
    return stream.at.size - (stream.start.size - 1)


def _read(file: ArrayReader, skipped: tuple[str, ...]) -> History:
    wanted = [
        n for n in file.names if n.startswith("array/") and not n.startswith(skipped or ("/",))
    ]
    texts = [name for name in file.names if name.startswith("text/")]
    about: dict[str, Any] = json.loads(file.read("about").tobytes())
    return History(
        digest="part",
        watermark=pd.Timestamp(about["watermark"]),
        attributes=tuple(about["attributes"]),
        about=about,
        arrays={name.removeprefix("array/"): file.read(name) for name in wanted},
        texts={name.removeprefix("text/"): file.read_texts(name) for name in texts},
    )
