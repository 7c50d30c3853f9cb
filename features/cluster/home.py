"""A part's own share of the history: recorded once, then read stream by stream."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.cluster.array_files import ArrayReader, reading_arrays, writing_arrays
from features.cluster.cuts import Sample, hash_words, sample_facts
from features.cluster.job import Job, word_list
from features.cluster.parts import read_nobody, read_part
from features.cluster.plan import EVERYBODY, Plan, base_of, keys_each
from features.history import History
from features.recording import record
from features.streams import Stream
from forewarn.config import Config
from forewarn.errors import DataError
from forewarn.progress import silent
from forewarn.tables import Tables


@dataclass(frozen=True)
class Recorded:
    """What a part says of its share: ``complete`` streams are not made of tickets."""

    samples: Mapping[str, Sample]
    complete: frozenset[str]
    n_tickets: int


@dataclass(frozen=True)
class PartHistory(History):
    """A history of which some streams are given, in place of the part's share of them."""

    given: Mapping[str, Stream] = ...  # type: ignore[assignment]

    @cached_property
    def streams(self) -> Mapping[str, Stream]:
        return {**super().streams, **self.given}


def record_part(job: Job, part: int) -> Recorded:
    """Record the part's share of the history and keep it with the storage."""
    tables = read_part(job.tables, part, of=job.n_parts)
    history = _record(tables, job.config, origin=job.origin)
    samples = {}
    for stream in job.plan.keys:
        samples[stream] = _sample(history, stream, job.plan)
    with writing_arrays(job.home(part)) as file:
        for name, array in history.arrays.items():
            file.write(f"array/{name}", array)
        for name, words in history.texts.items():
            file.write_texts(f"text/{name}", words)
        about = json.dumps(dict(history.about)).encode()
        file.write("about", np.frombuffer(about, np.uint8))
    return Recorded(samples, _complete(tables, job), len(history))


def nobody_history(address: str, config: Config) -> History:
    """The history of no tickets, with the columns that tickets have."""
    return _record(read_nobody(address), config, origin=0)


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
            columns = file.below(f"array/stream/{name}")
            found[name] = Stream(columns.pop("start"), columns.pop("at"), columns)
    return found


def given_streams(history: History, given: Mapping[str, Stream]) -> PartHistory:
    """The history with some streams in place of its own."""
    return PartHistory(
        history.digest, history.watermark, history.attributes,
        history.about, history.arrays, history.texts, given,
    )  # fmt: skip


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


def _complete(tables: Tables, job: Job) -> frozenset[str]:
    """Shuffled streams that have facts even where there are no tickets."""
    nobody = replace(
        tables, tickets=tables.tickets.iloc[:0], ticket_events=tables.ticket_events.iloc[:0]
    )
    streams = _record(nobody, job.config, origin=0).streams
    return frozenset(s for s in job.plan.keys if streams[s].at.size > streams[s].start.size - 1)


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
